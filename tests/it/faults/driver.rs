//! Clients that do not give up: they report, move and listen while the ground shakes, and say at the end whether every
//! promise was kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::dice::Dice;
use crate::service::{Answer, Client, across, report, square};
use crate::stream::EventStream;

/// How long everything may take to be in order again after the last fault.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a client waits for an answer before it asks again.
const IMPATIENCE: Duration = Duration::from_secs(8);
/// How long it waits before the next try.
const PAUSE: Duration = Duration::from_millis(20);
/// The segments of the network that are reported on.
const SEGMENTS: u64 = 5;

/// What clients know of the service: where its replicas are, at the moment.
#[derive(Clone, Default)]
pub(crate) struct Doors(Arc<Mutex<Vec<String>>>);

impl Doors {
    pub(crate) fn new(urls: impl IntoIterator<Item = String>) -> Self {
        let doors = Self::default();
        doors.set(urls);
        doors
    }

    /// The replicas are here now.
    pub(crate) fn set(&self, urls: impl IntoIterator<Item = String>) {
        *self.0.lock().unwrap() = urls.into_iter().collect();
    }

    fn pick(&self, dice: &mut Dice) -> Option<String> {
        let urls = self.0.lock().unwrap();
        if urls.is_empty() { None } else { Some(urls[dice.below(urls.len() as u64) as usize].clone()) }
    }
}

/// A report that was acknowledged.
#[derive(Debug)]
struct Acknowledged {
    id: Value,
    seq: u64,
}

/// What the senders of all missions share.
struct Shared {
    doors: Doors,
    stop: AtomicBool,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    /// The longest time from the first try of a report to its acknowledgement.
    longest: Mutex<Duration>,
}

/// What a run showed, for those who read the output.
#[derive(Debug)]
#[expect(dead_code, reason = "printed")]
pub(crate) struct Verdict {
    pub(crate) reports: u64,
    pub(crate) tries_refused: u64,
    pub(crate) events: u64,
    pub(crate) plans: u64,
    /// The longest time that a client needed to get a report through.
    pub(crate) longest: Duration,
}

/// The clients of a run.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    pub(crate) missions: Vec<String>,
    senders: Vec<(usize, JoinHandle<Vec<Acknowledged>>)>,
    movers: Vec<JoinHandle<()>>,
    listeners: Vec<(usize, JoinHandle<Vec<Value>>)>,
    heads: Vec<Arc<AtomicU64>>,
}

impl Driver {
    /// Makes missions and begins to report, move and listen.
    pub(crate) async fn begin(doors: Doors, mission_count: usize, dice: &mut Dice) -> Self {
        Self::begin_with(doors, &vec!["shortest_path"; mission_count], dice).await
    }

    /// The same with a mission for each of these strategies.
    pub(crate) async fn begin_with(doors: Doors, strategies: &[&str], dice: &mut Dice) -> Self {
        let shared = Arc::new(Shared {
            doors,
            stop: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            longest: Mutex::default(),
        });
        let first = Client::new(shared.doors.pick(dice).unwrap());
        let network = first.import_geojson(&format!("square-{}", dice.roll()), &square()).await;
        let mut missions = Vec::new();
        for strategy in strategies {
            let mut body = across(&network);
            body["strategy"] = json!({ "name": strategy });
            missions.push(first.create_mission(&body).await["id"].as_str().unwrap().to_owned());
        }
        let heads: Vec<Arc<AtomicU64>> = missions.iter().map(|_| Arc::new(AtomicU64::new(u64::MAX))).collect();
        let (mut senders, mut movers, mut listeners) = (Vec::new(), Vec::new(), Vec::new());
        for (i, mission) in missions.iter().enumerate() {
            for sender in 0..2 {
                let sending = send(Arc::clone(&shared), mission.clone(), sender, Dice::new(dice.roll()));
                senders.push((i, tokio::spawn(sending)));
                let listening =
                    listen(shared.doors.clone(), mission.clone(), Arc::clone(&heads[i]), Dice::new(dice.roll()));
                listeners.push((i, tokio::spawn(listening)));
            }
            movers.push(tokio::spawn(keep_moving(Arc::clone(&shared), mission.clone(), Dice::new(dice.roll()))));
        }
        Self { shared, missions, senders, movers, listeners, heads }
    }

    /// How many reports were acknowledged until now.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }

    /// How many tries were not taken until now.
    pub(crate) fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// Waits until so many more reports are acknowledged; returns how long that took.
    pub(crate) async fn until_more(&self, more: u64) -> Duration {
        let (begun, enough) = (Instant::now(), self.acknowledged() + more);
        while self.acknowledged() < enough {
            assert!(begun.elapsed() < PATIENCE, "reports get through again: {:?}", self.broken());
            sleep(Duration::from_millis(2)).await;
        }
        begun.elapsed()
    }

    /// How many clients have ended, which none should.
    fn broken(&self) -> usize {
        self.senders.iter().filter(|(_, task)| task.is_finished()).count()
            + self.listeners.iter().filter(|(_, task)| task.is_finished()).count()
    }

