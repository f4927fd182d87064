//! What a proposal must pass before it is looked into: the filters of Fabric's sample configuration.
//!
//! Fabric: core/handlers/auth/filter.

use super::{
    options::EndorserOptions,
    proposal::{self, Proposal, UnpackError},
};
use crate::node::{Clock, rfc3339};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::Certificate;
use selvedge_protos::{msp::SerializedIdentity, protos::SignedProposal};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `Display` is the text of the gRPC error.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FilterError {
    #[error("failed parsing proposal: {0}")]
    Proposal(UnpackError),
    #[error("failed parsing header: {0}")]
    Header(UnpackError),
    #[error("failed parsing signature header: {0}")]
    SignatureHeader(UnpackError),
    #[error("failed parsing channel header: {0}")]
    ChannelHeader(UnpackError),
    /// Fabric: internal/peer/node/start.go, `reset`.
    #[error("endorse requests are blocked while ledgers are being rebuilt")]
    Rebuilding,
    #[error("proposal client identity expired")]
    Expired,
    #[error(
        "request unauthorized due to incorrect timestamp {proposal}, peer time {peer}, peer.authentication.timewindow {window}"
    )]
    TimeWindow {
        proposal: String,
        peer: String,
        window: String,
    },
}

/// Runs the filters that are switched on. `not_after` answers from identities that are known already, in seconds since
/// 1970; a certificate it does not know is parsed.
pub(super) fn check(
    proposal: &Proposal,
    options: &EndorserOptions,
    clock: &Clock,
    not_after: impl FnOnce(&Bytes) -> Option<i64>,
) -> Result<(), FilterError> {
    let now = clock.now();
    if options.check_expiration {
        let end = not_after(proposal.creator()).or_else(|| not_after_of(proposal.creator()));
        check_expiration(end, now)?;
    }
    if let Some(window) = options.time_window {
        let timestamp = proposal.channel_header.timestamp.unwrap_or_default();
        check_window(timestamp.seconds, timestamp.nanos, now, window)?;
    }
    Ok(())
}

/// `None` for whatever is not a certificate: nothing is decided about it here.
fn not_after_of(creator: &Bytes) -> Option<i64> {
    let identity = SerializedIdentity::decode(creator.clone()).ok()?;
    Some(Certificate::from_pem(&identity.id_bytes).ok()?.not_after())
}

/// What the filters say of a proposal that cannot be taken apart as a whole.
pub(super) fn check_malformed(
    signed: &Bytes,
    options: &EndorserOptions,
    clock: &Clock,
) -> Result<(), FilterError> {
    if !options.check_expiration && options.time_window.is_none() {
        return Ok(());
    }
    let signed = SignedProposal::decode(signed.clone()).unwrap_or_default();
    let proposal = proposal::outer(&signed.proposal_bytes).map_err(FilterError::Proposal)?;
    let header = proposal::header(&proposal).map_err(FilterError::Header)?;
    if options.check_expiration {
        let header = proposal::signature_header(&header).map_err(FilterError::SignatureHeader)?;
        check_expiration(not_after_of(&header.creator), clock.now())?;
    }
    if let Some(window) = options.time_window {
        let header = proposal::channel_header(&header).map_err(FilterError::ChannelHeader)?;
        let timestamp = header.timestamp.unwrap_or_default();
        check_window(timestamp.seconds, timestamp.nanos, clock.now(), window)?;
    }
    Ok(())
}

fn check_expiration(end: Option<i64>, now: SystemTime) -> Result<(), FilterError> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    if end.is_some_and(|end| now > end) {
        return Err(FilterError::Expired);
    }
    Ok(())
}

fn check_window(
    seconds: i64,
    nanos: i32,
    now: SystemTime,
    window: Duration,
) -> Result<(), FilterError> {
    const NANOS: i128 = 1_000_000_000;
    let proposed = i128::from(seconds) * NANOS + i128::from(nanos);
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let apart = proposed - i128::try_from(now.as_nanos()).unwrap_or(i128::MAX);
    if apart.unsigned_abs() <= window.as_nanos() {
        return Ok(());
    }
    Err(FilterError::TimeWindow {
        proposal: rfc3339(i64::try_from(proposed.div_euclid(NANOS)).unwrap_or(seconds)),
        peer: rfc3339(i64::try_from(now.as_secs()).unwrap_or(i64::MAX)),
        window: go_duration(window),
    })
}

/// As Go prints a duration of a second or more; windows are never shorter.
fn go_duration(duration: Duration) -> String {
    let total = duration.as_secs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_outside_the_window_is_refused_in_fabrics_words() {
        let now = UNIX_EPOCH + Duration::from_secs(10_000);
        let window = Duration::from_secs(900);
        assert_eq!(check_window(10_900, 0, now, window), Ok(()));
        assert_eq!(check_window(9_100, 0, now, window), Ok(()));
        let error = check_window(10_900, 1, now, window).unwrap_err();
        assert_eq!(
            error.to_string(),
            "request unauthorized due to incorrect timestamp 1970-01-01T03:01:40Z, peer time 1970-01-01T02:46:40Z, peer.authentication.timewindow 15m0s"
        );
        assert!(check_window(i64::MAX, i32::MAX, now, window).is_err());
        assert!(check_window(i64::MIN, i32::MIN, now, window).is_err());
    }
}
