use parking_lot::{Condvar, Mutex};
use selvedge_interface::BusyWait;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;

/// How many transactions run at once. Far more than a peer endorses (2,500 by Fabric's default): a transaction that
/// waits for a thread while its caller, in the same program, waits for it would wait for ever.
const THREADS: usize = 8192;

/// What a contract may nest. Threads take address space for it, and memory only for what they touch.
const STACK: usize = 8 << 20;

/// How long messages may lie while a transaction computes.
const TICK: Duration = Duration::from_millis(1);

/// Ticks without a transaction, after which nobody looks any more.
const IDLE: u32 = 100;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The threads of a program.
///
/// A transaction that is alone runs on the thread that carries the messages, and carries them itself while it waits for
/// an answer: from the request to the answer no thread wakes another, which would take longer than all the rest. A second
/// thread watches. It takes over when the first computes for long, or when there are other transactions; then messages
/// are carried by one thread and every other transaction has a thread of its own, which sleeps until its answer is there.
pub(crate) struct Crew {
    runtime: Runtime,
    desk: Mutex<Desk>,
    /// For the thread that watches.
    changed: Condvar,
    /// For the thread that carries.
    handed: Notify,
    /// Requests so far, and transactions that wait for an answer now: whoever waits carries, too.
    asked: AtomicU64,
    waiting: AtomicUsize,
    /// For a transaction that is alone.
    busy: Mutex<BusyWait>,
}

#[derive(Default)]
struct Desk {
    /// Whose turn it is to carry: 0 or 1.
    carrier: usize,
    /// The carrier runs a transaction.
    away: bool,
    /// What it is to run, until it has seen it.
    job: Option<Job>,
    /// How many it was given.
    jobs: u64,
    /// There are other transactions.
    relieve: bool,
    /// The thread that watches waits to be called.
    asleep: bool,
}

impl Crew {
    pub(crate) fn start() -> io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(THREADS)
            .thread_stack_size(STACK)
            .thread_name("transaction")
            .build()?;
        let crew = Arc::new(Self {
            runtime,
            desk: Mutex::default(),
            changed: Condvar::new(),
            handed: Notify::new(),
            asked: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            busy: Mutex::new(BusyWait::here()),
        });
        for me in [0, 1] {
            let crew = Arc::clone(&crew);
            thread::Builder::new()
                .name("transaction".to_owned())
                .stack_size(STACK)
                .spawn(move || crew.serve(me))?;
        }
        Ok(crew)
    }

    /// Carries the messages of `program` until it ends. The threads stay: a transaction may never end, and must not keep
    /// the process.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        program: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let (give, ended) = mpsc::channel();
        self.runtime.spawn(async move {
            // Whoever waits for it is below.
            let _ = give.send(program.await);
        });
        ended
            .recv()
            .map_err(|_| io::Error::other("the task that carries messages has ended"))
    }

    /// Gives a transaction to the thread that carries messages, if there is no other.
    pub(super) fn hand(&self, alone: bool, job: Job) -> Result<(), Job> {
        let mut desk = self.desk.lock();
        if desk.away {
            desk.relieve = true;
            self.changed.notify_one();
        }
        if desk.away || !alone {
            return Err(job);
        }
        desk.away = true;
        desk.jobs += 1;
        desk.job = Some(job);
        if desk.asleep {
            self.changed.notify_one();
        }
        drop(desk);
        self.handed.notify_one();
        Ok(())
    }

    /// Waits on a transaction's thread, which carries if nobody does. If the transaction is alone, its thread does not
    /// sleep at once. `None`: there will be no answer.
    pub(super) fn wait<T>(&self, alone: bool, mut answer: oneshot::Receiver<T>) -> Option<T> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut busy = alone.then(|| self.busy.try_lock()).flatten();
        if let Some(busy) = &mut busy {
            busy.begin(Instant::now());
        }
        let answer = self.runtime.block_on(poll_fn(|context| {
            let answer = Pin::new(&mut answer).poll(context);
            if answer.is_pending() && busy.as_mut().is_some_and(|it| it.again(Instant::now)) {
                // Has this polled again when messages have been carried, and the runtime not sleep before.
                let _ = pin!(yield_now()).poll(context);
            }
            answer
        }));
        if let Some(busy) = &mut busy {
            busy.end(Instant::now());
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        answer.ok()
    }

    fn serve(&self, me: usize) {
        let _tasks_can_be_spawned = self.runtime.enter();
        loop {
            self.watch(me);
            self.carry(me);
        }
    }

    /// Until it is this thread's turn.
    fn watch(&self, me: usize) {
        let mut desk = self.desk.lock();
        let (mut asked, mut jobs, mut idle) = (0, 0, 0);
        while desk.carrier != me {
            if idle < IDLE {
                self.changed.wait_for(&mut desk, TICK);
            } else {
                desk.asleep = true;
                self.changed.wait(&mut desk);
                desk.asleep = false;
                idle = 0;
            }
            let before = (asked, jobs);
            (asked, jobs) = (self.asked.load(Ordering::Relaxed), desk.jobs);
            let still = before == (asked, jobs);
            let computes = still && self.waiting.load(Ordering::Relaxed) == 0;
            if desk.away && desk.job.is_none() && (desk.relieve || computes) {
                desk.carrier = me;
                desk.is_back();
            }
            idle = if still && !desk.away { idle + 1 } else { 0 };
        }
    }

    /// Until the other thread has taken over.
    fn carry(&self, me: usize) {
        loop {
            let job = self.runtime.block_on(self.next());
            job();
            let mut desk = self.desk.lock();
            if desk.carrier != me {
                return;
            }
            desk.is_back();
        }
    }

    async fn next(&self) -> Job {
        loop {
            if let Some(job) = self.desk.lock().job.take() {
                return job;
            }
            self.handed.notified().await;
        }
    }
}

