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

use axum::Router;
use axum::body::Body;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_service::Service as _;

use super::connection::{GuardedStream, Protocol};
use super::layers::ClientAddress;
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
/// The same limit in HTTP/2, where each header counts 32 bytes more.
const HTTP2_MAX_HEADER_LIST_BYTES: u32 = 16 << 10;
/// How many requests, streams among them, one HTTP/2 connection may have open.
const HTTP2_MAX_STREAMS: u32 = 256;
/// How much of an answer is kept for one slow HTTP/2 stream.
const HTTP2_SEND_BUFFER_BYTES: usize = 64 << 10;
/// How often an HTTP/2 client is asked whether it is still there.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);

/// What can be set about connections.
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// How many connections may be open.
    pub max_connections: usize,
    /// How long a client may take nothing before it is cut off.
    pub write_stall_limit: Duration,
    /// How long a client may take to send a request's head, and how long a connection may lie idle between requests.
    pub header_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_connections: 16_000,
            write_stall_limit: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
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
    router: Router,
    app: Arc<App>,
    options: ServerOptions,
    stop: impl Future<Output = ()> + Send,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    {
        let server =
            Server { doors: Doors::new(options.max_connections), router, options, stopping: app.stopping().clone() };
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
    router: Router,
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
            let stream = match accepted {
                Ok((stream, _)) => stream,
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
            connections.spawn(self.serve(stream, place, graceful.watcher()));
        }
    }

    /// Serves one connection to its end.
    fn serve(&self, stream: TcpStream, place: Place, watcher: Watcher) -> impl Future<Output = ()> + Send + 'static {
        let address = stream.peer_addr().ok().map(|peer| ClientAddress(peer.ip().to_canonical()));
        let mut stream = GuardedStream::new(stream, self.options.write_stall_limit);
        let router = self.router.clone();
        let refused = matches!(place, Place::Refused(_));
        let mut header_timeout = self.options.header_timeout;
        if refused {
            metrics::counter!("outrider_connections_refused_total").increment(1);
            header_timeout = header_timeout.min(REFUSED_HEADER_TIMEOUT);
        }
        let stopping = self.stopping.clone();
        async move {
            let _place = place;
            let _counted = Counted::new();
            let protocol = {
                let finding_out = tokio::time::timeout(header_timeout, stream.protocol());
                tokio::select! {
                    protocol = finding_out => protocol,
                    () = stopping.cancelled() => return,
                }
            };
            drop(stopping);
            // Clients that come and go without a word, or break off, are no news; what a handler did is in the access log.
            let Ok(Ok(protocol)) = protocol else { return };
            let service =
                service_fn(move |request: hyper::Request<Incoming>| answer(router.clone(), request, address, refused));
            let _ = match protocol {
                Protocol::Http1 => {
                    let http1 = http1_builder(header_timeout);
                    watcher.watch(http1.serve_connection(TokioIo::new(stream), service)).await
                }
                Protocol::Http2 => {
                    // Boxed, so that the many of HTTP/1 need not have room for it.
                    let http2 = http2_builder();
                    Box::pin(watcher.watch(http2.serve_connection(TokioIo::new(stream), service))).await
                }
            };
        }
    }
}

/// Goes with every request on a connection beyond the limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct BeyondLimit;

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Boxed, so that a connection keeps nothing of a request whose answer has begun.
fn answer(
    mut router: Router,
    request: hyper::Request<Incoming>,
    address: Option<ClientAddress>,
    refused: bool,
) -> Answering {
    let mut request = request.map(Body::new);
    if let Some(address) = address {
        request.extensions_mut().insert(address);
    }
    if refused {
        request.extensions_mut().insert(BeyondLimit);
    }
    Box::pin(async move {
        let version = request.version();
        let mut answer = router.call(request).await?;
        if refused && version <= Version::HTTP_11 {
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

fn http2_builder() -> hyper::server::conn::http2::Builder<TokioExecutor> {
    let mut http2 = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_MAX_STREAMS)
        .max_header_list_size(HTTP2_MAX_HEADER_LIST_BYTES)
        .max_send_buf_size(HTTP2_SEND_BUFFER_BYTES)
        .keep_alive_interval(HTTP2_PING_INTERVAL)
        .keep_alive_timeout(HTTP2_PING_INTERVAL);
    http2
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
