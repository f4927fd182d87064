//! Peers that endorse: this one and the others it knows.

use super::connect::Dialler;
use super::error::{TIMED_OUT, go_text};
use crate::endorser::{Endorser, Refused};
use crate::node::{Closing, MAX_MESSAGE, run_endorser};
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_gossip::{Member, PkiId};
use selvedge_identity::ChannelConfig;
use selvedge_protos::gateway::ErrorDetail;
use selvedge_protos::protos::{ProposalResponse, SignedProposal, endorser_client::EndorserClient};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tonic::Code;
use tonic::transport::Channel;

/// A peer that can be asked for an endorsement.
pub(super) struct Target {
    pub(super) pki_id: PkiId,
    pub(super) address: String,
    pub(super) msp_id: String,
    pub(super) is_self: bool,
    route: Route,
}

enum Route {
    Local(Arc<Endorser>, Closing),
    Remote(EndorserClient<Channel>, Duration),
}

/// Why a peer did not endorse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    /// Another peer may do better.
    pub(super) retry: bool,
    /// The connection is not to be used again.
    pub(super) drop: bool,
}

impl Failure {
    fn unavailable(message: String) -> Self {
        Self {
            code: Code::Unavailable,
            message,
            retry: true,
            drop: true,
        }
    }
}

impl Target {
    pub(super) fn detail(&self, message: impl Into<String>) -> ErrorDetail {
        ErrorDetail {
            address: self.address.clone(),
            msp_id: self.msp_id.clone(),
            message: message.into(),
        }
    }

    /// Asks for an endorsement and takes nothing else.
    pub(super) async fn endorse(
        &self,
        proposal: &SignedProposal,
    ) -> Result<ProposalResponse, Failure> {
        signed(self.process(proposal).await?)
    }

    /// Asks for a response. One that says that the peer or its chaincode failed is a failure.
    pub(super) async fn process(
        &self,
        proposal: &SignedProposal,
    ) -> Result<ProposalResponse, Failure> {
        let response = match &self.route {
            Route::Local(endorser, closing) => {
                let signed = proposal.encode_to_vec().into();
                let run = run_endorser(Arc::clone(endorser), closing.clone(), signed, ());
                match run.await {
                    Ok(Ok(response)) => response,
                    Ok(Err(refused)) => return Err(refusal(&refused)),
                    Err(error) => return Err(Failure::unavailable(error.to_string())),
                }
            }
            Route::Remote(client, timeout) => {
                let mut client = client.clone();
                let asked = client.process_proposal(proposal.clone());
                match tokio::time::timeout(*timeout, asked).await {
                    Ok(Ok(response)) => response.into_inner(),
                    Ok(Err(status)) => return Err(Failure::unavailable(go_text(&status))),
                    Err(_) => return Err(Failure::unavailable(TIMED_OUT.to_owned())),
                }
            }
        };
        judge(response)
    }
}

/// What this peer's filters refuse looks to Fabric's gateway as if the peer could not be reached; what its endorser
/// refuses does not.
fn refusal(refused: &Refused) -> Failure {
    match refused {
        Refused::Filtered(_) => Failure {
            drop: false,
            ..Failure::unavailable(refused.to_string())
        },
        _ => Failure {
            code: Code::FailedPrecondition,
            message: refused.to_string(),
            retry: false,
            drop: false,
        },
    }
}

/// How a peer says that the chaincode's process ended.
const STREAM_TERMINATED: &str = "chaincode stream terminated";

/// Fabric: internal/pkg/gateway/apiutils.go, responseStatus. A response without its core, which a Go gateway does not
/// survive, is one with status 0.
pub(super) fn judge(response: ProposalResponse) -> Result<ProposalResponse, Failure> {
    let core = response.response.as_ref();
    let (status, message) = core.map_or((0, ""), |core| (core.status, core.message.as_str()));
    if (200..400).contains(&status) {
        return Ok(response);
    }
    if response.payload.is_empty() && status == 500 {
        return Err(Failure {
            code: Code::Aborted,
            message: message.to_owned(),
            retry: true,
            drop: message.ends_with(STREAM_TERMINATED),
        });
    }
    Err(Failure {
        code: Code::Unknown,
        message: format!("chaincode response {status}, {message}"),
        retry: false,
        drop: false,
    })
}

