//! HTTP/2: its limits, streams that are cut off when their client opens no window, connections that are closed when nothing goes on.
//!
//! A connection of HTTP/1 that takes nothing shows in its socket. In HTTP/2 each stream has a window of its own: a client may keep that
//! shut and read all the rest, and the answer waits in memory. hyper does not ask an answer's body for more while it waits for the
//! window, so the body itself cannot notice. But each stream is a task of its own, and we give them their executor: it knows from the
//! body whether the task waits for the window or for the body, and ends one that waits for the window for too long.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::{Buf, Bytes};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

/// The limit on a request's head, where each header counts 32 bytes more. A head that goes on beyond it (CONTINUATION frames without
/// end) closes the connection.
const MAX_HEADER_LIST_BYTES: u32 = 16 << 10;
/// How many requests, streams among them, one connection may have open.
const MAX_STREAMS: u32 = 256;
/// How many streams a client may have broken off before they were looked at ("rapid reset"); then the connection is closed.
const MAX_RESET_STREAMS: usize = 20;
/// How many streams we may have broken off for faults of the client; then the connection is closed.
const MAX_FAULTY_STREAMS: usize = 256;
/// How much of a request's body may come before it is read: of one stream, and of all together.
const STREAM_WINDOW_BYTES: u32 = 512 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
/// How much a client may have the other side remember of headers.
const HEADER_TABLE_BYTES: u32 = 4 << 10;
/// How much of an answer is kept for one slow stream.
const SEND_BUFFER_BYTES: usize = 64 << 10;
/// How often a client is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// An answer is handed over in pieces of this size, so that no more than one of them lies where no window is open.
const PIECE_BYTES: usize = 16 << 10;

/// Serves one connection to its end.
pub(super) async fn serve<S, A>(
    stream: S,
    answer: impl Fn(hyper::Request<Incoming>) -> A,
    stall_limit: Duration,
    idle_limit: Duration,
    stopping: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    A: Future<Output = Result<Response, Infallible>> + Send + 'static,
{
    let streams = Arc::new(Streams {
        stall_limit,
        open: AtomicUsize::new(0),
        begun: AtomicUsize::new(0),
        next: Mutex::default(),
    });
    let begun = Arc::clone(&streams);
    let service = service_fn(move |request| {
        let watch = begun.begin();
        let answering = answer(request);
        async move { answering.await.map(|answer| answer.map(|body| Pieces::of(body, watch))) }
    });
    let http2 = builder(Executor(Arc::clone(&streams)));
    let mut connection = pin!(http2.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
            return;
        }
        () = streams.idle_for(idle_limit) => {}
    }
    connection.as_mut().graceful_shutdown();
    // The client has been told; what it began before it heard of it is still answered.
    while tokio::time::timeout(stall_limit, connection.as_mut()).await.is_err()
        && streams.open.load(Ordering::Relaxed) > 0
    {}
}

fn builder(executor: Executor) -> hyper::server::conn::http2::Builder<Executor> {
    let mut http2 = hyper::server::conn::http2::Builder::new(executor);
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
        .max_local_error_reset_streams(MAX_FAULTY_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .header_table_size(HEADER_TABLE_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    http2
}

/// The streams of one connection.
struct Streams {
    stall_limit: Duration,
    open: AtomicUsize,
    begun: AtomicUsize,
    /// That of the stream that is just beginning: hyper hands it to the executor right after the call of the service.
    next: Mutex<Option<Arc<Watch>>>,
}

impl Streams {
    fn begin(&self) -> Arc<Watch> {
        let watch = Arc::new(Watch::default());
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&watch));
        watch
    }

    /// Until no stream was there for so long; at the most twice as long.
    async fn idle_for(&self, limit: Duration) {
        loop {
            let before = self.begun.load(Ordering::Relaxed);
            tokio::time::sleep(limit).await;
            if self.open.load(Ordering::Relaxed) == 0 && self.begun.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// What a stream's task waits for: the lowest bit says that it has something to send, the others count how often it had.
#[derive(Default)]
struct Watch(AtomicU64);

impl Watch {
    fn has_something(&self) {
        self.0.store((self.0.load(Ordering::Relaxed) + 2) | 1, Ordering::Relaxed);
    }

    fn has_nothing(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) & !1, Ordering::Relaxed);
    }
}

/// Runs the streams of one connection.
#[derive(Clone)]
struct Executor(Arc<Streams>);

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Executor {
    fn execute(&self, task: F) {
        let streams = Arc::clone(&self.0);
        let watch = streams.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        streams.begun.fetch_add(1, Ordering::Relaxed);
        streams.open.fetch_add(1, Ordering::Relaxed);
        let stall_limit = streams.stall_limit;
        let open = Open(streams);
        tokio::spawn(async move {
            let _open = open;
            match watch {
                Some(watch) => Watched { task: pin!(task), watch, stall_limit, stalled: None }.await,
                None => task.await,
            }
        });
    }
}

struct Open(Arc<Streams>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream's task, which ends when it cannot get rid of what it has for too long. Dropped, it tells the client so (RST_STREAM).
struct Watched<'a, F> {
    task: Pin<&'a mut F>,
    watch: Arc<Watch>,
    stall_limit: Duration,
    /// Since when, and for which piece.
    stalled: Option<(u64, Pin<Box<Sleep>>)>,
}

impl<F: Future<Output = ()>> Future for Watched<'_, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.task.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let state = this.watch.0.load(Ordering::Relaxed);
        if state & 1 == 0 {
            this.stalled = None;
            return Poll::Pending;
        }
        if this.stalled.as_ref().is_none_or(|(piece, _)| *piece != state) {
            this.stalled = Some((state, Box::pin(tokio::time::sleep(this.stall_limit))));
        }
        if let Some((_, limit)) = &mut this.stalled {
            ready!(limit.as_mut().poll(context));
            metrics::counter!("outrider_slow_clients_cut_off_total").increment(1);
        }
        Poll::Ready(())
    }
}

