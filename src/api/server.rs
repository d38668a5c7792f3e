//! Serving over HTTP/1.1 and HTTP/2, and stopping in order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use crate::app::App;

/// How long open requests may take to finish at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `stop` completes, then stops in order: no new connections, streams end, open requests finish, the
/// application stops.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    app: Arc<App>,
    write_stall_limit: Duration,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = app.stopping().clone();
    let signal = {
        let stopping = stopping.clone();
        async move {
            stop.await;
            tracing::info!("stopping: streams end, open requests finish");
            stopping.cancel();
        }
    };
    let listener = GuardedListener { listener, write_stall_limit };
    let serving = axum::serve(listener, router).with_graceful_shutdown(signal).into_future();
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN_TIMEOUT).await } => {
            tracing::warn!("some requests did not finish in {} s and are cut off", DRAIN_TIMEOUT.as_secs());
            Ok(())
        }
    };
    app.stop().await;
    served
}

/// Accepts connections whose writes may not stall for ever.
struct GuardedListener {
    listener: TcpListener,
    write_stall_limit: Duration,
}

impl Listener for GuardedListener {
    type Io = GuardedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (GuardedStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Events are small and must go out at once.
        let _ = stream.set_nodelay(true);
        (GuardedStream { stream, limit: self.write_stall_limit, stalled: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that breaks when the other side takes nothing for too long: a subscriber that has stopped reading is cut off
/// instead of being held for ever.
struct GuardedStream {
    stream: TcpStream,
    limit: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl GuardedStream {
    fn guard<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        metrics::counter!("outrider_slow_clients_cut_off_total").increment(1);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, data);
        self.guard(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, data);
        self.guard(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
