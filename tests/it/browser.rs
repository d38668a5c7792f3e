//! A headless Chromium with one page, spoken to in the DevTools protocol over a pair of pipes: messages are JSON, each ended
//! by a zero byte. The browser ends when its pipes do, however the test ends.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::service::SOON;

const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A page in a browser of its own.
pub(crate) struct Page {
    child: Child,
    to_browser: ChildStdin,
    from_browser: BufReader<ChildStdout>,
    session: String,
    last_id: u64,
    /// Every address the page asked for.
    pub(crate) requests: Vec<String>,
    /// Errors on the console, uncaught exceptions, violations of the content security policy.
    pub(crate) complaints: Vec<String>,
    _profile: TempDir,
}

/// The browser's path. Without one the test is skipped, but not on CI.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = PROGRAMS.iter().flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)));
    let found = candidates.into_iter().find(|candidate| candidate.is_file());
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "none of {PROGRAMS:?} is installed");
        eprintln!("skipped: none of {PROGRAMS:?} is installed");
    }
    found
}

impl Page {
    /// An empty page; `None` if there is no browser on this machine.
    pub(crate) async fn open() -> Option<Self> {
        let program = program()?;
        let profile = tempfile::Builder::new().prefix("outrider-browser-").tempdir().unwrap();
        // The shell moves our pipes to where Chromium looks for them.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"])
            .arg(program)
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--no-proxy-server", "--window-size=1280,800"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let to_browser = child.stdin.take().unwrap();
        let from_browser = BufReader::new(child.stdout.take().unwrap());
        let mut page = Self {
            child,
            to_browser,
            from_browser,
            session: String::new(),
            last_id: 0,
            requests: Vec::new(),
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = page.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        page.session = page.call("Target.attachToTarget", attach).await["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.call(&format!("{domain}.enable"), json!({})).await;
        }
        Some(page)
    }

    /// Goes to an address.
    pub(crate) async fn visit(&mut self, url: &str) {
        let answer = self.call("Page.navigate", json!({ "url": url })).await;
        assert_eq!(answer["errorText"], Value::Null, "{url}");
    }

    /// The value of an expression in the page; that of a promise when it is there.
    pub(crate) async fn evaluate(&mut self, expression: &str) -> Value {
        let request = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", request).await;
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Waits until a condition in the page holds: it is asked at every change of the document.
    pub(crate) async fn wait_for(&mut self, condition: &str) {
        let waiting = format!(
            "new Promise(resolve => {{
                const holds = () => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }};
                if (holds()) return resolve(true);
                const observer = new MutationObserver(() => {{ if (holds()) {{ observer.disconnect(); resolve(true); }} }});
                observer.observe(document, {{ attributes: true, childList: true, characterData: true, subtree: true }});
                setTimeout(() => {{ observer.disconnect(); resolve(holds()); }}, {});
            }})",
            SOON.as_millis() / 2
        );
        if self.evaluate(&waiting).await != json!(true) {
            let text = self.evaluate("document.body.innerText").await;
            let complaints = &self.complaints;
            panic!("the page does not come to {condition}\nit complains of {complaints:#?}\nand says:\n{text}");
        }
    }

    /// Ends the browser and waits for it.
    pub(crate) async fn close(mut self) {
        self.session.clear();
        self.call("Browser.close", json!({})).await;
        let _ = tokio::time::timeout(SOON, self.child.wait()).await;
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to_browser.write_all(&bytes).await.unwrap();
        let asking = async {
            loop {
                let message = self.next().await;
                if message["id"] == id {
                    assert_eq!(message["error"], Value::Null, "{method}");
                    return message["result"].clone();
                }
                self.note(&message["method"], &message["params"]);
            }
        };
        tokio::time::timeout(SOON, asking).await.unwrap_or_else(|_| panic!("the browser does not answer {method}"))
    }

    async fn next(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from_browser.read_until(0, &mut bytes).await.unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser is gone");
        serde_json::from_slice(&bytes).unwrap()
    }

    fn note(&mut self, method: &Value, parameters: &Value) {
        match method.as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => {
                self.requests.push(parameters["request"]["url"].as_str().unwrap_or_default().to_owned());
            }
            "Runtime.exceptionThrown" => self.complaints.push(parameters["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled"
                if matches!(parameters["type"].as_str(), Some("error" | "warning" | "assert")) =>
            {
                self.complaints.push(parameters["args"].to_string());
            }
            "Log.entryAdded" if matches!(parameters["entry"]["level"].as_str(), Some("error" | "warning")) => {
                self.complaints.push(parameters["entry"].to_string());
            }
            _ => {}
        }
    }
}
