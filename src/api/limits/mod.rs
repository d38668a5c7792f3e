//! What one client may take of the service: requests, connections, streams, bodies, imports, failed authentications.
//!
//! Everything here stands in the way of every request, so it costs little: a connection knows its client, whose tokens are a word each.
//! The table of clients is looked into once a connection (once a request behind trusted proxies), and has a lock for each of 64 parts.

mod bucket;
mod clients;
mod forwarded;
mod places;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
pub use ipnet::IpNet;
use uuid::Uuid;

pub(super) use self::bucket::{Bucket, Rate, nanoseconds};
use self::clients::{Client, Clients, Key};
pub use self::forwarded::TrustedProxies;
use self::places::Counter;
pub(super) use self::places::{BodyMemory, ImportPlace, StreamPlace};
use super::problem::Problem;

/// How many failed authentications an address has before they become slow.
const FAILURE_BURST: u32 = 20;

/// The limits. 0 stands for none where requests, connections, streams and failures of an address are counted.
#[derive(Clone, Debug)]
pub struct LimitOptions {
    /// Requests a second of one address; twice as many at once.
    pub requests_per_s: u32,
    /// Failed authentications a minute of one address, after the first twenty.
    pub failed_authentications_per_min: u32,
    /// Open connections of one address.
    pub connections: u32,
    /// Open event streams of one address.
    pub streams: u32,
    /// How many addresses are remembered.
    pub addresses: usize,
    /// Whether the limits of an address hold for this machine's own as well.
    pub limit_loopback: bool,
    /// The proxies that may say on whose behalf they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body that is no network, in bytes.
    pub body_bytes: usize,
    /// The largest network that is uploaded, in bytes.
    pub upload_bytes: usize,
    /// How much memory bodies that are on their way may take together, in bytes.
    pub bodies_bytes: usize,
    /// How long a body may take to arrive that is no network.
    pub body_timeout: Duration,
    /// How long a network may take to arrive.
    pub upload_timeout: Duration,
    /// How many networks may be on their way or in work at the same time; half of them of one address.
    pub imports: u32,
    /// How long one may be in work.
    pub import_timeout: Duration,
    /// The same for one that goes on after its upload was answered.
    pub background_import_timeout: Duration,
}

impl Default for LimitOptions {
    fn default() -> Self {
        Self {
            requests_per_s: 1_000,
            failed_authentications_per_min: 10,
            connections: 1_000,
            streams: 1_000,
            addresses: 65_536,
            limit_loopback: false,
            trusted_proxies: Vec::new(),
            body_bytes: 2 << 20,
            upload_bytes: 64 << 20,
            bodies_bytes: 512 << 20,
            body_timeout: Duration::from_secs(20),
            upload_timeout: Duration::from_secs(120),
            imports: 4,
            import_timeout: Duration::from_secs(60),
            background_import_timeout: Duration::from_secs(1_800),
        }
    }
}

/// The limits at work.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) options: LimitOptions,
    requests: Rate,
    failures: Rate,
    clients: Clients,
    trusted: TrustedProxies,
    imports: Counter,
    bodies: Counter,
    begun: Instant,
}

impl Limits {
    pub(super) fn new(options: LimitOptions) -> Arc<Self> {
        let burst = options.requests_per_s.saturating_mul(2);
        Arc::new(Self {
            requests: Rate::new(options.requests_per_s, Duration::from_secs(1), burst),
            failures: Rate::new(options.failed_authentications_per_min, Duration::from_secs(60), FAILURE_BURST),
            clients: Clients::new(options.addresses),
            trusted: TrustedProxies::new(options.trusted_proxies.clone()),
            imports: Counter::default(),
            bodies: Counter::default(),
            begun: Instant::now(),
            options,
        })
    }

