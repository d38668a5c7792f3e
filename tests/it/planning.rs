//! Replanning when a strategy is slow, hangs, panics or breaks a rule: the vehicle always gets a safe route.

use std::sync::Arc;
use std::time::Duration;

use outrider::app::AppOptions;
use outrider::domain::plan::{Decision, Outcome};
use outrider::planning::budget::Budget;
use outrider::planning::search::Search;
use outrider::planning::situation::Situation;
use outrider::planning::strategy::ugv_only::UgvOnly;
use outrider::planning::strategy::{ParameterFault, Strategies, Strategy};
use serde_json::{Map, Value, json};

use crate::cluster;
use crate::program::Program;
use crate::service::{Client, Service, Setup, across, report, square};
use crate::stream::EventStream;

/// How the test's strategy behaves.
#[derive(Clone, Copy)]
enum Vice {
    /// Takes this long.
    Slow(Duration),
    /// Goes on until it is called off.
    Endless,
    Panics,
    /// Says that there is no way although there is.
    Lies,
}

/// `ugv_only` with a vice, under the name `troubled`.
struct Troubled(Vice);

impl Strategy for Troubled {
    fn name(&self) -> &'static str {
        "troubled"
    }

    fn summary(&self) -> &'static str {
        "A strategy for tests"
    }

    fn parameters_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn check_parameters(&self, _: &Map<String, Value>) -> Result<(), ParameterFault> {
        Ok(())
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let decision = UgvOnly.decide(situation, parameters, search, budget);
        match self.0 {
            Vice::Slow(time) => std::thread::sleep(time),
            Vice::Endless => while !budget.is_cancelled() {},
            Vice::Panics => panic!("a strategy with a hole"),
            Vice::Lies => {
                return Decision { outcome: Outcome::NoWay { reason: "I say so".into() }, ..decision };
            }
        }
        decision
    }
}

/// A service with a troubled mission; its id, and a stream after the first plan.
async fn troubled(vice: Vice) -> (Service, String, EventStream) {
    let setup = Setup {
        strategies: Strategies::built_in().with(Arc::new(Troubled(vice))),
        app: AppOptions { planner_time_limit: Duration::from_millis(300), ..Setup::default().app },
        ..Setup::default()
    };
    let service = Service::with(setup).await;
    let network = service.import_geojson("square", &square()).await;
    let mut body = across(&network);
    body["strategy"] = json!({ "name": "troubled" });
    let id = service.create_mission(&body).await["id"].as_str().unwrap().to_owned();
    let mut stream = EventStream::open(&service, &id, Some(0)).await;
    stream.find(|e| e.name == "plan").await;
    (service, id, stream)
}

fn used_strategy(plan: &Value) -> &str {
    plan["basis"]["strategy"]["name"].as_str().unwrap()
}

#[tokio::test]
async fn a_safe_route_goes_out_before_a_slow_strategy_has_thought() {
    let (service, id, mut stream) = troubled(Vice::Slow(Duration::from_millis(150))).await;
    service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    let first = stream.find(|e| e.name == "plan").await.data["body"].clone();
    assert_eq!((&first["provisional"], used_strategy(&first)), (&json!(true), "ugv_only"));
    assert!(first["route"]["legs"].as_array().unwrap().iter().all(|leg| leg["segment"] != 4));
    let second = stream.find(|e| e.name == "plan").await.data["body"].clone();
    assert_eq!((&second["provisional"], used_strategy(&second)), (&json!(false), "troubled"));
    assert_eq!(second["basis"]["seq"], first["basis"]["seq"], "the same knowledge");
    // A report that leaves the route open needs no hurry.
    service.post(&format!("/v1/missions/{id}/reports"), &report(2, 3, "clear", 1)).await.expect(202);
    assert_eq!(stream.find(|e| e.name == "plan").await.data["body"]["provisional"], false);
}

#[tokio::test]
async fn a_burst_of_reports_costs_few_replans() {
    let (service, id, mut stream) = troubled(Vice::Slow(Duration::from_millis(100))).await;
    for number in 0..40 {
        let finding = if number % 2 == 0 { "clear" } else { "blocked" };
        service
            .post(&format!("/v1/missions/{id}/reports"), &report(number, 0, finding, number as u32))
            .await
            .expect(202);
    }
    let last = service.get(&format!("/v1/missions/{id}")).await.expect(200)["revision"].as_u64().unwrap();
    let mut plans = 0;
    loop {
        let plan = stream.find(|e| e.name == "plan").await.data["body"].clone();
        plans += 1;
        if plan["basis"]["revision"] == last {
            break;
        }
    }
    assert_eq!(last, 40);
    assert!(plans <= 20, "{plans} plans for 40 reports");
}

#[tokio::test]
async fn a_strategy_that_fails_is_stood_in_for() {
    for vice in [Vice::Panics, Vice::Endless, Vice::Lies] {
        let (service, id, mut stream) = troubled(vice).await;
        service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
        let plan = stream.find(|e| e.name == "plan" && e.data["body"]["provisional"] == false).await.data;
        assert_eq!((used_strategy(&plan["body"]), &plan["body"]["outcome"]), ("ugv_only", &json!("route")));
        assert!(plan["body"]["route"]["legs"].as_array().unwrap().iter().all(|leg| leg["segment"] != 4));
        assert_eq!(service.get("/healthz").await.expect(200)["status"], "ok");
    }
}

/// A figure of the program's metrics.
async fn figure(client: &Client, name: &str) -> u64 {
    let metrics = client.get("/metrics").await.text;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |figure| figure.parse::<f64>().unwrap() as u64)
}

#[tokio::test]
async fn a_quick_plan_is_written_in_one_commit_with_the_report_that_calls_for_it() {
    let database = cluster::database().await;
    // A process of its own, whose metrics are of this mission alone.
    let program = Program::over(database.url());
    let service = &program.client;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    let mut log = String::new();
    // On a busy machine a plan may be late, and is then left to the replanner.
    for number in 0..200 {
        let finding = if number % 2 == 0 { "blocked" } else { "clear" };
        let commits = figure(service, "outrider_commit_seconds_count").await;
        let body = report(number, 4, finding, number as u32 + 1);
        let recorded = service.post(&format!("/v1/missions/{id}/reports"), &body).await.expect(202);
        let plan = service.plan_for(&id, &recorded["revision"]).await;
        log = service.get(&format!("/v1/missions/{id}/log/export")).await.text;
        if figure(service, "outrider_plans_along_total").await > 0 {
            assert_eq!(figure(service, "outrider_commit_seconds_count").await, commits + 1);
            assert_eq!(plan["basis"]["seq"], recorded["seq"], "planned with the report in the log");
            break;
        }
        assert!(number < 199, "of 200 plans none went along");
    }
    let kind = |line: &str| serde_json::from_str::<Value>(line).unwrap()["kind"].clone();
    assert_eq!(log.lines().rev().take(2).map(kind).collect::<Vec<_>>(), ["plan", "report"]);
    let replayed = outrider::app::replay::replay(log.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
    assert!(replayed.plans >= 2, "{replayed:?}");
}
