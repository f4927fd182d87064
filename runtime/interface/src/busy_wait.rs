use std::thread;
use std::time::{Duration, Instant};

/// Whether a thread that waits for the other end's answer goes on looking for it, or sleeps until it comes.
///
/// Where nothing else is to be done a core sleeps, and a virtual machine's takes 20 to 40 µs to wake up: longer than the
/// other end takes to answer a read. Who looks for the answer meanwhile keeps the core awake, for [`Self::LIMIT`] at
/// most. It is for a wait that is the only one, on several cores. On a core that somebody else wants, who may be the
/// other end itself, sleeping costs nothing and looking is in the way: so the thread gives way now and then, and when
/// that takes time it sleeps. Who has looked in vain some times in a row does not look for a while, and then for longer
/// and longer.
#[derive(Debug)]
pub struct BusyWait {
    several_cores: bool,
    /// While it looks.
    until: Option<Instant>,
    looks: u32,
    /// Waits in a row in which looking did not help.
    vain: u32,
    /// Waits that are not to look.
    pass: u32,
}

/// Every so many looks the core is offered to others, and for the first time at the third: before the second look what
/// was sent goes out, and what that brings is there at the third.
const GIVE_WAY: u32 = 8;
const FIRST: u32 = 3;

/// What giving way takes where nobody wants the core is less than a microsecond.
const WANTED: Duration = Duration::from_micros(5);

/// Waits in vain, one after the other, that cost nothing yet.
const PATIENCE: u32 = 4;

/// Waits without looking: at first, and doubled so many times at most, which makes 1,024.
const PASS: u32 = 16;
const DOUBLED: u32 = 6;

impl BusyWait {
    /// The longest time that one wait looks: until the other end has woken up and answered, with as much again to spare.
    pub const LIMIT: Duration = Duration::from_micros(100);

    /// For a process that may use so many cores at once.
    pub fn new(cores: usize) -> Self {
        Self {
            several_cores: cores > 1,
            until: None,
            looks: 0,
            vain: 0,
            pass: 0,
        }
    }

    /// For this process: a quota of its control group counts, so that a container with less than two cores never looks.
    pub fn here() -> Self {
        Self::new(thread::available_parallelism().map_or(1, usize::from))
    }

    /// A wait begins.
    pub fn begin(&mut self, now: Instant) {
        self.until = None;
        self.looks = 0;
        if self.pass > 0 {
            self.pass -= 1;
        } else if self.several_cores {
            self.until = Some(now + Self::LIMIT);
        }
    }

    /// Nothing has come: whether to look again instead of sleeping.
    pub fn again(&mut self, clock: impl Fn() -> Instant) -> bool {
        let Some(until) = self.until else {
            return false;
        };
        let now = clock();
        self.looks += 1;
        let mut worthwhile = now < until;
        if worthwhile && self.looks % GIVE_WAY == FIRST {
            thread::yield_now();
            worthwhile = clock() - now < WANTED;
        }
        if !worthwhile {
            self.until = None;
            self.in_vain();
        }
        worthwhile
    }

    /// The answer is there.
    pub fn end(&mut self, now: Instant) {
        match self.until.take() {
            Some(until) if now < until && self.looks >= FIRST => self.vain = 0,
            // It was there at once, and would have been without looking; or the thread was kept from looking.
            Some(_) => self.in_vain(),
            None => {}
        }
    }

    fn in_vain(&mut self) {
        self.vain = (self.vain + 1).min(PATIENCE + DOUBLED);
        if let Some(doubled) = self.vain.checked_sub(PATIENCE) {
            self.pass = PASS << doubled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A clock that goes on by `step` whenever it is read.
    fn clock(start: Instant, step: Duration) -> impl Fn() -> Instant {
        let now = Cell::new(start);
        move || now.replace(now.get() + step)
    }

    /// One wait without an answer: how often it looked.
    fn in_vain(wait: &mut BusyWait, step: Duration) -> u32 {
        let start = Instant::now();
        let clock = clock(start, step);
        wait.begin(start);
        let mut looks = 0;
        while wait.again(&clock) {
            looks += 1;
        }
        looks
    }

    /// One wait whose answer comes after so many looks, if it looks.
    fn answered_after(looks: u32, wait: &mut BusyWait) -> bool {
        let now = Instant::now();
        wait.begin(now);
        let looked = (0..looks).all(|_| wait.again(|| now));
        wait.end(now);
        looked
    }

    fn answered(wait: &mut BusyWait) -> bool {
        answered_after(FIRST, wait)
    }

    const MICROSECOND: Duration = Duration::from_micros(1);

    #[test]
    fn it_looks_until_the_answer_is_there() {
        let mut wait = BusyWait::new(2);
        for _ in 0..100 {
            assert!(answered(&mut wait));
            assert!(!wait.again(Instant::now), "the wait is over");
        }
    }

    #[test]
    fn it_looks_for_a_limited_time() {
        // The clock is read once more whenever the core is offered.
        let most = u32::try_from(BusyWait::LIMIT.as_micros()).unwrap();
        let looks = in_vain(&mut BusyWait::new(2), MICROSECOND);
        assert!(looks < most && looks > most / 2, "{looks}");
    }

    #[test]
    fn with_one_core_it_does_not_look() {
        assert_eq!(in_vain(&mut BusyWait::new(1), MICROSECOND), 0);
        assert!(!answered(&mut BusyWait::new(1)));
    }

    #[test]
    fn it_sleeps_when_somebody_else_wants_the_core() {
        assert_eq!(in_vain(&mut BusyWait::new(2), WANTED), FIRST - 1);
    }

    #[test]
    fn what_was_in_vain_is_tried_less_and_less() {
        let mut wait = BusyWait::new(2);
        for _ in 0..PATIENCE {
            assert!(in_vain(&mut wait, MICROSECOND) > 0);
        }
        for doubled in 0..10 {
            for _ in 0..PASS << doubled.min(DOUBLED) {
                assert!(!answered(&mut wait));
            }
            assert!(in_vain(&mut wait, MICROSECOND) > 0, "it tries again");
        }
    }

    #[test]
    fn an_answer_makes_good_for_what_was_in_vain() {
        let mut wait = BusyWait::new(2);
        for _ in 0..3 * PATIENCE {
            for _ in 1..PATIENCE {
                assert!(in_vain(&mut wait, MICROSECOND) > 0);
            }
            assert!(answered(&mut wait));
        }
    }

    #[test]
    fn an_answer_that_is_there_at_once_was_looked_for_in_vain() {
        let mut wait = BusyWait::new(2);
        for _ in 0..PATIENCE {
            assert!(answered_after(1, &mut wait));
        }
        assert!(!answered(&mut wait));
    }

    #[test]
    fn an_answer_that_was_found_too_late_was_waited_for_in_vain() {
        let mut wait = BusyWait::new(2);
        let now = Instant::now();
        for _ in 0..PATIENCE {
            wait.begin(now);
            assert!(wait.again(|| now));
            wait.end(now + BusyWait::LIMIT);
        }
        assert!(!answered(&mut wait));
    }
}
