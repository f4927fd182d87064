use super::mvcc::{self, Finding};
use super::ops;
use super::prepare::Prepared;
use super::state::State;
use super::updates::Updates;
use super::{Conflict, Stored, prepare};
use crate::Version;
use crate::error::Result;
use crate::rwset::TxSet;
use crate::store::View;
use bytes::Bytes;
use selvedge_protos::protos::TxValidationCode;

/// A block's transactions with their final codes, and what they leave.
pub(super) struct Validated {
    pub(super) prepared: Vec<Prepared>,
    pub(super) updates: Updates,
    pub(super) conflicts: Vec<Conflict>,
}

/// Sequentially, in block order: every transaction meets what the valid ones before it left.
pub(super) fn validate(
    block: u64,
    envelopes: &[Bytes],
    codes: &[u8],
    view: &View,
    stored: Stored,
) -> Result<Validated> {
    let mut prepared: Vec<Prepared> = (0..)
        .zip(envelopes)
        .zip(codes)
        .map(|((index, envelope), code)| Prepared::new(index, envelope, *code))
        .collect();
    let mut updates = Updates::default();
    let mut conflicts = Vec::new();
    for tx in prepared.iter_mut().filter(|tx| tx.code == prepare::VALID) {
        let Some(set) = &tx.set else { continue };
        let is_fresh = stored == Stored::No;
        if is_fresh && tx.is_endorser && view.rules().couchdb() && !fits_couchdb(set) {
            tx.code = TxValidationCode::InvalidWriteset as u8;
            continue;
        }
        let state = State {
            view,
            updates: &updates,
        };
        let finding = if is_fresh {
            mvcc::check(&state, set)?
        } else {
            None
        };
        match finding {
            Some(finding) => {
                tx.code = finding.code as u8;
                conflicts.push(conflict(tx, finding));
            }
            None => ops::apply(
                set,
                Version {
                    block,
                    tx: tx.index,
                },
                view,
                &mut updates,
            )?,
        }
    }
    Ok(Validated {
        prepared,
        updates,
        conflicts,
    })
}

/// Fabric: batch_preparer.go, validateWriteset; private writes are not looked at.
fn fits_couchdb(set: &TxSet) -> bool {
    let mut writes = set.namespaces.iter().flat_map(|set| &set.public.writes);
    writes.all(|write| {
        selvedge_query::check_key(&write.key).is_ok()
            && selvedge_query::check_value(&write.value).is_ok()
    })
}

fn conflict(tx: &Prepared, finding: Finding) -> Conflict {
    Conflict {
        tx: tx.index,
        tx_id: tx.outline.tx_id.clone(),
        code: finding.code as u8,
        namespace: finding.namespace,
        collection: finding.collection,
        subject: finding.subject,
        read: finding.read,
        found: finding.found,
        by: finding.by,
    }
}
