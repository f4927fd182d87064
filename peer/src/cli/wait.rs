//! Waiting until every addressed peer has committed a transaction.

use std::time::Duration;

use anyhow::Result;
use selvedge_protos::protos::TxValidationCode;

use super::note;
use crate::client::{ClientError, CommitWait};

/// Waits on all streams at once and names each commit on standard error.
///
/// # Errors
/// When a stream fails or times out, or the transaction is invalid.
pub(super) async fn for_all(
    waiting: Vec<CommitWait>,
    tx_id: &str,
    timeout: Duration,
) -> Result<()> {
    let outcomes = waiting.into_iter().map(|mut wait| async move {
        let outcome = wait.outcome(tx_id, timeout).await?;
        let (code, address) = (outcome.code.as_str_name(), wait.address());
        note(&format!(
            "txid [{tx_id}] committed with status ({code}) at {address}"
        ));
        match outcome.code {
            TxValidationCode::Valid => Ok(()),
            code => Err(ClientError::Invalidated(code)),
        }
    });
    futures::future::try_join_all(outcomes).await?;
    Ok(())
}
