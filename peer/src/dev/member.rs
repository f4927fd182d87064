//! The network as a client sees it: one connection and two identities per organisation, and one to the orderer.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::future::try_join_all;
use selvedge_identity::SigningIdentity;
use selvedge_protos::protos::{ProposalResponse, Response};
use tonic::transport::Channel;

use crate::client::{self, Broadcaster, Call, CommitWait, Fresh, Outcome, Proposal};

/// How long a transaction may take; generous, for a machine that is busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// One organisation: its peer and the people who use it.
pub(super) struct Member {
    pub(super) msp_id: String,
    pub(super) address: String,
    pub(super) peer: Channel,
    pub(super) admin: SigningIdentity,
    pub(super) user: SigningIdentity,
}

/// The orderer, as clients reach it.
pub(super) struct OrdererLink {
    pub(super) address: String,
    pub(super) connection: Channel,
}

/// Everything a client needs.
pub(super) struct Clients {
    pub(super) channel: String,
    pub(super) orderer: OrdererLink,
    pub(super) members: Vec<Member>,
}

/// Endorsed by every peer that was asked, not yet ordered.
pub(super) struct Endorsed {
    pub(super) proposal: Proposal,
    pub(super) responses: Vec<ProposalResponse>,
}

impl Endorsed {
    /// What the chaincode answered.
    pub(super) fn response(&self) -> Response {
        self.responses
            .first()
            .and_then(|first| first.response.clone())
            .unwrap_or_default()
    }
}

impl Member {
    /// Asks this peer alone and requires success.
    pub(super) async fn ask(&self, call: &Call) -> Result<Bytes> {
        let proposal = Proposal::new(call, &self.admin, &Fresh::from_system()?)?;
        let (_, response) = client::process(&self.peer, &self.address, &proposal.signed).await?;
        if response.status != 200 {
            bail!(
                "{} of {}: {} - {}",
                call.chaincode,
                self.msp_id,
                response.status,
                response.message
            );
        }
        Ok(response.payload)
    }
}

impl Clients {
    /// The organisation that asks for everybody.
    pub(super) fn first(&self) -> Result<&Member> {
        let first = self.members.first();
        first.context("a network without organisations")
    }

    /// Lets `endorsers` simulate the call, signed by `signer`.
    pub(super) async fn endorse(
        &self,
        call: &Call,
        signer: &SigningIdentity,
        endorsers: &[&Member],
    ) -> Result<Endorsed> {
        let proposal = Proposal::new(call, signer, &Fresh::from_system()?)?;
        let asked = endorsers
            .iter()
            .map(|member| client::process(&member.peer, &member.address, &proposal.signed));
        let answers = try_join_all(asked).await?;
        Ok(Endorsed {
            proposal,
            responses: answers.into_iter().map(|(answer, _)| answer).collect(),
        })
    }

    /// Orders transactions in this order and waits until every peer has each.
    pub(super) async fn order(
        &self,
        endorsed: &[Endorsed],
        signer: &SigningIdentity,
    ) -> Result<Vec<Outcome>> {
        self.send(endorsed, signer).await?.outcomes().await
    }

    /// Gives transactions to the orderer on one stream, so that they keep their order.
    pub(super) async fn send<'e>(
        &self,
        endorsed: &'e [Endorsed],
        signer: &SigningIdentity,
    ) -> Result<Sent<'e>> {
        let mut waits = Vec::new();
        for one in endorsed {
            let opened = self.members.iter().map(|member| self.watch(member, signer));
            waits.push((one.proposal.tx_id.as_str(), try_join_all(opened).await?));
        }
        let mut broadcaster = Broadcaster::open(&self.orderer.connection, &self.orderer.address);
        let envelopes = endorsed
            .iter()
            .map(|one| client::assemble(&one.proposal, &one.responses, signer));
        for envelope in envelopes.collect::<Result<Vec<_>, _>>()? {
            broadcaster.send(envelope).await?;
        }
        Ok(Sent(waits))
    }

    async fn watch(&self, member: &Member, signer: &SigningIdentity) -> Result<CommitWait> {
        let fresh = Fresh::from_system()?;
        Ok(CommitWait::open(
            &member.peer,
            &member.address,
            &self.channel,
            Bytes::new(),
            signer,
            &fresh,
        )
        .await?)
    }
}

/// Transactions that the orderer has, by their IDs, with what waits for each on every peer.
pub(super) struct Sent<'e>(Vec<(&'e str, Vec<CommitWait>)>);

impl Sent<'_> {
    pub(super) async fn outcomes(self) -> Result<Vec<Outcome>> {
        let waits = self.0.into_iter();
        try_join_all(waits.map(|(tx_id, waits)| agreed(tx_id, waits))).await
    }
}

/// The outcome on every peer, which must be one and the same.
async fn agreed(tx_id: &str, mut waits: Vec<CommitWait>) -> Result<Outcome> {
    let outcomes = try_join_all(waits.iter_mut().map(|wait| wait.outcome(tx_id, PATIENCE))).await?;
    let first = *outcomes.first().context("no peer to wait for")?;
    if outcomes.iter().any(|outcome| *outcome != first) {
        bail!("peers disagree about transaction {tx_id}: {outcomes:?}");
    }
    Ok(first)
}
