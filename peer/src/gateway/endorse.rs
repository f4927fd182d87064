use super::candidates::Planned;
use super::difference::report;
use super::plan::Pick;
use super::proposal::Unpacked;
use super::server::Gateway;
use super::target::Target;
use super::transaction::prepare;
use super::{Deadline, GatewayError, until};
use futures::future::join_all;
use selvedge_protos::gateway::{EndorseRequest, EndorseResponse, ErrorDetail};
use selvedge_protos::protos::{ChaincodeCall, ChaincodeInterest, ProposalResponse};
use std::sync::Arc;
use tonic::Code;

const MISMATCH: &str = "ProposalResponsePayloads do not match";

fn late(doing: &str) -> GatewayError {
    let message = format!("endorsement timeout expired while collecting {doing}");
    GatewayError::new(Code::DeadlineExceeded, message)
}

impl Gateway {
    /// Has a transaction endorsed by enough peers for its policies.
    ///
    /// Fabric: internal/pkg/gateway/endorse.go.
    pub(crate) async fn endorse(
        &self,
        request: EndorseRequest,
        deadline: Deadline,
    ) -> Result<EndorseResponse, GatewayError> {
        let nothing = "the proposed transaction must contain a signed proposal";
        let unpacked = Unpacked::unpack(request.proposed_transaction, nothing)
            .map_err(GatewayError::invalid)?;
        let organisations = &request.endorsing_organizations;
        let planned = if organisations.is_empty() {
            self.plan_from_first(&unpacked, deadline).await?
        } else {
            // The client answers for it that these are enough.
            let (channel, chaincode) = (&unpacked.channel, unpacked.chaincode());
            self.plan_for_organisations(channel, chaincode, organisations)
                .map_err(|why| GatewayError::new(Code::Unavailable, why))?
        };
        loop {
            let picks = {
                let mut plan = planned.plan.lock();
                match plan.is_complete() {
                    true => None,
                    false => plan.next_layout(),
                }
            };
            let Some(picks) = picks else { break };
            let asked = picks
                .into_iter()
                .map(|pick| self.collect(&planned, pick, &unpacked));
            let dry = until(deadline, join_all(asked)).await;
            let dry = dry.ok_or_else(|| late("endorsements"))?;
            let dry: Vec<String> = dry.into_iter().flatten().collect();
            planned.plan.lock().abandon(&dry);
        }
        let (payload, endorsements) = planned.plan.into_inner().finish().map_err(|details| {
            let message = "failed to collect enough transaction endorsements, see attached details for more info";
            GatewayError::with(Code::Aborted, message, details)
        })?;
        let input = unpacked.payload.input;
        let envelope = prepare(unpacked.header, input, payload, endorsements);
        Ok(EndorseResponse {
            prepared_transaction: Some(envelope),
        })
    }

    /// Asks one peer, and while that fails others of its group; gives the group's name when it has no more.
    async fn collect(
        &self,
        planned: &Planned,
        mut pick: Pick,
        unpacked: &Unpacked,
    ) -> Option<String> {
        loop {
            let target = planned.targets.get(pick.peer)?;
            let failed = match target.endorse(&unpacked.signed).await {
                Ok(response) => {
                    let mut plan = planned.plan.lock();
                    let counted = plan.endorsed(
                        pick.peer,
                        Some(&pick.group),
                        &response.payload,
                        response.endorsement,
                    );
                    counted.err().map(|expected| {
                        report(&expected, &response.payload, target);
                        MISMATCH.to_owned()
                    })
                }
                Err(failure) => {
                    if failure.drop {
                        self.forget(target);
                    }
                    Some(failure.message)
                }
            };
            let message = failed?;
            tracing::warn!(
                address = target.address,
                msp_id = target.msp_id,
                message,
                "Endorse call to endorser failed"
            );
            let mut plan = planned.plan.lock();
            plan.add_detail(target.detail(message));
            match plan.next_in_group(&pick.group) {
                Some(next) => pick = next,
                None => return Some(pick.group),
            }
        }
    }

