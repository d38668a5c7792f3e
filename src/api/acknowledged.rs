//! Whether the other side of a connection is still there.
//!
//! A client that lost its power or its radio link acknowledges nothing, but heartbeats fill the send buffer only after hours, and the
//! kernel by itself goes on for a quarter of one. It can be told to give up sooner (`TCP_USER_TIMEOUT`), but as long as the client has
//! no room for the next block as a whole, it counts from when that began, whatever was acknowledged since (`icsk_probes_tstamp` of
//! Linux): who reads slowly into a small buffer would be cut off too. So what has been acknowledged is looked at here.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How often it is looked at, as a part of the limit.
const LOOKS: u32 = 4;

/// What of a connection the other side has acknowledged, as far as it was looked at.
pub(super) struct Acknowledged {
    limit: Duration,
    bytes: u64,
    /// When it was so many bytes for the first time, or nothing was under way.
    since: Instant,
}

/// What the kernel knows of what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    acknowledged_bytes: u64,
    is_under_way: bool,
}

impl Acknowledged {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, bytes: 0, since: Instant::now() }
    }

    /// Whether something is under way of which nothing was acknowledged for the limit, or up to a quarter longer. To be asked before
    /// more is written: it costs a system call four times within the limit, as long as all is well.
    pub(super) fn is_overdue(&mut self, stream: &impl AsFd) -> bool {
        let silent = self.since.elapsed();
        silent >= self.limit / LOOKS && written(stream).is_some_and(|written| self.look(written, silent))
    }

    fn look(&mut self, written: Written, silent: Duration) -> bool {
        if !written.is_under_way || written.acknowledged_bytes != self.bytes {
            (self.bytes, self.since) = (written.acknowledged_bytes, Instant::now());
            return false;
        }
        // What is under way now may have been written up to a look after that.
        silent >= self.limit + self.limit / LOOKS
    }
}

/// What the kernel knows, if it is new enough to say so (Linux 4.6).
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "neither nix nor socket2 has TCP_INFO; it is one system call that fills a structure of numbers"
)]
fn written(stream: &impl AsFd) -> Option<Written> {
    use std::mem::offset_of;
    use std::os::fd::AsRawFd;

    use nix::libc;

    /// The beginning of `struct tcp_info` (linux/tcp.h), which only ever grows at its end.
    #[repr(C)]
    #[derive(Default)]
    struct TcpInfo {
        bytes: [u8; 8],
        before_unacked: [u32; 4],
        unacked: u32,
        before_pacing_rate: [u32; 19],
        before_bytes_acked: [u64; 2],
        bytes_acked: u64,
        bytes_received: u64,
        segments: [u32; 2],
        notsent_bytes: u32,
        min_rtt: u32,
    }
    const {
        assert!(offset_of!(TcpInfo, unacked) == 24 && offset_of!(TcpInfo, bytes_acked) == 120);
        assert!(offset_of!(TcpInfo, notsent_bytes) == 144 && size_of::<TcpInfo>() == 152);
    }

    let mut info = TcpInfo::default();
    let mut length = size_of::<TcpInfo>() as libc::socklen_t;
    let fd = stream.as_fd().as_raw_fd();
    // SAFETY: the descriptor is open as long as the stream is borrowed. The kernel writes at most `length` bytes, which is the size of
    // `info`, and any bytes make numbers.
    let failed =
        unsafe { libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, (&raw mut info).cast(), &raw mut length) };
    (failed == 0 && length as usize >= size_of::<TcpInfo>()).then_some(Written {
        acknowledged_bytes: info.bytes_acked,
        is_under_way: info.unacked > 0 || info.notsent_bytes > 0,
    })
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
fn written(_: &impl AsFd) -> Option<Written> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    #[test]
    fn whoever_acknowledges_nothing_for_the_limit_is_gone_and_nobody_else() {
        let s = Duration::from_secs;
        let under_way = |acknowledged_bytes| Written { acknowledged_bytes, is_under_way: true };
        let mut of = Acknowledged::new(LIMIT);
        assert!(!of.look(under_way(10), s(70)), "something was acknowledged");
        assert!(!of.look(under_way(10), s(70)), "not for so long for sure");
        assert!(of.look(under_way(10), s(75)));
        assert!(!of.look(under_way(11), s(1_000)), "however long it took");
        assert!(
            !of.look(Written { acknowledged_bytes: 11, is_under_way: false }, s(1_000)),
            "there is nothing to acknowledge"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_says_what_is_acknowledged() {
        use std::io::{Read, Write};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let before = written(&stream).unwrap();
        stream.write_all(&[7; 1000]).unwrap();
        client.read_exact(&mut [0; 1000]).unwrap();
        let after = written(&stream).unwrap();
        assert_eq!(after.acknowledged_bytes - before.acknowledged_bytes, 1000);
        assert!(!after.is_under_way);
        // What nobody reads is under way for ever.
        stream.set_nonblocking(true).unwrap();
        while stream.write(&[7; 1 << 16]).is_ok() {}
        assert!(written(&stream).unwrap().is_under_way);
    }
}
