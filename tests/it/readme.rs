//! The README keeps its word: the tour works as pasted.

use std::process::Command;

use crate::service::Service;

/// The first shell block after a heading.
fn block(heading: &str) -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let section = readme.split(&format!("## {heading}\n")).nth(1).expect("the README has the section");
    let block = section.split("```sh\n").nth(1).expect("the section has a shell block");
    block.split("\n```").next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_minute_tour_works_as_pasted() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let tour = block("Five minutes with curl");
    assert!(tour.contains("export URL=http://127.0.0.1:8080") && tour.contains("target/release/outrider"));
    // Another port than the one everybody uses, and the program that the tests have built.
    let tour = tour
        .replace("http://127.0.0.1:8080", &service.url)
        .replace("target/release/outrider", env!("CARGO_BIN_EXE_outrider"));
    let mut shell = Command::new("bash");
    // `set -m` as at a terminal, so that %1 is the background job.
    shell.args(["-c", &format!("set -m\n{tour}")]).current_dir(folder.path());
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "\"outcome\":\"route\"",
        "\"reach_probability\":",
        "event: snapshot",
        "event: report",
        "event: plan",
        "\"revision\":1",
        "all the same",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
}