    /// Those of a router that nobody has given any.
    fn usual() -> &'static Arc<Self> {
        static USUAL: OnceLock<Arc<Limits>> = OnceLock::new();
        USUAL.get_or_init(|| Limits::new(LimitOptions::default()))
    }

    fn now_ns(&self) -> u64 {
        nanoseconds(self.begun.elapsed())
    }

    fn client(&self, address: IpAddr) -> Arc<Client> {
        if address.to_canonical().is_loopback() && !self.options.limit_loopback {
            return self.clients.exempt();
        }
        self.clients.find(Key::of(address), self.now_ns())
    }
}

/// One connection's client. It counts as one of its address until it is dropped.
#[derive(Debug)]
pub(super) struct Peer {
    caller: Caller,
    /// What it says of others counts, and it is not counted.
    is_proxy: bool,
}

impl Peer {
    /// The one at this address, and what it is to be told if it has too many connections already.
    pub(super) fn connect(limits: &Arc<Limits>, address: IpAddr) -> (Self, Option<Problem>) {
        let is_proxy = limits.trusted.has(address);
        let caller = Caller { client: limits.client(address), limits: Arc::clone(limits), address };
        let most = limits.options.connections;
        let before = caller.client.connections.fetch_add(1, Ordering::Relaxed);
        let has_too_many = most > 0 && before >= most && caller.is_counted() && !is_proxy;
        let refusal = has_too_many.then(|| {
            let detail = format!("this address has {most} connections open, and may have no more");
            refused("connections", "too_many_connections", detail, Duration::from_secs(5))
        });
        (Self { caller, is_proxy }, refusal)
    }

    /// Who asks, for the request's extensions.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Caller {
        if !self.is_proxy {
            return self.caller.clone();
        }
        let limits = &self.caller.limits;
        let address = limits.trusted.client(self.caller.address, headers);
        Caller { client: limits.client(address), limits: Arc::clone(limits), address }
    }

    /// Takes a token for something that costs as much as a request, such as the handshake of a connection.
    pub(super) fn admit(&self) -> Result<(), Problem> {
        if self.is_proxy { Ok(()) } else { self.caller.admit() }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.caller.client.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who asks: goes with every request, in its extensions.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Arc<Client>,
    limits: Arc<Limits>,
    /// Its address, as far as it can be known.
    pub(super) address: IpAddr,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::unknown))
    }
}

