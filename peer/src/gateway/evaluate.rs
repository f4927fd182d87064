use super::proposal::Unpacked;
use super::server::Gateway;
use super::{Deadline, GatewayError, until};
use prost::Message as _;
use selvedge_protos::gateway::{EvaluateRequest, EvaluateResponse};
use selvedge_protos::protos::{
    ChaincodeAction, ProposalResponse, ProposalResponsePayload, Response,
};
use tonic::Code;

impl Gateway {
    /// Runs a transaction function on one peer and gives its answer.
    ///
    /// Fabric: internal/pkg/gateway/evaluate.go.
    pub(crate) async fn evaluate(
        &self,
        request: EvaluateRequest,
        deadline: Deadline,
    ) -> Result<EvaluateResponse, GatewayError> {
        let unpacked = Unpacked::for_evaluation(request.proposed_transaction)?;
        let channel = &unpacked.channel;
        if self.peer().channel(channel).is_none() {
            let message = no_config(channel);
            return Err(GatewayError::new(Code::Unavailable, message));
        }
        let protects = unpacked.has_transient_data() && request.target_organizations.is_empty();
        let organisations = match protects {
            true => vec![self.msp_id().to_owned()],
            false => request.target_organizations,
        };
        let chaincode = unpacked.chaincode();
        let targets = self.evaluators(channel, chaincode, &organisations);
        if targets.is_empty() {
            let mut message = format!(
                "no peers available to evaluate chaincode {chaincode} in channel {channel}"
            );
            if protects {
                message = format!(
                    "no endorsers found in the gateway's organization; retry specifying target organization(s) to protect transient data: {message}"
                );
            }
            return Err(GatewayError::new(Code::FailedPrecondition, message));
        }
        let mut details = Vec::new();
        let mut code = Code::Unavailable;
        for target in targets {
            let asked = until(deadline, target.process(&unpacked.signed)).await;
            let Some(answer) = asked else {
                return Err(GatewayError::new(
                    Code::DeadlineExceeded,
                    "evaluate timeout expired",
                ));
            };
            let failure = match answer {
                Ok(response) => {
                    let result = Some(result(response));
                    return Ok(EvaluateResponse { result });
                }
                Err(failure) => failure,
            };
            details.push(target.detail(failure.message.as_str()));
            if failure.drop {
                self.forget(&target);
            }
            if !failure.retry {
                let message = format!(
                    "evaluate call to endorser returned error: {}",
                    failure.message
                );
                return Err(GatewayError::with(failure.code, message, details));
            }
            code = failure.code;
        }
        Err(GatewayError::with(
            code,
            "failed to evaluate transaction, see attached details for more info",
            details,
        ))
    }
}

pub(super) fn no_config(channel: &str) -> String {
    format!(
        "failed to get config for channel [{channel}]: could not get last config for channel {channel}"
    )
}

/// What the transaction answered is in what the peer signed; beside it the peer may have left it out.
fn result(response: ProposalResponse) -> Response {
    let signed = ProposalResponsePayload::decode(response.payload)
        .and_then(|payload| ChaincodeAction::decode(payload.extension));
    let core = response.response.unwrap_or_default();
    match signed {
        Ok(action) => Response {
            payload: action.response.unwrap_or_default().payload,
            ..core
        },
        Err(error) => {
            tracing::warn!(%error, "Successful proposal response contained no transaction result");
            core
        }
    }
}
