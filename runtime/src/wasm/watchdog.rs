use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use wasmtime::Engine;

/// The unit of a wall-clock limit.
const TICK: Duration = Duration::from_millis(10);

/// Moves the engine's epoch on while anything runs, and sleeps otherwise.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
}

struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    stop: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

/// While it lives, time passes.
pub(crate) struct Watched<'a>(&'a Shared);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Watchdog {
    pub(crate) fn start(engine: Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        });
        let ours = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("wasm-watchdog".to_owned())
            .spawn(move || ours.run(&engine))?;
        Ok(Self { shared })
    }

    pub(crate) fn watch(&self) -> Watched<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            let _guard = self.shared.lock.lock();
            self.shared.wake.notify_one();
        }
        Watched(&self.shared)
    }

    /// The epochs that cover `limit`, one more for the tick already begun.
    pub(crate) fn ticks(limit: Duration) -> u64 {
        u64::try_from(limit.as_millis() / TICK.as_millis())
            .unwrap_or(u64::MAX / 2)
            .saturating_add(2)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _guard = self.shared.lock.lock();
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn run(&self, engine: &Engine) {
        while !self.stop.load(Ordering::SeqCst) {
            std::thread::sleep(TICK);
            engine.increment_epoch();
            if self.running.load(Ordering::SeqCst) == 0 {
                self.sleep();
            }
        }
    }

    /// Until somebody watches. Whoever comes after `asleep` is set takes the lock to wake us; whoever came before it is
    /// counted in `running`.
    fn sleep(&self) {
        let mut guard = self.lock.lock();
        self.asleep.store(true, Ordering::SeqCst);
        while self.running.load(Ordering::SeqCst) == 0 && !self.stop.load(Ordering::SeqCst) {
            self.wake.wait(&mut guard);
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}