/// A peer that answers well and signs nothing brings a Go gateway down.
pub(super) fn signed(response: ProposalResponse) -> Result<ProposalResponse, Failure> {
    let endorser = response.endorsement.as_ref().map(|one| one.endorser.len());
    if response.payload.is_empty() || endorser.is_none_or(|length| length == 0) {
        return Err(Failure {
            code: Code::Aborted,
            message: "the response has no endorsement".to_owned(),
            retry: true,
            drop: false,
        });
    }
    Ok(response)
}

/// This peer and connections to the others.
pub(super) struct Targets {
    endorser: Arc<Endorser>,
    dialler: Dialler,
    timeout: Duration,
    known: Mutex<HashMap<PkiId, Known>>,
    closing: Closing,
}

struct Known {
    roots: Vec<bytes::Bytes>,
    target: Arc<Target>,
}

impl Targets {
    pub(super) fn new(
        endorser: Arc<Endorser>,
        dialler: Dialler,
        timeout: Duration,
        closing: Closing,
    ) -> Self {
        Self {
            endorser,
            dialler,
            timeout,
            known: Mutex::default(),
            closing,
        }
    }

    /// The connection to a peer of a channel, which is made anew when the peer's address or its organisation's TLS roots
    /// have changed. `None` for a peer that tells no address.
    pub(super) fn find(&self, member: &Member, config: &ChannelConfig) -> Option<Arc<Target>> {
        if !member.is_self && member.endpoint().is_empty() {
            return None;
        }
        let (address, roots) = match member.is_self {
            true => (member.external_endpoint.as_str(), Vec::new()),
            false => (member.endpoint(), tls_roots(config, &member.msp_id)),
        };
        let mut known = self.known.lock();
        if let Some(found) = known.get(&member.pki_id)
            && found.target.address == address
            && found.roots == roots
        {
            return Some(Arc::clone(&found.target));
        }
        let route = match member.is_self {
            true => Route::Local(Arc::clone(&self.endorser), self.closing.clone()),
            false => Route::Remote(self.dial(address, &roots)?, self.timeout),
        };
        let target = Arc::new(Target {
            pki_id: member.pki_id.clone(),
            address: address.to_owned(),
            msp_id: member.msp_id.clone(),
            is_self: member.is_self,
            route,
        });
        let kept = Known {
            roots,
            target: Arc::clone(&target),
        };
        known.insert(member.pki_id.clone(), kept);
        Some(target)
    }

    fn dial(&self, address: &str, roots: &[bytes::Bytes]) -> Option<EndorserClient<Channel>> {
        match self.dialler.dial(address, roots) {
            Ok(channel) => Some(
                EndorserClient::new(channel)
                    .max_decoding_message_size(MAX_MESSAGE)
                    .max_encoding_message_size(MAX_MESSAGE),
            ),
            Err(error) => {
                tracing::warn!(address, error, "a peer cannot be dialled");
                None
            }
        }
    }

    /// A broken connection; the next call dials again.
    pub(super) fn forget(&self, target: &Target) {
        if !target.is_self {
            self.known.lock().remove(&target.pki_id);
        }
    }

    /// Peers that are gone.
    pub(super) fn keep(&self, alive: &BTreeSet<&PkiId>) {
        self.known.lock().retain(|peer, _| alive.contains(peer));
    }

    pub(super) fn len(&self) -> usize {
        self.known.lock().len()
    }
}

/// TLS roots and intermediates of an organisation, PEM.
pub(super) fn tls_roots(config: &ChannelConfig, msp_id: &str) -> Vec<bytes::Bytes> {
    let msp = config.msps().msp(msp_id);
    let roots = msp.iter().flat_map(|msp| {
        let roots = msp.tls_root_certs().iter();
        roots.chain(msp.tls_intermediate_certs())
    });
    roots.cloned().collect()
}