impl Caller {
    /// Somebody of whom nothing is known: a request that did not come through the server.
    pub(super) fn unknown() -> Self {
        let limits = Arc::clone(Limits::usual());
        let client = limits.clients.exempt();
        Self { client, limits, address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED) }
    }

    /// The limits that hold.
    pub(super) fn limits(&self) -> &LimitOptions {
        &self.limits.options
    }

    /// Takes a token for a request.
    ///
    /// # Errors
    /// When the address has asked for too much.
    pub fn admit(&self) -> Result<(), Problem> {
        if self.client.exempt {
            return Ok(());
        }
        self.client.requests.take(self.limits.requests, self.limits.now_ns()).map_err(|wait| {
            let most = self.limits.options.requests_per_s;
            refused("requests", "rate_limited", format!("more than {most} requests a second"), wait)
        })
    }

    /// The same for somebody who has shown who they are, wherever they ask from: what they have open, and the requests that they are
    /// admitted for from then on, are counted for them and not for their address.
    #[must_use]
    pub fn on_behalf_of(&self, principal: Uuid) -> Self {
        if self.client.exempt {
            return self.clone();
        }
        let client = self.limits.clients.find(Key::Principal(principal.as_u128()), self.limits.now_ns());
        Self { client, ..self.clone() }
    }

    /// Asked before credentials are looked at: not when too many of this address were wrong.
    ///
    /// # Errors
    /// When it must wait before it tries again.
    pub fn may_authenticate(&self) -> Result<(), Problem> {
        if self.client.exempt {
            return Ok(());
        }
        self.client.failures.look(self.limits.failures, self.limits.now_ns()).map_err(|wait| {
            let detail = "too many credentials from this address were wrong";
            refused("authentications", "too_many_failed_authentications", detail.to_owned(), wait)
        })
    }

    /// Told when credentials were wrong.
    pub fn authentication_failed(&self) {
        metrics::counter!("outrider_authentication_failures_total").increment(1);
        if !self.client.exempt {
            // Those that came at the same time and find no token had looked at the same moment: there will be none for a while.
            let _ = self.client.failures.take(self.limits.failures, self.limits.now_ns());
        }
    }

    /// A place for an event stream.
    ///
    /// # Errors
    /// When the address has too many open.
    pub(super) fn open_stream(&self) -> Result<StreamPlace, Problem> {
        let most = self.limits.options.streams;
        let place = StreamPlace::take(&self.client);
        if most > 0 && self.is_counted() && place.before >= most {
            let detail = format!("this address has {most} event streams open, and may have no more");
            return Err(refused("streams", "too_many_streams", detail, Duration::from_secs(5)));
        }
        Ok(place)
    }

    /// A place for a network that is about to be uploaded, until it is stored or given up.
    ///
    /// # Errors
    /// When too many are under way, or too many of this address.
    pub(super) fn begin_import(&self) -> Result<ImportPlace, Problem> {
        let most = self.limits.options.imports.max(1);
        let place = ImportPlace::take(&self.limits, &self.client);
        let mine = if self.is_counted() { most.div_ceil(2) } else { most };
        if place.before_all >= most as usize || place.before_mine >= mine {
            metrics::counter!("outrider_limited_total", "limit" => "imports").increment(1);
            return Err(Problem {
                retry_after_s: Some(5),
                ..Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "busy",
                    format!("at most {most} networks are imported at a time, and half of them for one address"),
                )
            });
        }
        Ok(place)
    }

    /// Memory for a body that is on its way.
    pub(super) fn body_memory(&self) -> BodyMemory {
        BodyMemory::new(Arc::clone(&self.limits))
    }

    /// Whether what this client has open is its own: neither exempt nor of many.
    fn is_counted(&self) -> bool {
        !self.client.exempt && !self.client.crowd
    }
}

