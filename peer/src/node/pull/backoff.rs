use std::time::Duration;

/// The pause after `failures` failures in a row (1 or more), while any orderer is as good as another.
///
/// Fabric: common/deliverclient/blocksprovider/deliverer.go, DeliverBlocks.
pub(super) fn after_failures(failures: u32, first: Duration, longest: Duration) -> Duration {
    grown(1.2, failures.saturating_sub(1), first, longest)
}

/// The pause after `failures` failures in a row (1 or more), while `sources` orderers are tried in turn: it doubles with
/// every round that failed as a whole.
///
/// Fabric: common/deliverclient/blocksprovider/bft_deliverer.go, retryBackoff.
pub(super) fn after_rounds(
    failures: u32,
    sources: usize,
    first: Duration,
    longest: Duration,
) -> Duration {
    let sources = u32::try_from(sources).unwrap_or(u32::MAX).max(1);
    grown(2.0, failures / sources, first, longest)
}

/// `first` × `base`^`exponent`, at most `longest`, and never less than `first`.
fn grown(base: f64, exponent: u32, first: Duration, longest: Duration) -> Duration {
    let longest = longest.max(first);
    let factor = base.powi(i32::try_from(exponent).unwrap_or(i32::MAX).min(1000));
    let seconds = first.as_secs_f64() * factor;
    if seconds >= longest.as_secs_f64() {
        return longest;
    }
    Duration::from_secs_f64(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);

    #[test]
    fn grows_by_a_fifth_up_to_the_longest() {
        let pause = |failures| after_failures(failures, FIRST, LONGEST);
        assert_eq!(pause(1), FIRST);
        assert_eq!(pause(2), Duration::from_millis(120));
        assert_eq!(pause(3), Duration::from_millis(144));
        assert!(pause(26) < LONGEST);
        assert_eq!(pause(27), LONGEST);
        assert_eq!(pause(u32::MAX), LONGEST);
    }

    #[test]
    fn doubles_with_every_round_of_all_orderers() {
        let pause = |failures| after_rounds(failures, 4, FIRST, LONGEST);
        assert_eq!(pause(1), FIRST);
        assert_eq!(pause(3), FIRST);
        assert_eq!(pause(4), FIRST * 2);
        assert_eq!(pause(8), FIRST * 4);
        assert_eq!(pause(u32::MAX), LONGEST);
        assert_eq!(after_rounds(3, 0, FIRST, LONGEST), FIRST * 8);
    }

    #[test]
    fn a_longest_pause_below_the_first_means_the_first() {
        assert_eq!(after_failures(9, LONGEST, FIRST), LONGEST);
    }
}
