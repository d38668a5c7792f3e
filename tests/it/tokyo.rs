//! The scripted run on a real city: three UAVs, thirty reports, ten of which close segments on the current route.

use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use serde_json::{Value, json};

use crate::service::{Service, across_tokyo, report, shared};
use crate::stream::{EventStream, StreamEvent};

/// The legs' segments of a plan event's body.
fn route(plan: &Value) -> Vec<u64> {
    let legs = plan["route"]["legs"].as_array().unwrap_or_else(|| panic!("no route: {plan}"));
    legs.iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn after_each_closing_report_the_stream_shows_a_plan_that_avoids_it() {
    let Some(folder) = shared("data/line-coverage/large/tokyo") else { return };
    for strategy in Strategies::built_in().iter() {
        run(&folder, strategy.name()).await;
    }
}

async fn run(folder: &std::path::Path, strategy: &str) {
    let service = Service::start().await;
    let network = service.import_line_coverage("tokyo", folder).await;
    let mut mission = across_tokyo(&network);
    mission["uavs"] = json!([{ "speed_mps": 15 }, { "speed_mps": 15 }, { "speed_mps": 15 }]);
    mission["strategy"] = json!({ "name": strategy });
    let id = service.create_mission(&mission).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{id}");
    let mut stream = EventStream::open(&service, &id, Some(0)).await;
    let mut plan = stream.find(|e| e.name == "plan").await.data["body"].clone();
    let mut blocked: Vec<u64> = Vec::new();
    for number in 0..30_u64 {
        let legs = route(&plan);
        let closing = number % 3 == 2;
        // Every third report closes a segment in the middle of the current route; the others say that one is clear.
        let segment = if closing { legs[legs.len() / 2] } else { legs[number as usize % legs.len()] };
        let finding = if closing { "blocked" } else { "clear" };
        let answer = service.post(&format!("{path}/reports"), &report(number, segment, finding, number as u32)).await;
        let revision = answer.expect(202)["revision"].clone();
        if closing {
            blocked.push(segment);
        }
        if plan["basis"]["revision"] != revision {
            // A strategy that takes its time is preceded by a provisional plan.
            let is_next = |e: &StreamEvent| {
                e.name == "plan" && e.data["revision"] == revision && e.data["body"]["provisional"] == false
            };
            plan = stream.find(is_next).await.data["body"].clone();
        }
        let crossed: Vec<u64> = route(&plan).into_iter().filter(|segment| blocked.contains(segment)).collect();
        assert!(crossed.is_empty(), "{strategy}: the plan crosses {crossed:?}");
    }
    assert_eq!(blocked.len(), 10);

    // The same knowledge in a new mission gives the same plan.
    let fresh = service.create_mission(&mission).await["id"].as_str().unwrap().to_owned();
    let log = service.get(&format!("{path}/log?limit=1000")).await.expect(200);
    let reports: Vec<&Value> =
        log["events"].as_array().unwrap().iter().filter(|e| e["kind"] == "report").map(|e| &e["body"]).collect();
    assert_eq!(reports.len(), 30);
    let batch = service.post(&format!("/v1/missions/{fresh}/reports"), &json!(reports)).await.expect(202);
    let anew = service.plan_after(&fresh, batch["seq"].as_u64().unwrap()).await;
    for member in ["outcome", "route", "tasking"] {
        assert_eq!(anew[member], plan[member], "{strategy}: {member}");
    }

    let export = service.get(&format!("{path}/log/export")).await.text;
    let replayed = replay(export.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
    assert!(replayed.plans >= 11, "{replayed:?}");
    eprintln!("{strategy}: {replayed:?}");
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_not_confirmed() {
    let Some(folder) = shared("data/line-coverage/large/tokyo") else { return };
    let service = Service::start().await;
    let network = service.import_line_coverage("tokyo", &folder).await;
    let id = service.create_mission(&across_tokyo(&network)).await["id"].as_str().unwrap().to_owned();
    let plan = service.plan_after(&id, 1).await;
    let first = route(&plan)[1];
    let answer = service.post(&format!("/v1/missions/{id}/reports"), &report(1, first, "blocked", 1)).await.expect(202);
    service.plan_after(&id, answer["seq"].as_u64().unwrap()).await;
    let export = service.get(&format!("/v1/missions/{id}/log/export")).await.text;
    let lines: Vec<&str> = export.lines().collect();
    let replayed = |lines: &[String]| replay(lines.join("\n").as_bytes(), &Strategies::built_in(), |_| {});
    let owned = |edit: &dyn Fn(usize, &str) -> Option<String>| -> Vec<String> {
        lines.iter().enumerate().filter_map(|(i, line)| edit(i, line)).collect()
    };
    assert_eq!(replayed(&owned(&|_, line| Some(line.to_owned()))).unwrap().plans, 2);
    let told = |lines: Vec<String>| replayed(&lines).unwrap_err().to_string();
    let without_report = told(owned(&|_, line| (!line.contains("\"kind\":\"report\"")).then(|| line.to_owned())));
    assert!(without_report.contains("the log is at 2"), "{without_report}");
    let other_segment = told(owned(&|_, line| {
        Some(if line.contains("\"kind\":\"report\"") {
            line.replace(&format!("\"segment\":{first},"), &format!("\"segment\":{},", first + 1))
        } else {
            line.to_owned()
        })
    }));
    assert!(other_segment.contains("gives another plan"), "{other_segment}");
    let no_header = told(lines[1..].iter().map(|line| (*line).to_owned()).collect());
    assert!(no_header.contains("line 1: expected the header"), "{no_header}");
    assert!(told(vec![]).contains("the file is empty"));
}
