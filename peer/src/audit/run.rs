use super::auditor::{AuditOptions, Auditor};
use super::judging::Outcome;
use super::report::{Difference, Kind, Record, Summary};
use super::{AuditError, Found, Source, state};
use bytes::Bytes;
use selvedge_ledger::{ParsedBlock, StateKind, header_hash};
use std::path::Path;

/// Told every record when it is known.
type Tell<'a> = dyn FnMut(&Record) -> std::io::Result<()> + 'a;

/// Judges the blocks of `source` in order, from `genesis` on: what is given there is trusted, and a genesis block among
/// the others must be the same. Without one, the first block of `source` is trusted. With a snapshot in `options` that is
/// trusted instead, and blocks are judged from the one behind it on. With `state`, the state behind the last block is
/// written to files there, which must not exist.
///
/// # Errors
/// When something cannot be read or judged; what was found until then has been told, the summary too.
pub fn audit(
    source: &dyn Source,
    genesis: Option<Found>,
    options: &AuditOptions,
    state: Option<&Path>,
    tell: &mut Tell<'_>,
) -> Result<Summary, AuditError> {
    let (mut auditor, first) = match &options.snapshot {
        Some(dir) => (behind_snapshot(source, dir, options)?, None),
        None => {
            let (auditor, outcome) = from_genesis(source, genesis, options)?;
            (auditor, Some(outcome))
        }
    };
    let ended = walk(source, options, &mut auditor, first, tell)
        .and_then(|()| conclude(source, &mut auditor, state, tell));
    if let Err(error) = &ended {
        auditor.summary.stopped = Some(crate::node::error_chain(error));
    }
    let summary = auditor.summary;
    tell(&Record::Summary(summary.clone())).map_err(AuditError::Tell)?;
    ended.map(|()| summary)
}

fn from_genesis(
    source: &dyn Source,
    genesis: Option<Found>,
    options: &AuditOptions,
) -> Result<(Auditor, Outcome), AuditError> {
    let (place, first) = (source.place(), source.first());
    if first > 0 {
        return Err(AuditError::SnapshotNeeded { place, first });
    }
    let own = source.block(0)?;
    let Some(trusted) = genesis.clone().or_else(|| own.clone()) else {
        return Err(AuditError::Missing {
            block: 0,
            place: format!("{place}, and no genesis block is given"),
            last: source.height().saturating_sub(1),
        });
    };
    let mut auditor = Auditor::begin(&trusted, options)?;
    let mut outcome = auditor.genesis(own.as_ref().unwrap_or(&trusted))?;
    if let (Some(given), Some(own)) = (&genesis, &own) {
        compare_genesis(given, own, &mut outcome);
    }
    Ok((auditor, outcome))
}

/// The block that follows the snapshot must be there, or be the next to come.
fn behind_snapshot(
    source: &dyn Source,
    dir: &Path,
    options: &AuditOptions,
) -> Result<Auditor, AuditError> {
    let auditor = Auditor::begin_with(dir, options)?;
    let next = auditor.ledger.height();
    if !(source.first()..=source.height()).contains(&next) {
        return Err(AuditError::SnapshotElsewhere {
            dir: dir.to_owned(),
            last: next.saturating_sub(1),
            place: source.place(),
            first: source.first(),
            end: source.height().saturating_sub(1),
        });
    }
    Ok(auditor)
}

/// All blocks, until one leaves no way on. `genesis` has been judged already.
fn walk(
    source: &dyn Source,
    options: &AuditOptions,
    auditor: &mut Auditor,
    genesis: Option<Outcome>,
    tell: &mut Tell<'_>,
) -> Result<(), AuditError> {
    let height = source.height();
    let end = options
        .last
        .map_or(height, |last| height.min(last.saturating_add(1)));
    let next = auditor.ledger.height();
    if let Some(outcome) = genesis {
        take(auditor, outcome, tell)?;
    }
    for number in next..end {
        if auditor.summary.stopped.is_some() {
            break;
        }
        let Some(found) = source.block(number)? else {
            break;
        };
        let outcome = auditor.block(&found)?;
        take(auditor, outcome, tell)?;
    }
    Ok(())
}

fn take(
    auditor: &mut Auditor,
    mut outcome: Outcome,
    tell: &mut Tell<'_>,
) -> Result<(), AuditError> {
    auditor.count(&outcome);
    auditor.summary.stopped = outcome.stop.take();
    tell_all(outcome, tell)
}

fn tell_all(outcome: Outcome, tell: &mut Tell<'_>) -> Result<(), AuditError> {
    tell(&Record::Block(outcome.report)).map_err(AuditError::Tell)?;
    for difference in outcome.differences {
        tell(&Record::Difference(difference)).map_err(AuditError::Tell)?;
    }
    Ok(())
}

/// The state behind the last block.
fn conclude(
    source: &dyn Source,
    auditor: &mut Auditor,
    dir: Option<&Path>,
    tell: &mut Tell<'_>,
) -> Result<(), AuditError> {
    let ours = auditor.ledger.snapshot();
    let kept = source.state().filter(|kept| kept.height() == ours.height());
    let mut rows = [0; 2];
    for (kind, rows) in [StateKind::Public, StateKind::Hashed]
        .into_iter()
        .zip(&mut rows)
    {
        let Some(kept) = &kept else {
            *rows = state::rows(&ours, kind)?;
            continue;
        };
        let compared = state::compare(&ours, kept, kind)?;
        *rows = compared.rows;
        if let Some(message) = compared.difference {
            auditor.summary.differences += 1;
            let last = ours.height().saturating_sub(1);
            let difference = state::difference(last, "the state of the ledger", message);
            tell(&Record::Difference(difference)).map_err(AuditError::Tell)?;
        }
    }
    let [public, hashed] = rows;
    auditor.summary.public_rows = public;
    auditor.summary.hashed_rows = hashed;
    auditor.summary.state_compared = kept.is_some();
    dir.map_or(Ok(()), |dir| state::write(&ours, dir))
}

/// What a peer adds to a genesis block is in its metadata.
fn compare_genesis(given: &Found, own: &Found, outcome: &mut Outcome) {
    let hash = |bytes: &Bytes| {
        let parsed = ParsedBlock::parse(bytes).ok()?;
        Some(hex::encode(header_hash(&parsed.header)))
    };
    let (one, other) = (hash(&given.bytes), hash(&own.bytes));
    if one == other {
        return;
    }
    outcome.differences.push(Difference {
        block: 0,
        origin: own.origin.clone(),
        transaction: None,
        tx_id: String::new(),
        what: Kind::Genesis,
        message: format!(
            "its hash is {}, that of {} is {}",
            other.unwrap_or_default(),
            given.origin,
            one.unwrap_or_default()
        ),
        explanation: None,
    });
}
