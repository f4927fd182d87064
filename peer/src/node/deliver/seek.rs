use selvedge_protos::common::Status;
use selvedge_protos::orderer::{
    SeekInfo, SeekPosition,
    seek_info::{SeekBehavior, SeekContentType},
    seek_position::Type,
};

/// Which blocks one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Number of the first block.
    pub(super) start: u64,
    /// Number of the last block; matched by equality, so a number already passed means for ever.
    pub(super) stop: u64,
    /// End with NOT_FOUND rather than wait for a block.
    pub(super) fail_if_not_ready: bool,
    /// Leave out the data of blocks that are not configuration.
    pub(super) headers_only: bool,
}

/// Fabric: common/deliver/deliver.go, deliverBlocks, and common/ledger/blockledger/fileledger/impl.go, Iterator.
/// `height` is the number of blocks now, at least 1, and `available` the first that is there: more than 0 when the ledger
/// began with a snapshot.
pub(super) fn plan(seek: &SeekInfo, height: u64, available: u64) -> Result<Plan, Status> {
    let (Some(from), Some(to)) = (&seek.start, &seek.stop) else {
        return Err(Status::BadRequest);
    };
    let newest = height.saturating_sub(1);
    // The last block of a snapshot is not there; the next one is waited for.
    let start = first(from, height, newest.max(available))
        .filter(|start| *start >= available)
        .ok_or(Status::NotFound)?;
    let stop = match &to.r#type {
        Some(Type::Oldest(_)) => start,
        Some(Type::Newest(_)) if from == to => start,
        Some(Type::Newest(_)) => newest,
        Some(Type::Specified(specified)) if specified.number < start => {
            return Err(Status::BadRequest);
        }
        Some(Type::Specified(specified)) => specified.number,
        Some(Type::NextCommit(_)) | None => 0,
    };
    Ok(Plan {
        start,
        stop,
        fail_if_not_ready: seek.behavior == SeekBehavior::FailIfNotReady as i32,
        headers_only: seek.content_type == SeekContentType::HeaderWithSig as i32,
    })
}

fn first(position: &SeekPosition, height: u64, newest: u64) -> Option<u64> {
    match &position.r#type {
        Some(Type::Oldest(_)) => Some(0),
        Some(Type::Newest(_)) => Some(newest),
        Some(Type::Specified(specified)) => {
            Some(specified.number).filter(|number| *number <= height)
        }
        Some(Type::NextCommit(_)) => Some(height),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_protos::orderer::{SeekNewest, SeekNextCommit, SeekOldest, SeekSpecified};

    fn at(r#type: Option<Type>) -> Option<SeekPosition> {
        Some(SeekPosition { r#type })
    }

    fn oldest() -> Option<SeekPosition> {
        at(Some(Type::Oldest(SeekOldest {})))
    }

    fn newest() -> Option<SeekPosition> {
        at(Some(Type::Newest(SeekNewest {})))
    }

    fn next() -> Option<SeekPosition> {
        at(Some(Type::NextCommit(SeekNextCommit {})))
    }

    fn number(number: u64) -> Option<SeekPosition> {
        at(Some(Type::Specified(SeekSpecified { number })))
    }

    fn span(start: Option<SeekPosition>, stop: Option<SeekPosition>) -> Result<(u64, u64), Status> {
        span_from(0, start, stop)
    }

    fn span_from(
        available: u64,
        start: Option<SeekPosition>,
        stop: Option<SeekPosition>,
    ) -> Result<(u64, u64), Status> {
        plan(
            &SeekInfo {
                start,
                stop,
                ..Default::default()
            },
            5,
            available,
        )
        .map(|plan| (plan.start, plan.stop))
    }

    #[test]
    fn positions_as_fabric_reads_them() {
        assert_eq!(span(oldest(), newest()), Ok((0, 4)));
        assert_eq!(span(newest(), newest()), Ok((4, 4)));
        assert_eq!(span(oldest(), oldest()), Ok((0, 0)));
        assert_eq!(span(number(3), oldest()), Ok((3, 3)));
        assert_eq!(span(number(5), number(u64::MAX)), Ok((5, u64::MAX)));
        assert_eq!(
            span(number(5), newest()),
            Ok((5, 4)),
            "already passed: runs on for ever"
        );
        assert_eq!(span(next(), number(7)), Ok((5, 7)));
        assert_eq!(span(number(2), next()), Ok((2, 0)));
    }

    /// Five blocks, of which the first three, or all, are only in a snapshot.
    #[test]
    fn behind_a_snapshot() {
        assert_eq!(span_from(3, oldest(), newest()), Err(Status::NotFound));
        assert_eq!(span_from(3, number(2), newest()), Err(Status::NotFound));
        assert_eq!(span_from(3, number(3), newest()), Ok((3, 4)));
        assert_eq!(span_from(3, newest(), newest()), Ok((4, 4)));
        assert_eq!(span_from(5, newest(), newest()), Ok((5, 5)));
        assert_eq!(span_from(5, newest(), number(9)), Ok((5, 9)));
        assert_eq!(span_from(5, next(), number(9)), Ok((5, 9)));
    }

    #[test]
    fn refusals_as_fabric_gives_them() {
        assert_eq!(span(None, newest()), Err(Status::BadRequest));
        assert_eq!(span(newest(), None), Err(Status::BadRequest));
        assert_eq!(span(number(6), number(9)), Err(Status::NotFound));
        assert_eq!(span(at(None), newest()), Err(Status::NotFound));
        assert_eq!(span(number(3), number(2)), Err(Status::BadRequest));
    }
}
