//! Jobs, and the threads that take them.
//!
//! A thread that ends a job takes the next one itself: under load nobody is woken for it. While as many run as may and jobs
//! are left, one of the idle threads watches that they are taken; if none was for a while, it takes one although too many
//! run.

use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

/// How long no job may be taken while there are some.
const STALL: Duration = Duration::from_millis(2);
/// How long a thread waits for work before it ends, if there are more than [`KEPT`].
const PATIENCE: Duration = Duration::from_secs(10);
const KEPT: usize = 16;

pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    /// Jobs that run at once.
    at_once: usize,
    threads: usize,
    /// Starts a thread that begins with [`Queue::first`].
    start: fn(Arc<Queue>, usize) -> io::Result<()>,
    /// In bytes.
    stack: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Parked, the watcher included.
    idle: usize,
    /// Woken or started, and not arrived yet.
    coming: usize,
    running: usize,
    /// Jobs taken until now.
    taken: u64,
    is_watched: bool,
    closed: bool,
}

impl State {
    fn take(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.running += 1;
        self.taken += 1;
        Some(job)
    }
}

impl Queue {
    pub(super) fn new(
        at_once: usize,
        threads: usize,
        stack: usize,
        start: fn(Arc<Self>, usize) -> io::Result<()>,
    ) -> Self {
        Self {
            state: Mutex::default(),
            wake: Condvar::new(),
            at_once,
            threads,
            start,
            stack,
        }
    }

    /// # Errors
    /// When there is no thread to do it, and none can be started.
    pub(super) fn push(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = self.state.lock();
        state.jobs.push_back(job);
        let free = state.running + state.coming < self.at_once;
        if !free {
            self.watch(&mut state);
            return Ok(());
        }
        let roused = self.rouse(&mut state);
        if roused.is_err() && state.threads == 0 {
            state.jobs.pop_back();
            return roused;
        }
        Ok(())
    }

    /// Has somebody look after the jobs that are left.
    fn watch(self: &Arc<Self>, state: &mut State) {
        if !state.jobs.is_empty() && !state.is_watched && state.coming == 0 {
            // Whoever exists will do it.
            drop(self.rouse(state));
        }
    }

    /// Wakes a thread that is idle and was not woken yet, or starts another.
    fn rouse(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if state.idle > 0 && self.wake.notify_one() {
            state.idle -= 1;
        } else if state.threads < self.threads {
            (self.start)(Arc::clone(self), self.stack).inspect_err(|error| {
                tracing::warn!(%error, "cannot start another worker");
            })?;
            state.threads += 1;
        } else {
            return Ok(());
        }
        state.coming += 1;
        Ok(())
    }

    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.wake.notify_all();
    }

    /// The first job of a new thread.
    pub(super) fn first(self: &Arc<Self>) -> Option<Job> {
        let mut state = self.state.lock();
        state.coming = state.coming.saturating_sub(1);
        self.wait(state)
    }

    /// The next job of a thread that has ended one.
    pub(super) fn next(self: &Arc<Self>) -> Option<Job> {
        let mut state = self.state.lock();
        state.running = state.running.saturating_sub(1);
        self.wait(state)
    }

    /// `None` once nobody can bring work any more, and when there are more threads than there was work for in a while.
    fn wait(self: &Arc<Self>, mut state: MutexGuard<'_, State>) -> Option<Job> {
        loop {
            if (state.running < self.at_once || state.closed)
                && let Some(job) = state.take()
            {
                self.watch(&mut state);
                return Some(job);
            }
            if state.closed {
                break;
            }
            let watches = !state.jobs.is_empty() && !state.is_watched;
            let taken = state.taken;
            state.is_watched |= watches;
            let in_time = self.park(&mut state, if watches { STALL } else { PATIENCE });
            if watches {
                state.is_watched = false;
                let stalled = !in_time && state.taken == taken;
                if stalled && let Some(job) = state.take() {
                    self.watch(&mut state);
                    return Some(job);
                }
            } else if !in_time && state.jobs.is_empty() && state.threads > KEPT {
                break;
            }
        }
        state.threads = state.threads.saturating_sub(1);
        None
    }

    /// Whether somebody woke this thread.
    fn park(&self, state: &mut MutexGuard<'_, State>, long: Duration) -> bool {
        state.idle += 1;
        let woken = !self.wake.wait_for(state, long).timed_out();
        match woken {
            // Whoever woke it has counted it out.
            true => state.coming = state.coming.saturating_sub(1),
            false => state.idle = state.idle.saturating_sub(1),
        }
        woken
    }

    /// A running job begins to wait.
    pub(super) fn leave(self: Arc<Self>) -> Arc<Self> {
        let mut state = self.state.lock();
        state.running = state.running.saturating_sub(1);
        if !state.jobs.is_empty() && state.running + state.coming < self.at_once {
            drop(self.rouse(&mut state));
        }
        drop(state);
        self
    }

    /// It runs again, whoever else does.
    pub(super) fn come_back(&self) {
        self.state.lock().running += 1;
    }
}
