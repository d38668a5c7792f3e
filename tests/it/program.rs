//! The program itself, run as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::service::Client;

/// The program itself, as a process.
pub(crate) struct Program {
    child: Child,
    pub(crate) client: Client,
}

impl Program {
    /// Over a private Postgres in a folder.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::run(Self::command().arg("--data-dir").arg(folder))
    }

    /// Over a database.
    pub(crate) fn over(url: &str) -> Self {
        Self::run(Self::command().args(["--database-url", url]))
    }

    /// `outrider serve` on a free port; more can be added.
    pub(crate) fn command() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--heartbeat-s", "1", "--log"]);
        command.arg(std::env::var("OUTRIDER_TEST_LOG").unwrap_or_else(|_| "error".to_owned()));
        command.env_remove("OUTRIDER_DATABASE_URL");
        command
    }

    /// Runs the command until it says where it listens.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let said = lines.next().expect("the program says where it listens").unwrap();
            if let Some(url) =
                said.split_whitespace().find(|word| word.starts_with("http://") || word.starts_with("https://"))
            {
                break url.to_owned();
            }
        };
        // Whatever else it says goes nowhere, but never into a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, client: Client::new(url) }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Kills it, as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Has it stop in order, and waits for that.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM).unwrap();
        self.wait()
    }

    /// How much memory it holds, in kB.
    pub(crate) fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that fails leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
