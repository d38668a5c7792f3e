//! Strategies that panic, lie, and never end, in a process of their own. The program itself has none of them.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, FromArgMatches};
use outrider::commands::ServeConfig;
use outrider::commands::serve::{Service, stop_signal};
use outrider::domain::plan::{Decision, Outcome};
use outrider::planning::budget::Budget;
use outrider::planning::search::Search;
use outrider::planning::situation::Situation;
use outrider::planning::strategy::ugv_only::UgvOnly;
use outrider::planning::strategy::{Strategies, Strategy};
use serde_json::{Map, Value};

use super::dice::{Dice, Rerun, seeds};
use super::driver::{Doors, Driver};
use crate::cluster;
use crate::program::Program;

/// Set for the process that is to be the service.
const DATABASE: &str = "OUTRIDER_TEST_FAULTY_STRATEGIES_OVER";

/// `ugv_only`, when it decides.
struct Faulty {
    name: &'static str,
    calls: AtomicU64,
    vice: Vice,
}

impl Strategy for Faulty {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "A strategy for tests"
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let decision = UgvOnly.decide(situation, parameters, search, budget);
        (self.vice)(self.calls.fetch_add(1, Ordering::Relaxed), decision)
    }
}

/// What becomes of a right decision at a call of this number.
type Vice = fn(u64, Decision) -> Decision;

const VICES: [(&str, Vice); 3] = [
    ("panics", |call, decision| if call.is_multiple_of(3) { decision } else { panic!("a strategy with a hole") }),
    ("lies", |call, decision| {
        // Where there is no way it would be no lie, and is taken with its reason.
        if call.is_multiple_of(3) || matches!(decision.outcome, Outcome::NoWay { .. }) {
            return decision;
        }
        Decision { outcome: Outcome::NoWay { reason: "I say so".into() }, ..decision }
    }),
    // Looks at no budget and heeds no call.
    ("never_ends", |_, _| {
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }),
];

fn strategies(vices: bool) -> Strategies {
    VICES.iter().fold(Strategies::built_in(), |strategies, (name, vice)| {
        let vice = if vices { *vice } else { |_, decision| decision };
        strategies.with(Arc::new(Faulty { name, calls: AtomicU64::new(0), vice }))
    })
}

/// The service with faulty strategies: no test, but what one below runs in a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the service for another test"]
async fn serve_with_faulty_strategies() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--heartbeat-s", "1", "--planner-threads", "1"];
    let more = ["--planner-time-limit-s", "1", "--database-url", &url];
    let command = ServeConfig::augment_args(clap::Command::new("serve"));
    let matches = command.try_get_matches_from(arguments.iter().chain(&more)).unwrap();
    let config = ServeConfig::from_arg_matches(&matches).unwrap();
    let stop = stop_signal().unwrap();
    let service = Service::start_with(&config, strategies(true)).await.unwrap();
    println!("Outrider listens on http://{}", service.address);
    service.run_until(stop).await.unwrap();
    // As the program: threads that never end do not keep it.
    std::process::exit(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strategies_that_panic_lie_or_never_end_delay_nobody_else() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "planner::strategies", seed };
        let mut dice = Dice::new(seed ^ 0xa);
        let database = cluster::database().await;
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "faults::planner::serve_with_faulty_strategies", "--ignored", "--nocapture"]);
        command.env(DATABASE, database.url()).stderr(std::process::Stdio::null());
        let mut program = Program::run(&mut command);
        let doors = Doors::new([program.client.url.clone()]);
        let mut chosen = vec!["panics", "lies", "never_ends", "never_ends", "never_ends", "shortest_path"];
        let first = dice.below(chosen.len() as u64) as usize;
        chosen.rotate_left(first);
        let driver = Driver::begin_with(doors, &chosen, &mut dice).await;
        let strayed = || async {
            let metrics = program.client.get("/metrics").await.text;
            let count = metrics.lines().find_map(|line| line.strip_prefix("outrider_planning_jobs_strayed "));
            count.unwrap().to_owned()
        };
        let (begun, mut slowest) = (Instant::now(), Duration::ZERO);
        while strayed().await != "2" {
            assert!(begun.elapsed() < Duration::from_secs(40), "two threads are given up");
            slowest = slowest.max(driver.until_all_replanned().await);
        }
        driver.until_all_replanned().await;
        // Now that those that never end are known, nobody waits for them any more.
        let settled = driver.until_all_replanned().await;
        assert!(settled < Duration::from_secs(15), "all are planned again within {settled:?}");
        assert_eq!(strayed().await, "2", "no more threads are lost");
        let verdict = driver.finish(&strategies(false)).await;
        assert!(program.stop().success(), "a thread that never ends does not keep the process");
        println!("seed {seed}: all planned again after {slowest:?} at most, in the end {settled:?}; {verdict:?}");
    }
}

#[tokio::test]
async fn the_program_has_none_of_these_strategies() {
    let database = cluster::database().await;
    let program = Program::over(database.url());
    let listed = program.client.get("/v1/strategies").await.expect(200).to_string();
    assert!(listed.contains("shortest_path"));
    assert!(VICES.iter().all(|(name, _)| !listed.contains(&format!("{name:?}"))), "{listed}");
}