    /// Waits until a plan of each mission takes a report into account that was made after this call; returns how long the
    /// slowest took.
    pub(crate) async fn until_all_replanned(&self) -> Duration {
        let begun = Instant::now();
        let mut dice = Dice::new(begun.elapsed().as_nanos() as u64);
        for mission in &self.missions {
            let seq = loop {
                if let Some(mission) = ask(&self.shared.doors, &mut dice, &format!("/v1/missions/{mission}")).await {
                    break mission["seq"].as_u64().unwrap();
                }
                sleep(PAUSE).await;
            };
            loop {
                let plan = ask(&self.shared.doors, &mut dice, &format!("/v1/missions/{mission}/plan")).await;
                if plan.is_some_and(|plan| plan["basis"]["seq"].as_u64() >= Some(seq)) {
                    break;
                }
                assert!(begun.elapsed() < PATIENCE, "{mission} is planned again");
                sleep(Duration::from_millis(5)).await;
            }
        }
        begun.elapsed()
    }

    /// Lets everybody finish, and checks what was promised.
    pub(crate) async fn finish(self, strategies: &Strategies) -> Verdict {
        let Self { shared, missions, senders, movers, listeners, heads } = self;
        shared.stop.store(true, Ordering::Relaxed);
        let mut acknowledged: BTreeMap<usize, Vec<Acknowledged>> = BTreeMap::new();
        for (mission, sender) in senders {
            let sent = timeout(PATIENCE, sender).await.expect("every report gets through in the end").unwrap();
            acknowledged.entry(mission).or_default().extend(sent);
        }
        for mover in movers {
            timeout(PATIENCE, mover).await.expect("every position gets through in the end").unwrap();
        }
        let mut dice = Dice::new(1);
        let mut verdict = Verdict {
            reports: 0,
            tries_refused: shared.refused.load(Ordering::Relaxed),
            events: 0,
            plans: 0,
            longest: *shared.longest.lock().unwrap(),
        };
        let mut logs = Vec::new();
        for (i, id) in missions.iter().enumerate() {
            let export = settled_log(&shared.doors, &mut dice, id).await;
            let events: Vec<Value> = export.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
            for (position, event) in events.iter().enumerate() {
                assert_eq!(event["seq"], position as u64 + 1, "the log's numbers are without gaps");
            }
            let mut places: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
            for event in events.iter().filter(|event| event["kind"] == "report") {
                let id = event["body"]["id"].as_str().unwrap();
                places.entry(id).or_default().push(event["seq"].as_u64().unwrap());
            }
            for Acknowledged { id, seq } in &acknowledged[&i] {
                let found = places.get(id.as_str().unwrap());
                assert_eq!(found, Some(&vec![*seq]), "{id} is in the log once, where it was acknowledged");
                verdict.reports += 1;
            }
            assert!(places.values().all(|seqs| seqs.len() == 1), "no report is in the log twice");
            let replayed = replay(export.as_bytes(), strategies, |_| {}).unwrap();
            verdict.events += replayed.events;
            verdict.plans += replayed.plans;
            heads[i].store(events.len() as u64, Ordering::Relaxed);
            logs.push(events);
        }
        for (mission, listener) in listeners {
            let heard = timeout(PATIENCE, listener).await.expect("subscribers hear everything in the end").unwrap();
            assert_eq!(heard, logs[mission], "a subscriber heard the log, nothing else and nothing twice");
        }
        verdict
    }
}

/// Whether everything that calls for a plan is taken into account by the last one: new knowledge, and departures from the route.
fn is_settled(log: &str, plan: &Value) -> bool {
    let (seq, revision) = (plan["basis"]["seq"].as_u64(), &plan["basis"]["revision"]);
    let events = log.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut later = events.filter(|event| event["seq"].as_u64() > seq);
    plan["provisional"] == false
        && later.all(|event| event["revision"] == *revision && event["body"]["change"] != "deviated")
}

/// The log once nothing is to be planned any more.
async fn settled_log(doors: &Doors, dice: &mut Dice, id: &str) -> String {
    let begun = Instant::now();
    loop {
        let mission = ask(doors, dice, &format!("/v1/missions/{id}")).await;
        let plan = ask(doors, dice, &format!("/v1/missions/{id}/plan")).await;
        if let (Some(mission), Some(plan)) = (&mission, &plan)
            && let Some(log) = ask_text(doors, dice, &format!("/v1/missions/{id}/log/export")).await
            && log.lines().count() as u64 == mission["seq"].as_u64().unwrap() + 1
            && is_settled(&log, plan)
        {
            return log;
        }
        assert!(begun.elapsed() < PATIENCE, "the last plan is for the newest knowledge: {mission:?}, {plan:?}");
        sleep(PAUSE).await;
    }
}

async fn ask_text(doors: &Doors, dice: &mut Dice, path: &str) -> Option<String> {
    let client = Client::new(doors.pick(dice)?);
    let answer = client.request(reqwest::Method::GET, path).timeout(IMPATIENCE).send().await.ok()?;
    let status = answer.status().as_u16();
    let text = answer.text().await.ok()?;
    assert!(matches!(status, 200 | 502..=504) || (status == 409 && path.ends_with("/plan")), "{status}: {text}");
    (status == 200).then_some(text)
}

