//! What became of a proposal, as it is counted. Fabric: core/endorser/endorser.go.

use super::pipeline::{Failed, Refused};
use crate::operations::{Called, EndorserMetrics};
use selvedge_interface::Response;
use selvedge_protos::protos::ProposalResponse;
use std::time::Duration;

impl Refused {
    /// A proposal that was looked into and not let in.
    pub(super) fn count(&self, metrics: &EndorserMetrics, called: Called<'_>) {
        match self {
            Self::Invalid(_) | Self::Unpack(_) => metrics.invalid(),
            Self::Duplicate { .. } => metrics.duplicate(called),
            Self::Acl(_) => metrics.denied(called),
            // Fabric's endorser does not see what its filters keep from it.
            Self::Filtered(_) => {}
        }
    }
}

/// A proposal that was let in has its answer.
pub(super) fn count(
    metrics: &EndorserMetrics,
    called: Called<'_>,
    endorsed: &Result<ProposalResponse, Failed>,
    after: Duration,
) {
    let success = match endorsed {
        Ok(answer) => {
            let status = answer
                .response
                .as_ref()
                .map_or(0, |response| response.status);
            // Fabric counts what a chaincode refuses, and not what it calls a failure of its own.
            if !called.channel.is_empty()
                && (Response::ERROR_THRESHOLD..Response::ERROR).contains(&status)
            {
                metrics.not_endorsed(called, true);
            }
            answer.endorsement.is_some() || called.channel.is_empty()
        }
        Err(failed) => {
            failed.count(metrics, called);
            false
        }
    };
    metrics.answered(called, success, after);
}

impl Failed {
    fn count(&self, metrics: &EndorserMetrics, called: Called<'_>) {
        match self {
            Self::Execute { .. }
            | Self::GaveUp(_)
            | Self::Deployment(_)
            | Self::PrivateInstantiation
            | Self::Results(_)
            | Self::PrivateData(_) => metrics.simulation_failed(called),
            Self::Init { chaincode, .. } => {
                metrics.instantiation_failed(Called {
                    chaincode,
                    ..called
                });
            }
            Self::NoPlugin(_) => metrics.not_endorsed(called, false),
            Self::Undefined { .. } | Self::Interest(_) => {}
        }
    }
}