impl Desk {
    fn is_back(&mut self) {
        self.away = false;
        self.relieve = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Running;
    use super::*;
    use std::sync::mpsc::channel;
    use tokio::sync::mpsc::unbounded_channel;

    fn crew() -> (Arc<Crew>, Running) {
        let crew = Crew::start().unwrap();
        let running = Running::new(Some(Arc::clone(&crew)));
        (crew, running)
    }

    /// One request of a transaction, with the place for its answer: who carried it.
    type Request = oneshot::Sender<thread::ThreadId>;

    #[test]
    fn a_transaction_that_is_alone_carries_its_own_messages() {
        let (crew, running) = crew();
        // A busy machine may keep the thread from asking for so long that the other takes over: then the next will do.
        let program = async move {
            loop {
                let (asking, mut requests) = unbounded_channel::<Request>();
                let (done, mut was_own) = unbounded_channel();
                let mine = running.clone();
                running.start(move || {
                    let (answer, answered) = oneshot::channel();
                    asking.send(answer).unwrap();
                    let carrier = mine.wait(answered).unwrap();
                    done.send(carrier == thread::current().id()).unwrap();
                });
                let request = requests.recv().await.unwrap();
                request.send(thread::current().id()).unwrap();
                if was_own.recv().await.unwrap() {
                    return;
                }
                running.idle().await;
            }
        };
        crew.run(program).unwrap();
    }

    #[test]
    fn a_transaction_that_computes_keeps_no_message_waiting() {
        let (crew, running) = crew();
        let program = async move {
            let (release, released) = channel();
            running.start(move || released.recv().unwrap());
            // The carrier runs the transaction now; what follows is for whoever takes over.
            yield_now().await;
            let (second, mut ran) = unbounded_channel();
            running.start(move || second.send(()).unwrap());
            ran.recv().await.unwrap();
            release.send(()).unwrap();
            running.idle().await;
        };
        crew.run(program).unwrap();
    }

    #[test]
    fn transactions_at_once_are_all_answered() {
        const MANY: usize = 64;
        let (crew, running) = crew();
        let program = async move {
            for _ in 0..20 {
                let (asking, mut requests) = unbounded_channel::<Request>();
                for _ in 0..MANY {
                    let (asking, mine) = (asking.clone(), running.clone());
                    running.start(move || {
                        for _ in 0..10 {
                            let (answer, answered) = oneshot::channel();
                            asking.send(answer).unwrap();
                            mine.wait(answered).unwrap();
                        }
                    });
                }
                drop(asking);
                let mut served = 0;
                while let Some(request) = requests.recv().await {
                    request.send(thread::current().id()).unwrap();
                    served += 1;
                }
                assert_eq!(served, 10 * MANY);
                running.idle().await;
            }
        };
        crew.run(program).unwrap();
    }

    #[test]
    fn who_waits_for_an_answer_that_will_not_come_is_told() {
        let (crew, running) = crew();
        let program = async move {
            let (done, mut waited) = unbounded_channel();
            let mine = running.clone();
            running.start(move || {
                let (_, answered) = oneshot::channel::<()>();
                done.send(mine.wait(answered)).unwrap();
            });
            assert_eq!(waited.recv().await.unwrap(), None);
        };
        crew.run(program).unwrap();
    }
}