async fn ask(doors: &Doors, dice: &mut Dice, path: &str) -> Option<Value> {
    serde_json::from_str(&ask_text(doors, dice, path).await?).ok()
}

/// Posts until it is taken, whichever replica does it. The same body each time.
async fn post(shared: &Shared, client: &reqwest::Client, dice: &mut Dice, path: &str, body: &Value) -> Value {
    let begun = Instant::now();
    loop {
        if let Some(url) = shared.doors.pick(dice) {
            let request = client.post(format!("{url}{path}")).json(body).timeout(IMPATIENCE);
            if let Ok(response) = request.send().await {
                let (status, headers) = (response.status(), response.headers().clone());
                if let Ok(text) = response.text().await {
                    let answer = Answer { status, headers, text };
                    match status.as_u16() {
                        202 => {
                            let mut longest = shared.longest.lock().unwrap();
                            *longest = longest.max(begun.elapsed());
                            return answer.json();
                        }
                        503 => {
                            assert_ne!(answer.header("retry-after"), "", "it is said when to come again: {answer:?}")
                        }
                        502 | 504 => {}
                        _ => panic!("what cannot be taken now is refused with 503: {answer:?}"),
                    }
                }
            }
        }
        shared.refused.fetch_add(1, Ordering::Relaxed);
        assert!(begun.elapsed() < PATIENCE, "{path} gets through in the end");
        sleep(PAUSE).await;
    }
}

async fn send(shared: Arc<Shared>, mission: String, sender: u64, mut dice: Dice) -> Vec<Acknowledged> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("/v1/missions/{mission}/reports");
    let mut sent: Vec<(Value, u64)> = Vec::new();
    for number in 0.. {
        if shared.stop.load(Ordering::Relaxed) && number > 0 {
            break;
        }
        let finding = if dice.below(3) == 0 { "blocked" } else { "clear" };
        let body = report(sender * 1_000_000 + number, dice.below(SEGMENTS), finding, (number % 3600) as u32);
        let answer = post(&shared, &client, &mut dice, &path, &body).await;
        let seq = answer["seq"].as_u64().unwrap();
        shared.acknowledged.fetch_add(1, Ordering::Relaxed);
        if dice.below(10) == 0 && !sent.is_empty() {
            // A vehicle that did not hear the answer sends it again, however long ago.
            let (again, seq) = &sent[dice.below(sent.len() as u64) as usize];
            assert_eq!(post(&shared, &client, &mut dice, &path, again).await["seq"], *seq, "answered as before");
        }
        sent.push((body, seq));
        sleep(dice.millis(2, 20)).await;
    }
    sent.into_iter().map(|(body, seq)| Acknowledged { id: body["id"].clone(), seq }).collect()
}

async fn keep_moving(shared: Arc<Shared>, mission: String, mut dice: Dice) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("/v1/missions/{mission}/positions");
    for second in 0.. {
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let share = dice.below(100) as f64 / 100.0;
        let (vehicle, lon, lat) = match dice.below(3) {
            0 => ("ugv", 8.0 + 0.002 * share, 50.0 + 0.0016 * share),
            1 => ("uav-1", 8.0 + 0.01 * share, 50.0),
            _ => ("uav-2", 8.0, 50.0 + 0.008 * share),
        };
        let at = format!("2026-05-04T{:02}:{:02}:{:02}Z", 9 + second / 3600, second / 60 % 60, second % 60);
        let body = json!({ "vehicle": vehicle, "observed_at": at, "position": { "lon": lon, "lat": lat } });
        post(&shared, &client, &mut dice, &path, &body).await;
        sleep(dice.millis(20, 60)).await;
    }
}

/// Follows a mission's events from the first on until the log's head, which is said at the end.
async fn listen(doors: Doors, mission: String, head: Arc<AtomicU64>, mut dice: Dice) -> Vec<Value> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut heard: Vec<Value> = Vec::new();
    while (heard.len() as u64) < head.load(Ordering::Relaxed) {
        let Some(url) = doors.pick(&mut dice) else {
            sleep(PAUSE).await;
            continue;
        };
        let Some(mut stream) = EventStream::try_open(&client, &url, &mission, heard.len() as u64).await else {
            sleep(PAUSE).await;
            continue;
        };
        // A stream that says nothing for longer than heartbeats are apart is dead, as for a browser's watchdog.
        while let Ok(Some(event)) = timeout(Duration::from_secs(3), stream.next_ever()).await {
            if event.name == "snapshot" {
                // Only for who is at the end of a mission that is over: what is missed is replayed.
                let (heard, status) = (heard.len() as u64, event.data["mission"]["status"].as_str());
                assert_eq!(event.id, Some(heard), "{event:?}");
                assert!(matches!(status, Some("arrived" | "cancelled")), "{event:?}");
                continue;
            }
            if let Some(seq) = event.id {
                assert_eq!(seq, heard.len() as u64 + 1, "no gap and nothing twice");
                heard.push(event.data);
            }
            if heard.len() as u64 >= head.load(Ordering::Relaxed) {
                break;
            }
        }
    }
    heard
}
