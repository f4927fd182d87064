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
/// the others must be the same. Without one, the first block of `source` is trusted. With `state`, the state behind the
/// last block is written to files there, which must not exist.
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
    let own = source.block(0)?;
    let Some(trusted) = genesis.clone().or_else(|| own.clone()) else {
        return Err(AuditError::Missing {
            block: 0,
            place: "the folder, and no genesis block is given".to_owned(),
            last: source.height().saturating_sub(1),
        });
    };
    let mut auditor = Auditor::begin(&trusted, options)?;
    let mut outcome = auditor.genesis(own.as_ref().unwrap_or(&trusted))?;
    if let (Some(given), Some(own)) = (&genesis, &own) {
        compare_genesis(given, own, &mut outcome);
    }
    let ended = walk(source, options, &mut auditor, outcome, tell)
        .and_then(|()| conclude(source, &mut auditor, state, tell));
    if let Err(error) = &ended {
        auditor.summary.stopped = Some(crate::node::error_chain(error));
    }
    let summary = auditor.summary;
    tell(&Record::Summary(summary.clone())).map_err(AuditError::Tell)?;
    ended.map(|()| summary)
}

/// All blocks, until one leaves no way on.
fn walk(
    source: &dyn Source,
    options: &AuditOptions,
    auditor: &mut Auditor,
    genesis: Outcome,
    tell: &mut Tell<'_>,
) -> Result<(), AuditError> {
    let height = source.height();
    let end = options
        .last
        .map_or(height, |last| height.min(last.saturating_add(1)));
    let mut outcome = genesis;
    for number in 1.. {
        auditor.count(&outcome);
        auditor.summary.stopped = outcome.stop.take();
        tell_all(outcome, tell)?;
        if number >= end || auditor.summary.stopped.is_some() {
            break;
        }
        let Some(found) = source.block(number)? else {
            break;
        };
        outcome = auditor.block(&found)?;
    }
    Ok(())
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
