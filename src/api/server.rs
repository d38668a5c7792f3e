//! Serving over HTTP/1.1 and HTTP/2, and stopping in order.
//!
//! The accept loop is our own because of memory: with `axum::serve` an idle subscriber costs 36 to 40 kB, most of it in
//! buffers that grow up to 400 kB and keep their size. With hyper's connections and small buffers it is a third of that. Large
//! uploads lose nothing by it, as a body is passed on in pieces anyway.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONNECTION, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderValue, StatusCode, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::Routes;
use super::connection::{GuardedStream, Protocol};
use super::headers;
use super::http2;
use super::limits::{LimitOptions, Limits, Peer};
use super::problem::Problem;
use super::tls::Tls;
use crate::app::App;
use crate::chain;

/// How long open requests may take to finish at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How many connections may wait to be accepted. Thousands of clients may come back at once.
const BACKLOG: u32 = 4096;
/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How many connections beyond the limit are told so at a time.
const REFUSED_AT_A_TIME: usize = 64;
/// How long a client that is to be refused may take to say what it wants.
const REFUSED_HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The read buffer of a connection, hyper's least, and so the limit on a request's head.
const HTTP1_BUFFER_BYTES: usize = 8 << 10;

/// What can be set about connections.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// How many connections may be open.
    pub max_connections: usize,
    /// How long a client may take nothing before it is cut off.
    pub write_stall_limit: Duration,
    /// How long a client may take to send a request's head, and how long a connection may lie idle between requests.
    pub header_timeout: Duration,
    /// How long a client may take until the connection is encrypted.
    pub handshake_timeout: Duration,
    /// The certificate, if connections are encrypted.
    pub tls: Option<Arc<Tls>>,
    /// What one client may take.
    pub limits: LimitOptions,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_connections: 16_000,
            write_stall_limit: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(10),
            tls: None,
            limits: LimitOptions::default(),
        }
    }
}

/// Opens the port.
///
/// # Errors
/// When it is taken.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` completes, then stops in order: no new connections, streams end, open requests finish, the
/// application stops.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    app: Arc<App>,
    options: ServerOptions,
    stop: impl Future<Output = ()> + Send,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    {
        let (doors, limits) = (Doors::new(options.max_connections), Limits::new(options.limits.clone()));
        if let Some(tls) = &options.tls {
            tokio::spawn(Arc::clone(tls).follow_files(app.stopping().clone()));
        }
        let server = Server { doors, limits, routes: Arc::new(routes), options, stopping: app.stopping().clone() };
        let mut accepting = std::pin::pin!(server.accept(listener, &graceful, &mut connections));
        tokio::select! {
            biased;
            () = stop => {}
            () = &mut accepting => {}
        }
    }
    tracing::info!(connections = connections.len(), "stopping: streams end, open requests finish");
    app.stopping().cancel();
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in {} s and are cut off", DRAIN_TIMEOUT.as_secs());
    }
    connections.shutdown().await;
    app.stop().await;
}

struct Server {
    doors: Doors,
    limits: Arc<Limits>,
    routes: Arc<Routes>,
    options: ServerOptions,
    stopping: CancellationToken,
}

impl Server {
    /// Accepts connections for ever.
    async fn accept(&self, listener: TcpListener, graceful: &GracefulShutdown, connections: &mut JoinSet<()>) {
        loop {
            let mut place = self.doors.wait().await;
            let accepted = loop {
                tokio::select! {
                    accepted = listener.accept() => break accepted,
                    // One that is over: its memory is free only now.
                    Some(_) = connections.join_next() => {}
                }
            };
            let (stream, address) = match accepted {
                Ok((stream, address)) => (stream, address.ip()),
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    metrics::counter!("outrider_accept_errors_total").increment(1);
                    tracing::error!(error = chain::of(&error), "no connection can be accepted; trying again");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if matches!(place, Place::Refused(_))
                && let Ok(permit) = Arc::clone(&self.doors.open).try_acquire_owned()
            {
                // Somebody left in the meantime.
                place = Place::Served(permit);
            }
            let (peer, mut refusal) = Peer::connect(&self.limits, address);
            if refusal.is_some() && matches!(place, Place::Served(_)) {
                // Told so as long as there is a place for that; who wants to be encrypted first is not worth it.
                match Arc::clone(&self.doors.refused).try_acquire_owned() {
                    Ok(permit) if self.options.tls.is_none() => place = Place::Refused(permit),
                    _ => continue,
                }
            }
            if matches!(place, Place::Refused(_)) {
                metrics::counter!("outrider_connections_refused_total").increment(1);
                refusal.get_or_insert_with(too_many_connections);
            }
            let refusal = refusal.map(Arc::new);
            connections.spawn(self.serve(stream, place, Arc::new(peer), refusal, graceful.watcher()));
        }
    }

    /// Serves one connection to its end.
    fn serve(
        &self,
        stream: TcpStream,
        place: Place,
        peer: Arc<Peer>,
        refusal: Option<Arc<Problem>>,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send + 'static {
        let mut stream = GuardedStream::new(stream, self.options.write_stall_limit);
        let mut header_timeout = self.options.header_timeout;
        if refusal.is_some() {
            header_timeout = header_timeout.min(REFUSED_HEADER_TIMEOUT);
        }
        let conversation = Conversation {
            routes: Arc::clone(&self.routes),
            peer,
            refusal,
            is_encrypted: self.options.tls.is_some(),
            header_timeout,
            stall_limit: self.options.write_stall_limit,
            stopping: self.stopping.clone(),
            watcher,
        };
        let handshake_timeout = self.options.handshake_timeout;
        let acceptor = self.options.tls.as_ref().map(|tls| tls.acceptor());
        async move {
            let _place = place;
            let _counted = Counted::new();
            if let Some(acceptor) = acceptor {
                // Boxed, here and below, so that those that are not encrypted, or speak HTTP/1, need not have room for it.
                return Box::pin(conversation.encrypted(acceptor, stream, handshake_timeout)).await;
            }
            let protocol = {
                let finding_out = tokio::time::timeout(header_timeout, stream.protocol());
                tokio::select! {
                    protocol = finding_out => protocol,
                    () = conversation.stopping.cancelled() => return,
                }
            };
            // Clients that come and go without a word, or break off, are no news; what a handler did is in the access log.
            let Ok(Ok(protocol)) = protocol else { return };
            match protocol {
                Protocol::Http1 => drop(conversation.http1(stream).await),
                Protocol::Http2 => Box::pin(conversation.http2(stream)).await,
            }
        }
    }
}

/// What is known of a connection on which requests come.
struct Conversation {
    routes: Arc<Routes>,
    peer: Arc<Peer>,
    refusal: Option<Arc<Problem>>,
    is_encrypted: bool,
    header_timeout: Duration,
    stall_limit: Duration,
    stopping: CancellationToken,
    watcher: Watcher,
}

impl Conversation {
    /// The handshake, and then either protocol. What each of them needs is boxed for itself, and so is the stream: the handshake's
    /// memory is free when it is over, and nothing of what a connection holds is there twice.
    async fn encrypted(self, acceptor: TlsAcceptor, stream: GuardedStream, timeout: Duration) {
        // A handshake costs more than most requests.
        if self.peer.admit().is_err() {
            return;
        }
        let handshake = Box::pin(async move { acceptor.accept(stream).await.map(Box::new) });
        let stream = tokio::select! {
            stream = tokio::time::timeout(timeout, handshake) => stream,
            () = self.stopping.cancelled() => return,
        };
        let Ok(Ok(stream)) = stream else {
            metrics::counter!("outrider_handshakes_failed_total").increment(1);
            return;
        };
        if stream.get_ref().1.alpn_protocol() == Some(http2::ALPN) {
            Box::pin(self.http2(stream)).await;
        } else {
            let _ = Box::pin(self.http1(stream)).await;
        }
    }

