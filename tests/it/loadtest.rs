//! `outrider loadtest`: the program against the program, and against a service that lies.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::process::Command;

use crate::cluster::ThrowawayFolder;
use crate::program::Program;
use crate::service::{Client, SOON, Service};

/// What a run of the program came to.
struct Ran {
    code: Option<i32>,
    /// The figures; null if the program wrote none.
    figures: Value,
    said: String,
    complained: String,
}

/// A load test that is to be run.
struct Loadtest {
    command: Command,
    folder: tempfile::TempDir,
}

impl Loadtest {
    fn on(url: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        command.args(["loadtest", "--log", "warn", "--url", url, "--output"]).arg(folder.path().join("figures.json"));
        command.args(options).env_remove("OUTRIDER_DATABASE_URL").env_remove("OUTRIDER_DATA_DIR");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command, folder }
    }

    async fn run(mut self) -> Ran {
        let child = self.command.spawn().unwrap();
        Self::end(child, self.folder).await
    }

    async fn end(child: tokio::process::Child, folder: tempfile::TempDir) -> Ran {
        let output = tokio::time::timeout(SOON * 6, child.wait_with_output()).await.expect("it ends").unwrap();
        let text = std::fs::read_to_string(folder.path().join("figures.json")).unwrap_or_default();
        Ran {
            code: output.status.code(),
            figures: serde_json::from_str(&text).unwrap_or_default(),
            said: String::from_utf8(output.stdout).unwrap(),
            complained: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// The figures of a run that has passed.
    #[track_caller]
    fn passed(&self) -> &Value {
        assert_eq!(self.code, Some(0), "{}{}", self.said, self.complained);
        assert_eq!(self.figures["passed"], true, "{}", self.said);
        assert!(self.said.contains("passed: no promise was broken"), "{}", self.said);
        &self.figures
    }
}

/// How many missions of the service are not over.
async fn active_missions(client: &Client) -> usize {
    client.get("/v1/missions?status=active").await.expect(200)["missions"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_steady_load_on_the_program_breaks_no_promise_and_is_compared_with_its_database() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    let data_dir = folder.path().to_str().unwrap();
    let options = ["--data-dir", data_dir, "--missions", "3", "--reports-per-s", "30", "--positions-per-s", "20"];
    let more = ["--duration-s", "3", "--warmup-s", "0.5", "--bound-s", "0.5", "--slow", "2", "--vanishing", "3"];
    let ran = Loadtest::on(&program.client.url, &[options.as_slice(), &more].concat()).run().await;
    let figures = ran.passed();

    let reports = &figures["reports"];
    assert_eq!(reports["sent"], 105, "3.5 s at 30 a second: {}", ran.said);
    assert_eq!((&reports["acknowledged"], &reports["failed"]), (&reports["sent"], &Value::from(0)));
    let log = &figures["log"];
    assert_eq!(
        (&log["reports"], &log["lost"], &log["doubled"], &log["gaps"]),
        (&reports["sent"], &0.into(), &0.into(), &0.into())
    );
    assert_eq!(figures["streams"]["violations"], serde_json::json!({}));
    assert!(figures["streams"]["resumed"].as_u64() > Some(0), "nobody vanished: {}", ran.said);
    assert_eq!(figures["positions"]["failed"], 0);
    assert_eq!(figures["errors"], serde_json::json!({}));

    // What is due in the warm-up is not measured.
    assert_eq!(reports["acknowledged_after"]["count"], 90);
    let plans = &figures["plans"];
    let timed = plans["on_stream_after"]["count"].as_u64().unwrap();
    // On a busy machine reports overtake each other, and an observation that comes late changes nothing.
    assert!((40..=90).contains(&timed), "{plans}");
    assert_eq!(plans["reports_never_planned"], 0);
    assert!(plans["on_stream_after"]["p50_ms"].as_f64() > reports["acknowledged_after"]["p50_ms"].as_f64());
    assert!(figures["memory"][0]["before_bytes"].as_u64() > Some(1_000_000));

    assert!(figures["bound"]["commit"]["count"].as_u64() >= Some(20), "{}", ran.said);
    for ratio in ["ack_p50", "ack_p99", "plan_p50", "plan_p99"] {
        assert!(figures["ratios"][ratio].as_f64() > Some(0.0), "{ratio}: {}", ran.said);
    }
    assert_eq!(active_missions(&program.client).await, 0, "its missions are ended");
}

#[tokio::test]
async fn closed_loops_count_what_is_taken_in_and_a_requirement_that_is_not_met_fails_them() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    let data_dir = folder.path().to_str().unwrap();
    let options = ["--data-dir", data_dir, "--missions", "4", "--clients", "8"];
    let more = ["--duration-s", "1", "--parts", "2", "--warmup-s", "0.2", "--bound-s", "1"];
    let load = |load| [["--load", load].as_slice(), &options, &more].concat();
    let singles = Loadtest::on(&program.client.url, &load("reports")).run().await;
    let figures = singles.passed();
    assert!(figures["reports"]["per_s"].as_f64() > Some(10.0) && figures["ratios"]["rate"].as_f64() > Some(0.0));
    assert_eq!(figures["log"]["reports"], figures["reports"]["acknowledged"]);
    let each =
        [&figures["reports"]["per_s_each"], &figures["bound"]["inserts_per_s_each"], &figures["ratios"]["rate_each"]];
    let counts = each.map(|each| each.as_array().map_or(0, Vec::len));
    assert_eq!(counts, [2, 3, 2], "two parts, with the bound before, between and after them: {}", singles.said);

    let batches = [load("batches").as_slice(), &["--batch", "50", "--min-rate-ratio", "1000"]].concat();
    let ran = Loadtest::on(&program.client.url, &batches).run().await;
    assert_eq!((ran.code, &ran.figures["passed"]), (Some(1), &Value::from(false)), "{}", ran.said);
    assert!(ran.said.contains("--min-rate-ratio 1000") && ran.said.contains("NOT MET"), "{}", ran.said);
    assert_eq!(ran.figures["log"]["lost"], 0);
    assert_eq!(ran.figures["reports"]["sent"].as_u64().unwrap() % 50, 0);
}

#[tokio::test]
async fn idle_streams_all_get_the_one_event() {
    let service = Service::start().await;
    let options = ["--load", "idle", "--subscribers", "300", "--rounds", "3"];
    let ran = Loadtest::on(&service.url, &options).run().await;
    let idle = &ran.passed()["idle"];
    assert_eq!(
        (&idle["streams"], &idle["missed"], &idle["has_it_after"]["count"]),
        (&300.into(), &0.into(), &900.into())
    );
    assert_eq!((&ran.figures["log"]["reports"], &ran.figures["log"]["unacknowledged"]), (&4.into(), &0.into()));
    assert_eq!(idle["last_has_it_after_ms"].as_array().unwrap().len(), 3);
    assert!(idle["fan_out_ms"].as_f64() > Some(0.0) && ran.said.contains("until the last has it"), "{}", ran.said);
}

#[tokio::test]
async fn without_its_database_a_run_says_that_there_is_no_bound() {
    let service = Service::start().await;
    let other = crate::cluster::database().await;
    let quick = ["--missions", "1", "--duration-s", "0.5", "--warmup-s", "0", "--reports-per-s", "20"];
    let with_other = [quick.as_slice(), &["--database-url", other.url()]].concat();
    let ran = Loadtest::on(&service.url, &with_other).run().await;
    let why = ran.passed()["bound_left_out"].as_str().unwrap();
    assert!(why.contains("not that of the service") && ran.said.contains("no bound: "), "{}", ran.said);

    let ran = Loadtest::on(&service.url, &[with_other.as_slice(), &["--max-plan-p50-ratio", "3"]].concat()).run().await;
    assert!(ran.code == Some(1) && ran.complained.contains("the bound is required"), "{}", ran.complained);
    assert_eq!(active_missions(&service).await, 0, "also a run that breaks off ends its missions");
}

#[tokio::test]
async fn ctrl_c_ends_the_load_and_its_missions() {
    let service = Service::start().await;
    let mut loadtest = Loadtest::on(&service.url, &["--duration-s", "600", "--missions", "2", "--no-bound"]);
    let child = loadtest.command.spawn().unwrap();
    // It is under way once its missions have reports.
    let under_way = async {
        loop {
            let missions = service.get("/v1/missions?status=active").await.expect(200);
            let missions = missions["missions"].as_array().unwrap().clone();
            if missions.len() == 2 && missions.iter().all(|mission| mission["revision"].as_u64() > Some(3)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, under_way).await.expect("the load begins");
    kill(Pid::from_raw(child.id().unwrap() as i32), Signal::SIGINT).unwrap();
    let ran = Loadtest::end(child, loadtest.folder).await;
    assert_eq!(ran.passed()["stopped_early"], true);
    assert_eq!(active_missions(&service).await, 0);
}

#[tokio::test]
async fn mistakes_are_explained() {
    for (options, says) in [
        (["--url", "https://127.0.0.1:1"].as_slice(), "expected http://HOST:PORT"),
        (&["--url", "http://127.0.0.1:1"], "does not answer"),
        (&["--reports-per-s=-1"], "expected a number from 0"),
        (&["--reports-per-s", "0"], "leaves nothing to be measured"),
        (&["--parts", "2"], "goes with --load reports and --load batches only"),
        (&["--load", "idle", "--slow", "1"], "neither slow nor vanishing"),
        (&["--network", "/nowhere/town.geojson"], "/nowhere/town.geojson cannot be read"),
        (&["--data-dir", "/nowhere"], "no private Postgres runs in /nowhere"),
        (&["--no-bound", "--min-rate-ratio", "1"], "there is no bound: --no-bound"),
        (&["--database-url", "mysql://x"], "--database-url is not a Postgres URL"),
        (&["--strategy", "adaptive:{"], "the parameters are no JSON object"),
        (&["--load", "idle", "--subscribers", "4000000000"], "open files"),
        (&["--pid", "1", "--pid", "2"], "one process each"),
    ] {
        let ran = Loadtest::on("http://127.0.0.1:1", options).run().await;
        assert!(ran.code != Some(0) && ran.complained.contains(says), "{options:?}: {}", ran.complained);
    }
}

/// A service between the load test and the true one: it passes everything on, but leaves some event out of the streams.
struct Liar {
    url: String,
    client: reqwest::Client,
    reports: AtomicUsize,
}

impl Liar {
    async fn before(service: &Service) -> String {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let liar = Arc::new(Self { url: service.url.clone(), client, reports: AtomicUsize::new(0) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(Self::pass).with_state(liar);
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    async fn pass(State(liar): State<Arc<Self>>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let url = format!("{}{}", liar.url, parts.uri);
        let answer = liar.client.request(parts.method, url).headers(parts.headers).body(body).send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = if parts.uri.path().ends_with("/events") {
            Body::from_stream(answer.bytes_stream().filter_map(move |chunk| {
                let liar = Arc::clone(&liar);
                async move {
                    let is_report = |chunk: &Bytes| String::from_utf8_lossy(chunk).contains("event: report");
                    let counted = chunk.as_ref().is_ok_and(is_report);
                    let left_out = counted && liar.reports.fetch_add(1, Ordering::Relaxed) == 5;
                    (!left_out).then_some(chunk)
                }
            }))
        } else {
            Body::from(answer.bytes().await.unwrap())
        };
        (status, headers, body).into_response()
    }
}

#[tokio::test]
async fn a_service_that_leaves_one_event_out_is_found_out() {
    let service = Service::start().await;
    let url = Liar::before(&service).await;
    let options = ["--missions", "1", "--duration-s", "1", "--warmup-s", "0", "--reports-per-s", "20", "--no-bound"];
    let ran = Loadtest::on(&url, &options).run().await;
    assert_eq!((ran.code, &ran.figures["passed"]), (Some(1), &Value::from(false)), "{}", ran.said);
    assert_eq!(ran.figures["streams"]["violations"]["gap"], 1, "{}", ran.said);
    assert!(ran.said.contains("a gap: event") && ran.said.contains("FAILED"), "{}", ran.said);
}

#[tokio::test]
async fn what_bad_requests_do_to_the_others_is_measured_in_one_run() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    let options = ["--no-bound", "--missions", "2", "--reports-per-s", "30", "--positions-per-s", "10"];
    let more = ["--duration-s", "2", "--warmup-s", "0.3", "--bad-requests", "150", "--max-flood-p99-ratio", "1000"];
    let ran = Loadtest::on(&program.client.url, &[options.as_slice(), &more].concat()).run().await;
    let flood = &ran.passed()["flood"];
    assert!(flood["sent"].as_u64() > Some(200), "{}", ran.said);
    assert_eq!((&flood["accepted"], &flood["faults"]), (&0.into(), &0.into()), "{}", ran.said);
    let answers = flood["answers"].as_object().unwrap();
    for answer in
        ["400 malformed_json", "404 no_such_mission", "404 no_such_network", "413 body_too_large", "414 uri_too_long"]
    {
        assert!(answers.contains_key(answer), "{answer}: {}", ran.said);
    }
    assert!(flood["plan_p99_ratio"].as_f64() > Some(0.0), "{}", ran.said);
    // Both parts are as long, and each is measured for itself.
    let counts = [&ran.figures["reports"], flood].map(|of| of["acknowledged_after"]["count"].as_u64().unwrap());
    assert_eq!(counts, [60, 60], "{}", ran.said);
    assert!(ran.said.contains("AMONG BAD REQUESTS") && ran.said.contains("times that without"), "{}", ran.said);

    let ran = Loadtest::on("http://127.0.0.1:1", &["--load", "idle", "--bad-requests", "1"]).run().await;
    assert!(ran.code != Some(0) && ran.complained.contains("steady only"), "{}", ran.complained);
}
