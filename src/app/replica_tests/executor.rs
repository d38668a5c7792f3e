//! Tasks and time in one thread, from a seed: the seed says which of the tasks that could go on does, and time passes only
//! when none can.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// Whose task it is: a replica between its start and its end, or the world around.
pub(super) type Owner = u64;
/// Everything that is no replica: clients, networks, the database.
pub(super) const WORLD: Owner = 0;

/// One millisecond in the unit of simulated time.
pub(super) const MS: u64 = 1_000;
/// One second.
pub(super) const S: u64 = 1_000 * MS;

/// Something under way.
struct Task {
    owner: Owner,
    /// `None` while it is at work.
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    waker: Waker,
}

/// The tasks and the time of one simulated world.
#[derive(Clone)]
pub(super) struct Sim(Rc<Inner>);

struct Inner {
    now_us: Cell<u64>,
    dice: RefCell<ChaCha8Rng>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    tasks_so_far: Cell<u64>,
    /// Shared with wakers, which must be of a kind that may be sent.
    ready: Arc<Mutex<Vec<u64>>>,
    timers: RefCell<BTreeMap<(u64, u64), Waker>>,
    timers_so_far: Cell<u64>,
    stalled: RefCell<BTreeSet<Owner>>,
    violation: RefCell<Option<String>>,
    trace: Cell<u64>,
    prints: bool,
}

struct Bell {
    task: u64,
    ready: Arc<Mutex<Vec<u64>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

impl Sim {
    pub(super) fn new(seed: u64, prints: bool) -> Self {
        Self(Rc::new(Inner {
            now_us: Cell::new(0),
            dice: RefCell::new(ChaCha8Rng::seed_from_u64(seed)),
            tasks: RefCell::default(),
            tasks_so_far: Cell::new(0),
            ready: Arc::default(),
            timers: RefCell::default(),
            timers_so_far: Cell::new(0),
            stalled: RefCell::default(),
            violation: RefCell::default(),
            trace: Cell::new(seed),
            prints,
        }))
    }

    /// Microseconds since the world began.
    pub(super) fn now_us(&self) -> u64 {
        self.0.now_us.get()
    }

    /// A number from 0 to `limit - 1`.
    pub(super) fn below(&self, limit: u64) -> u64 {
        self.0.dice.borrow_mut().next_u64() % limit.max(1)
    }

    pub(super) fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(super) fn chance(&self, percent: u64) -> bool {
        percent > 0 && self.below(100) < percent
    }

    pub(super) fn uuid(&self) -> Uuid {
        let mut dice = self.0.dice.borrow_mut();
        Uuid::from_u64_pair(dice.next_u64(), dice.next_u64())
    }