    /// Asks one peer, if possible of the own organisation, and by what it touched finds out who else must be asked.
    async fn plan_from_first(
        &self,
        unpacked: &Unpacked,
        deadline: Deadline,
    ) -> Result<Planned, GatewayError> {
        let refused = |why: String| GatewayError::new(Code::FailedPrecondition, why);
        let channel = &unpacked.channel;
        let asked = interest_in(unpacked.chaincode());
        let mut begin = self.own_endorsers(channel, unpacked.chaincode());
        if begin.is_empty() && unpacked.has_transient_data() {
            return Err(refused(
                "no endorsers found in the gateway's organization; retry specifying endorsing organization(s) to protect transient data".to_owned(),
            ));
        }
        if begin.is_empty() {
            let planned = self.plan_for_policies(channel, &asked, None);
            begin = planned.map_err(refused)?.into_first_group();
        }
        let first = until(deadline, self.first(begin, unpacked)).await;
        let first = first.ok_or_else(|| late("first endorsement"))?;
        let (target, mut response) = first.map_err(|details| {
            let message = "failed to endorse transaction, see attached details for more info";
            GatewayError::with(Code::Aborted, message, details)
        })?;
        // Not every chaincode leaves a read-write set.
        let interest = response.interest.take();
        let interest = interest
            .filter(|interest| !interest.chaincodes.is_empty())
            .unwrap_or(asked);
        let mut planned = self
            .plan_within_members(unpacked, interest, &target)
            .map_err(refused)?;
        let number = planned.number(&target);
        let plan = planned.plan.get_mut();
        if plan
            .endorsed(number, None, &response.payload, response.endorsement)
            .is_err()
        {
            plan.add_detail(target.detail(MISMATCH));
        }
        Ok(planned)
    }

    /// What the first of these peers says that endorses.
    async fn first(
        &self,
        peers: Vec<Arc<Target>>,
        unpacked: &Unpacked,
    ) -> Result<(Arc<Target>, ProposalResponse), Vec<ErrorDetail>> {
        let mut details = Vec::new();
        for target in peers {
            let failure = match target.endorse(&unpacked.signed).await {
                Ok(response) => return Ok((target, response)),
                Err(failure) => failure,
            };
            tracing::warn!(
                address = target.address,
                msp_id = target.msp_id,
                error = failure.message,
                "Endorse call to endorser failed"
            );
            if failure.drop {
                self.forget(&target);
            }
            details.push(target.detail(failure.message));
        }
        Err(details)
    }

    /// With transient data only members of the collections are asked, even for those that are only written.
    fn plan_within_members(
        &self,
        unpacked: &Unpacked,
        mut interest: ChaincodeInterest,
        first: &Target,
    ) -> Result<Planned, String> {
        let channel = &unpacked.channel;
        let original = unpacked.has_transient_data().then(|| interest.clone());
        let mut protected = Vec::new();
        if original.is_some() {
            for call in interest
                .chaincodes
                .iter_mut()
                .filter(|call| call.no_private_reads)
            {
                call.no_private_reads = false;
                protected.extend(call.collection_names.iter().cloned());
            }
        }
        self.plan_for_policies(channel, &interest, Some(first))
            .map_err(|why| {
                let original = original
                    .filter(|_| !protected.is_empty())
                    .map(|original| self.plan_for_policies(channel, &original, Some(first)));
                match original {
                    // It failed because of our caution.
                    Some(Ok(_)) => format!(
                        "requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): [{}]; retry specifying trusted endorsing organizations to protect transient data",
                        protected.join(" ")
                    ),
                    Some(Err(why)) => why,
                    None => why,
                }
            })
    }
}

fn interest_in(chaincode: &str) -> ChaincodeInterest {
    ChaincodeInterest {
        chaincodes: vec![ChaincodeCall {
            name: chaincode.to_owned(),
            ..ChaincodeCall::default()
        }],
    }
}
