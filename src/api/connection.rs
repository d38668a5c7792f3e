//! One connection: which HTTP it speaks, and that it cannot be held for ever by a client that does nothing.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How every HTTP/2 connection begins (RFC 9113, section 3.4). No request of HTTP/1 does.
const HTTP2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much the kernel may keep that is not on its way yet. By itself it keeps megabytes for a client whose link was fast once, and asks
/// for more only when a third of that is gone: who reads 10 kB a second then seems to take nothing for minutes, and is told positions
/// that are minutes old.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 32 << 10;

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// A connection that breaks when the other side takes nothing for too long: a subscriber that has stopped reading is cut off
/// instead of being held for ever.
pub(super) struct GuardedStream {
    stream: TcpStream,
    limit: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// What was read to find out the protocol, and is to be read again.
    beginning: [u8; HTTP2_PREFACE.len()],
    held: u8,
    given: u8,
}

impl GuardedStream {
    pub(super) fn new(stream: TcpStream, limit: Duration) -> Self {
        // Events are small and must go out at once.
        let _ = stream.set_nodelay(true);
        // A client that lost its power or its radio link acknowledges nothing, but heartbeats fill the send buffer only after
        // hours, and the kernel by itself goes on for a quarter of one. Twice the limit, so that a short gap in the radio link
        // costs no reconnection.
        #[cfg(target_os = "linux")]
        {
            use nix::sys::socket::{setsockopt, sockopt};
            let unacknowledged_ms = u32::try_from(limit.as_millis().saturating_mul(2)).unwrap_or(u32::MAX);
            let _ = setsockopt(&stream, sockopt::TcpUserTimeout, &unacknowledged_ms);
            let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES);
        }
        Self { stream, limit, stalled: None, beginning: [0; HTTP2_PREFACE.len()], held: 0, given: 0 }
    }

    /// Finds out what the client speaks, without taking anything from it.
    ///
    /// # Errors
    /// When the connection breaks, or ends before it has begun.
    pub(super) async fn protocol(&mut self) -> io::Result<Protocol> {
        loop {
            let held = usize::from(self.held);
            let seen = self.beginning.get(..held).unwrap_or_default();
            if !HTTP2_PREFACE.starts_with(seen) {
                return Ok(Protocol::Http1);
            }
            let Some(rest) = self.beginning.get_mut(held..).filter(|rest| !rest.is_empty()) else {
                return Ok(Protocol::Http2);
            };
            match self.stream.read(rest).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                // At most 24.
                read => self.held += read as u8,
            }
        }
    }

    fn guard<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return count_if_cut_off(written);
        }
        let limit = self.limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        count_if_cut_off(Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing"))))
    }
}

/// The kernel cuts clients off too; it says so once, to whoever asks first.
fn count_if_cut_off<T>(outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    if matches!(&outcome, Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::TimedOut) {
        metrics::counter!("outrider_slow_clients_cut_off_total").increment(1);
    }
    outcome
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(again) = this.beginning.get(usize::from(this.given)..usize::from(this.held))
            && !again.is_empty()
        {
            let count = again.len().min(buffer.remaining());
            buffer.put_slice(again.get(..count).unwrap_or_default());
            this.given += count as u8;
            return Poll::Ready(Ok(()));
        }
        count_if_cut_off(Pin::new(&mut this.stream).poll_read(context, buffer))
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    /// Sends the pieces one by one and then nothing, and gives what the protocol was taken for, and all that was read.
    async fn sent(pieces: &[&[u8]]) -> (io::Result<Protocol>, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.set_nodelay(true).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = GuardedStream::new(stream, Duration::from_secs(20));
        let sending = async {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            client.shutdown().await.unwrap();
        };
        let (protocol, ()) = tokio::join!(stream.protocol(), sending);
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        (protocol, read)
    }

    #[tokio::test]
    async fn the_protocol_is_found_out_and_nothing_is_lost_by_it() {
        let text = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nframes".as_slice();
        let requests: [&[u8]; 4] =
            [b"GET / HTTP/1.1\r\n\r\n", b"P", b"PROPFIND / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nXX"];
        for size in [1, 2, 3, 7, 100] {
            let (protocol, read) = sent(&text.chunks(size).collect::<Vec<_>>()).await;
            assert_eq!((protocol.unwrap(), read.as_slice()), (Protocol::Http2, text));
            for request in requests.iter().filter(|request| request.len() > 1) {
                let (protocol, read) = sent(&request.chunks(size).collect::<Vec<_>>()).await;
                assert_eq!((protocol.unwrap(), read.as_slice()), (Protocol::Http1, *request));
            }
        }
        assert!(sent(&[]).await.0.is_err());
        assert!(sent(&[requests[1]]).await.0.is_err());
    }
}