/// An answer's body in pieces. The last byte is a piece of its own where the end is known: so the task does not end, and is watched,
/// until there is a window for all of it.
struct Pieces {
    body: Body,
    rest: Bytes,
    /// The rest is part of something large, which is not to be kept for the sake of a piece.
    copied: bool,
    watch: Arc<Watch>,
}

impl Pieces {
    fn of(body: Body, watch: Arc<Watch>) -> Self {
        Self { body, rest: Bytes::new(), copied: false, watch }
    }

    fn piece(&mut self) -> Bytes {
        let length = match self.rest.len() {
            length @ 2..=PIECE_BYTES if self.body.is_end_stream() => length - 1,
            length => length.min(PIECE_BYTES),
        };
        if length == self.rest.len() && !self.copied {
            return std::mem::take(&mut self.rest);
        }
        if !self.copied {
            return self.rest.split_to(length);
        }
        let piece = Bytes::copy_from_slice(self.rest.get(..length).unwrap_or_default());
        self.rest.advance(length);
        if self.rest.is_empty() {
            self.rest = Bytes::new();
        }
        piece
    }
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            let frame = match Pin::new(&mut this.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => frame,
                other => {
                    this.watch.has_nothing();
                    return other;
                }
            };
            match frame.into_data() {
                Ok(data) => {
                    this.copied = data.len() > PIECE_BYTES;
                    this.rest = data;
                }
                Err(trailers) => {
                    this.watch.has_something();
                    return Poll::Ready(Some(Ok(trailers)));
                }
            }
        }
        this.watch.has_something();
        Poll::Ready(Some(Ok(Frame::data(this.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

/// The name of HTTP/2 where client and server agree on what they speak over TLS.
pub(super) const ALPN: &[u8] = b"h2";

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn an_answer_arrives_whole_in_pieces_of_which_the_last_is_a_byte() {
        for length in [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, PIECE_BYTES + 2, 5 * PIECE_BYTES + 7]
        {
            let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut pieces = Pieces::of(Body::from(bytes.clone()), Arc::default());
            assert_eq!(pieces.size_hint().exact(), Some(length as u64));
            let mut lengths = Vec::new();
            let mut whole = Vec::new();
            while !pieces.is_end_stream() {
                let frame = std::future::poll_fn(|context| Pin::new(&mut pieces).poll_frame(context)).await;
                let data = frame.unwrap().unwrap().into_data().unwrap();
                assert_eq!(pieces.size_hint().exact(), Some((length - whole.len() - data.len()) as u64));
                lengths.push(data.len());
                whole.extend_from_slice(&data);
            }
            assert_eq!(whole, bytes);
            assert!(lengths.iter().all(|length| (1..=PIECE_BYTES).contains(length)), "{lengths:?}");
            assert!(length < 2 || lengths.last() == Some(&1) || length % PIECE_BYTES == 1, "{length}: {lengths:?}");
            let again = to_bytes(Body::new(Pieces::of(Body::from(bytes.clone()), Arc::default())), usize::MAX).await;
            assert_eq!(again.unwrap(), bytes);
        }
    }
}
