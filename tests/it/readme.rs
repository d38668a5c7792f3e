//! The README keeps its word: the tour works as pasted, and so does what goes on from there.

use std::process::Command;

use crate::service::Service;

/// The first shell block after a heading.
fn block(heading: &str) -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let section = readme.split(&format!("## {heading}\n")).nth(1).expect("the README has the section");
    let block = section.split("```sh\n").nth(1).expect("the section has a shell block");
    block.split("\n```").next().unwrap().to_owned()
}

/// All shell blocks of a page in `docs/`.
fn blocks_of(page: &str) -> String {
    let text = std::fs::read_to_string(format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned());
    blocks.collect::<Vec<_>>().join("\n")
}

/// Runs a script as if pasted into a terminal, against a service of its own; what it said.
async fn paste(script: &str) -> String {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    assert!(script.contains("export URL=http://127.0.0.1:8080") && script.contains("target/release/outrider"));
    // Another port than the one everybody uses, and the program that the tests have built.
    let script = script
        .replace("http://127.0.0.1:8080", &service.url)
        .replace("target/release/outrider", env!("CARGO_BIN_EXE_outrider"));
    let mut shell = Command::new("bash");
    // `set -m` as at a terminal, so that %1 is the background job.
    shell.args(["-c", &format!("set -m\n{script}")]).current_dir(folder.path());
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn require(said: &str, expected: &[&str]) {
    for expected in expected {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_minute_tour_works_as_pasted() {
    let said = paste(&block("Five minutes with curl")).await;
    let stream = ["event: snapshot", "event: report", "event: plan"];
    require(&said, &stream);
    require(&said, &["\"outcome\":\"route\"", "\"reach_probability\":", "\"revision\":1", "all the same"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_questions_about_a_mission_work_as_pasted_after_the_tour() {
    let script = format!("{}\necho THE ANSWERS\n{}", block("Five minutes with curl"), blocks_of("ANSWERS.md"));
    let said = paste(&script).await;
    let answers = said.split("THE ANSWERS").nth(1).unwrap();
    let alternative = ["\"difference\":\"by ", " instead of ", "\"longer_by_m\":", "\"clear_probability\":"];
    require(answers, &alternative);
    require(answers, &["\"maneuver\":\"depart\"", "Continue onto ", "\"text\":\"Arrive at the goal, on "]);
    require(answers, &["\"MultiPolygon\"", "\"within_s\":120.0", "\"unknown\":\"closed\"", "\"name\":\"school\""]);
    assert!(!answers.contains("\"code\":"), "{answers}");
}