    /// Writes what happened into the trace.
    pub(super) fn note(&self, what: &'static str, numbers: &[u64]) {
        let mut hash = self.0.trace.get();
        let bytes = what.bytes().map(u64::from);
        for number in [self.now_us()].into_iter().chain(bytes).chain(numbers.iter().copied()) {
            hash = (hash ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        self.0.trace.set(hash);
        if self.0.prints {
            println!("{:>9.3} {what} {numbers:?}", self.now_us() as f64 / 1e6);
        }
    }

    /// A digest of everything noted so far.
    pub(super) fn trace(&self) -> u64 {
        self.0.trace.get()
    }

    /// A promise is broken. The first time counts.
    pub(super) fn violate(&self, what: String) {
        if self.0.prints {
            println!("{:>9.3} VIOLATION {what}", self.now_us() as f64 / 1e6);
        }
        let mut violation = self.0.violation.borrow_mut();
        if violation.is_none() {
            *violation = Some(format!("after {:.3} s: {what}", self.now_us() as f64 / 1e6));
        }
    }

    pub(super) fn violation(&self) -> Option<String> {
        self.0.violation.borrow().clone()
    }

    pub(super) fn spawn(&self, owner: Owner, task: impl Future<Output = ()> + 'static) {
        let number = self.0.tasks_so_far.get();
        self.0.tasks_so_far.set(number + 1);
        let waker = Waker::from(Arc::new(Bell { task: number, ready: Arc::clone(&self.0.ready) }));
        waker.wake_by_ref();
        self.0.tasks.borrow_mut().insert(number, Task { owner, future: Some(Box::pin(task)), waker });
    }

    /// Ends all tasks of the owner where they are.
    pub(super) fn kill(&self, owner: Owner) {
        let dead: Vec<_> = self.0.tasks.borrow_mut().extract_if(.., |_, task| task.owner == owner).collect();
        self.resume(owner);
        // Only now: what a task held may wake others when it is dropped.
        drop(dead);
    }

    /// Ends all tasks.
    pub(super) fn end(&self) {
        loop {
            let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
            if tasks.is_empty() {
                return;
            }
            drop(tasks);
        }
    }

    /// The owner's tasks do nothing until [`Self::resume`].
    pub(super) fn stall(&self, owner: Owner) {
        self.0.stalled.borrow_mut().insert(owner);
    }

    pub(super) fn resume(&self, owner: Owner) {
        self.0.stalled.borrow_mut().remove(&owner);
    }

    pub(super) fn sleep(&self, duration_us: u64) -> Sleep {
        Sleep { sim: self.clone(), until_us: self.now_us() + duration_us, timer: None }
    }

    /// What the future gives, unless it takes longer.
    pub(super) async fn timeout<T>(&self, duration_us: u64, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            value = future => Some(value),
            () = self.sleep(duration_us) => None,
        }
    }

    /// Lets one task go on, or time pass. Returns whose task went on; `None` when nothing is left to do before `until_us`.
    pub(super) fn step(&self, until_us: u64) -> Option<Owner> {
        loop {
            if let Some(number) = self.pick() {
                let taken = {
                    let mut tasks = self.0.tasks.borrow_mut();
                    tasks.get_mut(&number).map(|task| (task.owner, task.future.take(), task.waker.clone()))
                };
                let Some((owner, Some(mut future), waker)) = taken else { continue };
                match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(()) => {
                        let done = self.0.tasks.borrow_mut().remove(&number);
                        drop(done);
                    }
                    Poll::Pending => {
                        // It may have been killed by itself.
                        let mut tasks = self.0.tasks.borrow_mut();
                        match tasks.get_mut(&number) {
                            Some(task) => task.future = Some(future),
                            None => {
                                drop(tasks);
                                drop(future);
                            }
                        }
                    }
                }
                return Some(owner);
            }
            let next = self.0.timers.borrow().first_key_value().map(|(key, _)| *key);
            let Some(key) = next.filter(|(at_us, _)| *at_us <= until_us) else {
                self.0.now_us.set(self.now_us().max(until_us));
                return None;
            };
            self.0.now_us.set(self.now_us().max(key.0));
            let waker = self.0.timers.borrow_mut().remove(&key);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// One of the tasks that can go on.
    fn pick(&self) -> Option<u64> {
        let mut ready = self.0.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks = self.0.tasks.borrow();
        ready.retain(|number| tasks.contains_key(number));
        let stalled = self.0.stalled.borrow();
        let able = |number: &u64| tasks.get(number).is_some_and(|task| !stalled.contains(&task.owner));
        if stalled.is_empty() {
            let count = ready.len() as u64;
            return (count > 0).then(|| ready.swap_remove(if count == 1 { 0 } else { self.below(count) as usize }));
        }
        let able: Vec<usize> = (0..ready.len()).filter(|i| able(&ready[*i])).collect();
        (!able.is_empty()).then(|| ready.swap_remove(able[self.below(able.len() as u64) as usize]))
    }
}

/// Waits for a time.
pub(super) struct Sleep {
    sim: Sim,
    until_us: u64,
    timer: Option<(u64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.sim.now_us() >= self.until_us {
            return Poll::Ready(());
        }
        let inner = Rc::clone(&self.sim.0);
        let key = self.timer.unwrap_or_else(|| {
            let number = inner.timers_so_far.get();
            inner.timers_so_far.set(number + 1);
            (self.until_us, number)
        });
        self.timer = Some(key);
        inner.timers.borrow_mut().insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.timer {
            self.sim.0.timers.borrow_mut().remove(&key);
        }
    }
}
