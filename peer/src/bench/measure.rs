use cpu_time::{ProcessTime, ThreadTime};
use std::time::{Duration, Instant};

/// What counts as time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meter {
    /// CPU time of the calling thread, user and system: other processes cost it nothing but their cache misses.
    Thread,
    /// CPU time of all threads.
    Process,
    Wall,
}

impl Meter {
    /// How long `work` takes.
    pub fn time<T>(self, work: impl FnOnce() -> T) -> (T, Duration) {
        match self {
            Self::Thread => {
                let start = ThreadTime::now();
                let result = work();
                (result, start.elapsed())
            }
            Self::Process => {
                let start = ProcessTime::now();
                let result = work();
                (result, start.elapsed())
            }
            Self::Wall => {
                let start = Instant::now();
                let result = work();
                (result, start.elapsed())
            }
        }
    }
}

/// One of several things compared.
pub struct Case<'a> {
    pub name: String,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    pub fn new(name: impl Into<String>, work: impl FnMut() + 'a) -> Self {
        Self {
            name: name.into(),
            work: Box::new(work),
        }
    }

    fn run(&mut self, meter: Meter, times: u32) -> Duration {
        let ((), taken) = meter.time(|| {
            for _ in 0..times {
                (self.work)();
            }
        });
        taken
    }
}

/// How long one operation of a case took.
#[derive(Clone, Debug)]
pub struct Timing {
    pub name: String,
    /// Microseconds, one for each round.
    pub rounds: Vec<f64>,
}

impl Timing {
    /// In microseconds.
    pub fn median(&self) -> f64 {
        median(&self.rounds)
    }

    /// How many times as long as `other` this takes: the median over the rounds, so that a change of the machine's mood
    /// between rounds does not count.
    pub fn ratio(&self, other: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        median(
            &pairs
                .map(|(ours, theirs)| ours / theirs)
                .collect::<Vec<_>>(),
        )
    }
}

/// 0 for nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (
        sorted.len() % 2,
        middle
            .checked_sub(1)
            .and_then(|before| sorted.get(before))
            .zip(sorted.get(middle)),
    ) {
        (0, Some((low, high))) => f64::midpoint(*low, *high),
        _ => sorted.get(middle).copied().unwrap_or(0.0),
    }
}

/// What so many of a hundred of the values, which are sorted, do not exceed; zero for none.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    let value = sorted.get(rank.saturating_sub(1));
    value.copied().unwrap_or_default()
}

/// Runs the cases in turn, round after round. Each case is repeated within a round for about `slice`.
pub fn side_by_side(
    meter: Meter,
    cases: &mut [Case<'_>],
    rounds: usize,
    slice: Duration,
) -> Vec<Timing> {
    let times: Vec<u32> = cases
        .iter_mut()
        .map(|case| repetitions(meter, case, slice))
        .collect();
    let mut figures: Vec<Timing> = cases
        .iter()
        .map(|case| Timing {
            name: case.name.clone(),
            rounds: Vec::with_capacity(rounds),
        })
        .collect();
    for _ in 0..rounds {
        for ((case, figure), times) in cases.iter_mut().zip(&mut figures).zip(&times) {
            let taken = case.run(meter, *times);
            figure
                .rounds
                .push(taken.as_secs_f64() * 1e6 / f64::from(*times));
        }
    }
    figures
}

/// Also warms the case up.
fn repetitions(meter: Meter, case: &mut Case<'_>, slice: Duration) -> u32 {
    let mut times = 1;
    loop {
        let taken = case.run(meter, times);
        if taken * 2 >= slice {
            let per_slice = slice.as_secs_f64() / taken.as_secs_f64() * f64::from(times);
            // A positive number that is far below the limit.
            return (per_slice.ceil() as u32).max(1);
        }
        times = times.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 8.0]), 3.0);
        let figure = |rounds: &[f64]| Timing {
            name: String::new(),
            rounds: rounds.to_vec(),
        };
        // The machine was ten times slower in the last round; the ratio does not notice.
        let (one, other) = (figure(&[2.0, 4.0, 20.0]), figure(&[1.0, 2.0, 10.0]));
        assert_eq!(one.ratio(&other), 2.0);
    }

    #[test]
    fn percentiles() {
        let sorted: Vec<Duration> = (1..=20).map(Duration::from_secs).collect();
        let seconds = |percent| percentile(&sorted, percent).as_secs();
        assert_eq!((seconds(50), seconds(95), seconds(100)), (10, 19, 20));
        assert_eq!(percentile(&sorted[..1], 50).as_secs(), 1);
        assert_eq!(percentile(&[], 95), Duration::ZERO);
    }

    #[test]
    fn cases_take_turns() {
        let log = std::cell::RefCell::new(String::new());
        let mut cases = [
            Case::new("a", || log.borrow_mut().push('a')),
            Case::new("b", || log.borrow_mut().push('b')),
        ];
        // No time at all is over at once.
        let figures = side_by_side(Meter::Wall, &mut cases, 2, Duration::ZERO);
        drop(cases);
        assert_eq!(log.into_inner(), "ababab");
        assert_eq!(figures.iter().map(|f| f.rounds.len()).sum::<usize>(), 4);
    }
}