/// The answer to who has reached a limit of its own, and a count of it.
fn refused(limit: &'static str, code: &'static str, detail: String, wait: Duration) -> Problem {
    metrics::counter!("outrider_limited_total", "limit" => limit).increment(1);
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    Problem {
        retry_after_s: Some(u32::try_from(seconds).unwrap_or(u32::MAX)),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> LimitOptions {
        LimitOptions { requests_per_s: 5, connections: 2, streams: 2, imports: 4, ..LimitOptions::default() }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_limits_and_this_machine_has_none() {
        let limits = Limits::new(strict());
        let (peer, _) = Peer::connect(&limits, address("192.0.2.1"));
        let caller = peer.caller(&HeaderMap::new());
        let refused = (0..20).filter(|_| caller.admit().is_err()).count();
        assert!((9..=10).contains(&refused), "a burst of ten is let in: {refused}");
        let (_one, _two) = (caller.open_stream().unwrap(), caller.open_stream().unwrap());
        let third = caller.open_stream().err().unwrap();
        assert_eq!((third.status.as_u16(), third.code, third.retry_after_s), (429, "too_many_streams", Some(5)));
        let second = Peer::connect(&limits, address("192.0.2.1"));
        let (third, refusal) = Peer::connect(&limits, address("192.0.2.1"));
        assert!(second.1.is_none() && refusal.is_some_and(|problem| problem.status == StatusCode::TOO_MANY_REQUESTS));
        drop((second, third));
        assert!(Peer::connect(&limits, address("192.0.2.1")).1.is_none(), "a refusal keeps no place");
        let here = Peer::connect(&limits, address("::1")).0.caller(&HeaderMap::new());
        assert!((0..100).all(|_| here.admit().is_ok() && here.may_authenticate().is_ok()));
        let everywhere = Limits::new(LimitOptions { limit_loopback: true, ..strict() });
        let here = Peer::connect(&everywhere, address("127.0.0.1")).0.caller(&HeaderMap::new());
        assert!((0..100).any(|_| here.admit().is_err()));
    }

    #[test]
    fn guessing_becomes_slow_for_the_one_who_guesses() {
        let limits = Limits::new(LimitOptions::default());
        let caller = |text: &str| Peer::connect(&limits, address(text)).0.caller(&HeaderMap::new());
        let guesser = caller("192.0.2.1");
        let tried =
            (0..1_000).take_while(|_| guesser.may_authenticate().is_ok()).map(|_| guesser.authentication_failed());
        assert_eq!(tried.count() as u32, FAILURE_BURST);
        let told = guesser.may_authenticate().err().unwrap();
        assert_eq!((told.status.as_u16(), told.code), (429, "too_many_failed_authentications"));
        assert!(told.retry_after_s.is_some_and(|seconds| (1..=6).contains(&seconds)), "{told:?}");
        assert!(caller("192.0.2.2").may_authenticate().is_ok());
    }

    #[test]
    fn who_is_known_is_counted_for_themselves_wherever_they_ask_from() {
        let limits = Limits::new(strict());
        let caller = |text: &str| Peer::connect(&limits, address(text)).0.caller(&HeaderMap::new());
        let (one, other) = (Uuid::from_u128(1 << 100), Uuid::from_u128(2 << 100));
        let held =
            [caller("192.0.2.1"), caller("192.0.2.2")].map(|caller| caller.on_behalf_of(one).open_stream().unwrap());
        assert!(caller("192.0.2.3").on_behalf_of(one).open_stream().is_err());
        assert!(caller("192.0.2.1").on_behalf_of(other).open_stream().is_ok());
        drop(held);
        assert!((0..20).any(|_| caller("192.0.2.1").on_behalf_of(one).admit().is_err()));
        assert!(caller("192.0.2.1").admit().is_ok());
    }

    #[test]
    fn half_of_the_imports_are_for_others() {
        let limits = Limits::new(strict());
        let caller = |text: &str| Peer::connect(&limits, address(text)).0.caller(&HeaderMap::new());
        let (greedy, other, third) = (caller("192.0.2.1"), caller("192.0.2.2"), caller("192.0.2.3"));
        let held = [greedy.begin_import().unwrap(), greedy.begin_import().unwrap()];
        assert!(greedy.begin_import().is_err());
        let more = [other.begin_import().unwrap(), other.begin_import().unwrap()];
        assert_eq!(third.begin_import().err().unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
        drop((held, more));
        assert!(third.begin_import().is_ok());
    }

    #[test]
    fn behind_a_trusted_proxy_everybody_is_counted_for_themselves() {
        let limits = Limits::new(LimitOptions { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..strict() });
        let connected: Vec<Peer> = (0..10).map(|_| Peer::connect(&limits, address("10.0.0.1")).0).collect();
        let from = |client: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", client.parse().unwrap());
            connected[0].caller(&headers)
        };
        assert!((0..20).any(|_| from("192.0.2.1").admit().is_err()));
        assert!(from("192.0.2.2").admit().is_ok());
        let (direct, _) = Peer::connect(&limits, address("192.0.2.3"));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "192.0.2.2".parse().unwrap());
        assert_eq!(direct.caller(&headers).address, address("192.0.2.3"), "it may say what it likes");
    }

    /// Not a measurement, but a request must not become dear without anybody noticing: this is far above what it costs.
    #[test]
    fn asking_costs_next_to_nothing() {
        let limits = Limits::new(LimitOptions { requests_per_s: u32::MAX, ..LimitOptions::default() });
        let (peer, _) = Peer::connect(&limits, address("192.0.2.1"));
        let (headers, begun) = (HeaderMap::new(), Instant::now());
        for _ in 0..100_000 {
            peer.caller(&headers).admit().unwrap();
        }
        let each = begun.elapsed() / 100_000;
        assert!(each < Duration::from_micros(20), "{each:?} in a debug build");
    }
}
