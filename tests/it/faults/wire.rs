//! A wire between two sides that can be cut, frozen and made slow: a TCP proxy.

use std::sync::Arc;
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

/// A port whose connections go to another address.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: watch::Sender<(Wire, u64)>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, watched) = watch::channel((Wire::Sound, 0));
        let address: Arc<str> = address.into();
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(join(near, Arc::clone(&address), watched.clone()));
            }
        });
        Self { port, state, accepting }
    }

    /// From now on, for all connections.
    pub(crate) fn set(&self, wire: Wire) {
        self.state.send_modify(|state| state.0 = wire);
    }

    /// All connections break; new ones are as before.
    pub(crate) fn break_all(&self) {
        self.state.send_modify(|state| state.1 += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn join(near: TcpStream, address: Arc<str>, mut state: watch::Receiver<(Wire, u64)>) {
    let (wire, epoch) = *state.borrow();
    if wire == Wire::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(&*address).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    // Reset, not closed in order, when both ends are dropped.
    let _ = (near.set_zero_linger(), far.set_zero_linger());
    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
    let there = carry(near_read, far_write, state.clone());
    let back = carry(far_read, near_write, state.clone());
    let broken = state.wait_for(|(wire, now)| *wire == Wire::Cut || *now != epoch);
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = broken => {}
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut state: watch::Receiver<(Wire, u64)>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        // What was sent into a frozen wire arrives when it thaws, if there is still anybody.
        if state.wait_for(|(wire, _)| *wire != Wire::Frozen).await.is_err() {
            return;
        }
        let wire = state.borrow().0;
        if let Wire::Slow(by) = wire {
            tokio::time::sleep(by).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
