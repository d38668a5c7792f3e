//! A wire between two sides that can be cut, frozen and made slow: a TCP proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wire {
    /// It arrives.
    Sound,
    /// It arrives later, each piece by so much.
    Slow(Duration),
    /// It does not arrive, and nobody is told: as with a cable pulled out, or a firewall that forgets.
    Frozen,
    /// There is nobody: connections break, new ones are closed at once.
    Cut,
}

#[derive(Clone, Copy)]
struct State {
    wire: Wire,
    broken: u64,
    dead_before: u64,
}

/// A port whose connections go to another address.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// How the wire is; how often all was broken; which connections, by number, are frozen for good.
    state: watch::Sender<State>,
    count: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, watched) = watch::channel(State { wire: Wire::Sound, broken: 0, dead_before: 0 });
        let count = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&count);
        let address: Arc<str> = address.into();
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let number = counting.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(join(near, Arc::clone(&address), watched.clone(), number));
            }
        });
        Self { port, state, count, accepting }
    }

    /// From now on, for all connections.
    pub(crate) fn set(&self, wire: Wire) {
        self.state.send_modify(|state| state.wire = wire);
    }

    /// All connections break; new ones are as before.
    pub(crate) fn break_all(&self) {
        self.state.send_modify(|state| state.broken += 1);
    }

    /// Nothing that is sent on the connections open now ever arrives, and they are not closed; new ones are sound.
    pub(crate) fn freeze_the_open_ones(&self) {
        let count = self.count.load(Ordering::SeqCst);
        self.state.send_modify(|state| state.dead_before = count);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn join(near: TcpStream, address: Arc<str>, mut state: watch::Receiver<State>, number: u64) {
    let State { wire, broken: epoch, .. } = *state.borrow();
    if wire == Wire::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(&*address).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    // Reset, not closed in order, when both ends are dropped.
    let _ = (near.set_zero_linger(), far.set_zero_linger());
    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
    let there = carry(near_read, far_write, state.clone(), number);
    let back = carry(far_read, near_write, state.clone(), number);
    let broken = state.wait_for(|state| state.wire == Wire::Cut || state.broken != epoch);
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = broken => {}
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    number: u64,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        // What was sent into a frozen wire arrives when it thaws, if there is still anybody.
        if state.wait_for(|state| state.wire != Wire::Frozen && number >= state.dead_before).await.is_err() {
            return;
        }
        let wire = state.borrow().wire;
        if let Wire::Slow(by) = wire {
            tokio::time::sleep(by).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
