use crate::ExecuteError;
use queue::Queue;
use std::cell::{Cell, RefCell};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;

mod queue;

thread_local! {
    /// On a worker: calls that run on this thread's stack now. `None` on every other thread.
    static NESTED: Cell<Option<u32>> = const { Cell::new(None) };
    /// On a worker: how large its stack is.
    static STACK: Cell<usize> = const { Cell::new(0) };
    /// On a worker whose work is not waiting for anything: where it came from.
    static QUEUE: RefCell<Option<Arc<Queue>>> = const { RefCell::new(None) };
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
        self.0.close();
    }
}

impl Workers {
    /// Threads start when they are first needed, up to `threads`, and end with the last handle to them.
    pub(crate) fn new(threads: NonZeroUsize, stack: usize) -> Self {
        Self::with(threads.get(), threads.get(), stack)
    }

    fn with(at_once: usize, threads: usize, stack: usize) -> Self {
        let queue = Queue::new(at_once, threads, stack, start);
        Self {
            pool: Arc::new(Pool(Arc::new(queue))),
            stack,
        }
    }

    /// Other threads with stacks like these, for work that may wait for something else than the processor. A guest that
    /// is called there runs there.
    ///
    /// No more than `at_once` run, so that they do not take the processor from each other, but for those that are
    /// [waiting](Workers::waiting) for something; and when none of them gets anywhere for some milliseconds, more do, up to
    /// `threads`.
    #[must_use]
    pub fn beside(&self, at_once: NonZeroUsize, threads: NonZeroUsize) -> Self {
        Self::with(at_once.get(), threads.get(), self.stack)
    }

    /// Runs `work` on a worker as soon as one is free, in the order of arrival. A panic in it is logged and ends only
    /// `work`.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) -> Result<(), ExecuteError> {
        let queue = &self.pool.0;
        let pushed = queue.push(Box::new(work));
        pushed.map_err(|error| ExecuteError::Busy(format!("cannot start a worker thread: {error}")))
    }

    /// Runs `work`, which waits for something else than the processor, on this thread. If it is a worker, another one may
    /// run meanwhile.
    pub fn waiting<T>(work: impl FnOnce() -> T) -> T {
        // Taken, so that what is nested in this is not counted again.
        let Some(queue) = QUEUE.take() else {
            return work();
        };
        let _back = Back(queue.leave());
        work()
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
        if NESTED.get().is_some_and(|n| n < limit) && STACK.get() >= self.stack {
            return on_this_stack(work);
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let job = move || drop(sender.send(on_this_stack(work)));
        if nested {
            let stack = self.stack;
            let started = builder("wasm-nested", stack).spawn(move || {
                enter(stack);
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
}

/// Starts a worker of a queue.
fn start(queue: Arc<Queue>, stack: usize) -> std::io::Result<()> {
    let work = move || {
        enter(stack);
        let mut job = queue.first();
        while let Some(work) = job {
            QUEUE.set(Some(Arc::clone(&queue)));
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                NESTED.set(Some(0));
                tracing::error!("a task on a chaincode worker panicked");
            }
            QUEUE.set(None);
            job = queue.next();
        }
    };
    builder("wasm-worker", stack).spawn(work).map(drop)
}

fn builder(name: &str, stack: usize) -> std::thread::Builder {
    let builder = std::thread::Builder::new();
    builder.name(name.to_owned()).stack_size(stack)
}

/// This thread is a worker from now on.
fn enter(stack: usize) {
    NESTED.set(Some(0));
    STACK.set(stack);
}

/// Counts a worker in again, also when what it waited for panicked.
struct Back(Arc<Queue>);

impl Drop for Back {
    fn drop(&mut self) {
        self.0.come_back();
        QUEUE.set(Some(Arc::clone(&self.0)));
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
    fn work_stays_on_threads_beside_if_their_stacks_are_large_enough() {
        let workers = workers(1);
        let beside = workers.beside(NonZeroUsize::MIN, NonZeroUsize::MIN);
        let larger = Workers::new(NonZeroUsize::MIN, workers.stack + 1);
        let here_and_there = move || {
            let on = |workers: &Workers| workers.run(false, 4, || thread::current().id()).unwrap();
            (thread::current().id(), on(&workers), on(&larger))
        };
        let (sender, receiver) = mpsc::channel();
        let work = move || sender.send(here_and_there()).unwrap();
        beside.spawn(work).unwrap();
        let (here, same, larger) = receiver.recv().unwrap();
        assert_eq!(here, same);
        assert_ne!(here, larger);
    }

    /// One may run; the others wait for it in turn.
    #[test]
    fn who_waits_lets_another_run() {
        let workers = workers(1).beside(NonZeroUsize::MIN, NonZeroUsize::new(3).unwrap());
        let (sender, receiver) = mpsc::channel();
        let (released, release) = mpsc::channel::<()>();
        let first = sender.clone();
        workers
            .spawn(move || {
                Workers::waiting(|| release.recv().unwrap());
                first.send("first").unwrap();
            })
            .unwrap();
        workers
            .spawn(move || sender.send("second").unwrap())
            .unwrap();
        assert_eq!(receiver.recv(), Ok("second"));
        released.send(()).unwrap();
        assert_eq!(receiver.recv(), Ok("first"));
    }

    #[test]
    fn who_waits_without_a_word_holds_nobody_up_for_long() {
        let workers = workers(1).beside(NonZeroUsize::MIN, NonZeroUsize::new(3).unwrap());
        let (sender, receiver) = mpsc::channel();
        let (released, release) = mpsc::channel::<()>();
        workers.spawn(move || release.recv().unwrap()).unwrap();
        for n in 0..10 {
            let sender = sender.clone();
            workers.spawn(move || sender.send(n).unwrap()).unwrap();
        }
        let all: Vec<i32> = receiver.iter().take(10).collect();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        released.send(()).unwrap();
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
