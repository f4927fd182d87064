use crate::ExecuteError;
use parking_lot::{Condvar, Mutex};
use std::cell::Cell;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    /// On a worker: calls that run on this thread's stack now. `None` on every other thread.
    static NESTED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Threads with a stack that is large enough for a guest and all it calls. A guest that recurses without end on a
/// thread with less would take the whole process with it.
///
/// A transaction that starts on a worker, by [`Workers::spawn`], runs its chaincode there, callees included, without
/// any hand-over.
#[derive(Clone)]
pub struct Workers {
    pool: Arc<Pool>,
    stack: usize,
}

/// The last handle ends the threads; they hold the queue and not the pool.
struct Pool(Arc<Queue>);

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.wake.notify_all();
    }
}

struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    limit: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Workers {
    /// Threads start when they are first needed, up to `threads`, and end with the last handle to them.
    pub(crate) fn new(threads: NonZeroUsize, stack: usize) -> Self {
        let queue = Queue {
            state: Mutex::default(),
            wake: Condvar::new(),
            limit: threads.get(),
        };
        Self {
            pool: Arc::new(Pool(Arc::new(queue))),
            stack,
        }
    }

    /// Runs `work` on a worker as soon as one is free, in the order of arrival. A panic in it is logged and ends only
    /// `work`.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) -> Result<(), ExecuteError> {
        let queue = &self.pool.0;
        let mut state = queue.state.lock();
        if state.idle <= state.jobs.len() && state.threads < queue.limit {
            match self.thread() {
                Ok(()) => state.threads += 1,
                // Whoever exists will do it.
                Err(error) if state.threads > 0 => {
                    tracing::warn!(%error, "cannot start another worker")
                }
                Err(error) => {
                    return Err(ExecuteError::Busy(format!(
                        "cannot start a worker thread: {error}"
                    )));
                }
            }
        }
        state.jobs.push_back(Box::new(work));
        drop(state);
        queue.wake.notify_one();
        Ok(())
    }

    /// Runs `work` where the stack suffices: here if this is a worker with room, else on another thread.
    ///
    /// `nested` work never waits for a worker, since the workers may all be waiting for it.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        nested: bool,
        limit: u32,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ExecuteError> {
        if NESTED.get().is_some_and(|n| n < limit) {
            return on_this_stack(work);
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let job = move || drop(sender.send(on_this_stack(work)));
        if nested {
            let thread = std::thread::Builder::new()
                .name("wasm-nested".to_owned())
                .stack_size(self.stack);
            let started = thread.spawn(move || {
                NESTED.set(Some(0));
                job();
            });
            started.map_err(|e| ExecuteError::Busy(format!("cannot start a thread: {e}")))?;
        } else {
            self.spawn(job)?;
        }
        receiver.recv().unwrap_or_else(|_| Err(panicked()))
    }

    /// Calls that are running on this thread's stack.
    pub(crate) fn nested() -> u32 {
        NESTED.get().unwrap_or(0)
    }

    fn thread(&self) -> std::io::Result<()> {
        let queue = Arc::clone(&self.pool.0);
        let builder = std::thread::Builder::new()
            .name("wasm-worker".to_owned())
            .stack_size(self.stack);
        builder.spawn(move || queue.work()).map(drop)
    }
}

impl Queue {
    fn work(&self) {
        NESTED.set(Some(0));
        while let Some(job) = self.next() {
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                NESTED.set(Some(0));
                tracing::error!("a task on a chaincode worker panicked");
            }
        }
    }

    /// `None` once nobody can bring work any more.
    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            self.wake.wait(&mut state);
            state.idle -= 1;
        }
    }
}

/// Counts the level, and turns a panic of the host's into the failure of one transaction.
fn on_this_stack<T>(work: impl FnOnce() -> T) -> Result<T, ExecuteError> {
    let level = NESTED.get();
    NESTED.set(level.map(|n| n + 1));
    let result = catch_unwind(AssertUnwindSafe(work));
    NESTED.set(level);
    result.map_err(|_| panicked())
}

fn panicked() -> ExecuteError {
    ExecuteError::Internal("the peer's side of the call panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn workers(threads: usize) -> Workers {
        Workers::new(
            NonZeroUsize::new(threads).unwrap(),
            super::super::config::thread_stack(4),
        )
    }

    #[test]
    fn work_runs_elsewhere_and_nested_work_stays() {
        let workers = workers(1);
        let here = thread::current().id();
        let inner = workers.clone();
        let (outer, nested) = workers
            .run(false, 4, move || {
                let nested = inner.run(true, 4, || thread::current().id()).unwrap();
                (thread::current().id(), nested)
            })
            .unwrap();
        assert_ne!(outer, here);
        assert_eq!(outer, nested);
    }

    #[test]
    fn nesting_beyond_the_stack_moves_to_another_thread() {
        let workers = workers(1);
        let inner = workers.clone();
        let (outer, nested) = workers
            .run(false, 1, move || {
                (
                    thread::current().id(),
                    inner.run(true, 1, || thread::current().id()).unwrap(),
                )
            })
            .unwrap();
        assert_ne!(outer, nested);
    }

    #[test]
    fn a_panic_fails_one_task_only() {
        let workers = workers(1);
        let failed: Result<(), _> = workers.run(false, 4, || panic!("on purpose"));
        assert_eq!(failed, Err(panicked()));
        workers.spawn(|| panic!("on purpose")).unwrap();
        assert_eq!(workers.run(false, 4, || 7), Ok(7));
    }

    #[test]
    fn threads_end_with_the_last_handle() {
        let workers = workers(2);
        let (sender, receiver) = mpsc::channel::<()>();
        let held = workers.clone();
        workers
            .spawn(move || {
                thread_local!(static END: Cell<Option<mpsc::Sender<()>>> = const { Cell::new(None) });
                END.set(Some(sender));
                drop(held);
            })
            .unwrap();
        drop(workers);
        // The thread's own values are gone, so it has ended.
        assert!(receiver.recv().is_err());
    }

    #[test]
    fn many_tasks_share_few_threads() {
        let workers = workers(2);
        let (sender, receiver) = mpsc::channel();
        for n in 0..100 {
            let sender = sender.clone();
            workers.spawn(move || sender.send(n).unwrap()).unwrap();
        }
        let mut all: Vec<i32> = receiver.iter().take(100).collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }
}