    /// No `async fn`: it would hold the connection twice, as what it was given and as what it waits for.
    fn http1<S>(self, stream: S) -> impl Future<Output = hyper::Result<()>> + Send
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Self { routes, peer, refusal, is_encrypted, header_timeout, watcher, .. } = self;
        let service =
            service_fn(move |request| answer(Arc::clone(&routes), &peer, request, refusal.clone(), is_encrypted));
        watcher.watch(http1_builder(header_timeout).serve_connection(TokioIo::new(stream), service))
    }

    async fn http2<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // Held to the end: whoever stops the service waits for it.
        let Self { routes, peer, refusal, is_encrypted, header_timeout, stall_limit, stopping, watcher: _watcher } =
            self;
        let answer = move |request| answer(Arc::clone(&routes), &peer, request, refusal.clone(), is_encrypted);
        http2::serve(stream, answer, stall_limit, header_timeout, stopping).await;
    }
}

/// Goes with every request on a connection beyond the limit.
#[derive(Clone, Debug)]
pub(super) struct BeyondLimit(pub(super) Arc<Problem>);

fn too_many_connections() -> Problem {
    Problem {
        retry_after_s: Some(5),
        ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_connections", "too many connections are open")
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Boxed, so that a connection keeps nothing of a request whose answer has begun.
fn answer(
    routes: Arc<Routes>,
    peer: &Peer,
    request: hyper::Request<Incoming>,
    refusal: Option<Arc<Problem>>,
    is_encrypted: bool,
) -> Answering {
    let mut request = request.map(Body::new);
    let caller = peer.caller(request.headers());
    request.extensions_mut().insert(caller);
    let is_refused = refusal.is_some();
    if let Some(refusal) = refusal {
        request.extensions_mut().insert(BeyondLimit(refusal));
    }
    Box::pin(async move {
        let version = request.version();
        let mut answer = routes.answer(request).await;
        if is_encrypted {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, headers::ENCRYPTED_ONLY);
        }
        if is_refused && version <= Version::HTTP_11 {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(answer)
    })
}

fn http1_builder(header_timeout: Duration) -> hyper::server::conn::http1::Builder {
    let mut http1 = hyper::server::conn::http1::Builder::new();
    http1.timer(TokioTimer::new()).header_read_timeout(header_timeout).max_buf_size(HTTP1_BUFFER_BYTES);
    http1
}

/// Whether only the connection that was to be accepted is at fault.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// How many may come in.
struct Doors {
    open: Arc<Semaphore>,
    refused: Arc<Semaphore>,
}

/// A connection's place, free again when dropped.
enum Place {
    Served(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit),
    Refused(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit),
}

impl Doors {
    fn new(max_connections: usize) -> Self {
        Self {
            open: Arc::new(Semaphore::new(max_connections.clamp(1, Semaphore::MAX_PERMITS))),
            refused: Arc::new(Semaphore::new(REFUSED_AT_A_TIME)),
        }
    }

    /// Waits for a place. While there is none, whoever comes waits in the kernel's queue.
    async fn wait(&self) -> Place {
        let open = Arc::clone(&self.open).acquire_owned();
        let refused = Arc::clone(&self.refused).acquire_owned();
        tokio::select! {
            biased;
            // Neither is ever closed.
            Ok(permit) = open => Place::Served(permit),
            Ok(permit) = refused => Place::Refused(permit),
            else => std::future::pending().await,
        }
    }
}

/// A connection in the gauge of open ones.
struct Counted;

impl Counted {
    fn new() -> Self {
        metrics::gauge!("outrider_connections").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("outrider_connections").decrement(1.0);
    }
}
