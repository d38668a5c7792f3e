//! One connection: which HTTP it speaks, and that it cannot be held for ever by a client that does nothing.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::acknowledged::Acknowledged;

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
    acknowledged: Acknowledged,
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
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES);
        // Twice the limit, so that a short gap in the radio link costs no reconnection.
        let acknowledged = Acknowledged::new(limit.saturating_mul(2));
        Self { stream, limit, acknowledged, stalled: None, beginning: [0; HTTP2_PREFACE.len()], held: 0, given: 0 }
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

    /// Writes something, unless the other side has taken or acknowledged nothing for too long.
    fn guard<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.acknowledged.is_overdue(&self.stream) {
            return self.cut_off("the client acknowledges nothing");
        }
        let written = write(Pin::new(&mut self.stream), context);
        if written.is_ready() {
            self.stalled = None;
            return count_if_cut_off(written);
        }
        let limit = self.limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        self.cut_off("the client takes nothing")
    }

    fn cut_off<T>(&self, why: &'static str) -> Poll<io::Result<T>> {
        // Otherwise the kernel keeps what is unsent for minutes, and offers it again and again.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        count_if_cut_off(Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why))))
    }
}

/// The kernel gives clients up too, after a quarter of an hour; it says so once, to whoever asks first.
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
        self.guard(context, |stream, context| stream.poll_write(context, data))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.guard(context, |stream, context| stream.poll_write_vectored(context, data))
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
