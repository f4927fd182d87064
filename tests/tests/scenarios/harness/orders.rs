use super::Net;
use super::net::{CHANNEL, PATIENCE, REACTOR, sign};
use bytes::Bytes;
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{
    Broadcaster, Call, ClientError, CommitWait, Fresh, Outcome, Proposal, assemble,
};
use selvedge_protos::common::Envelope;
use selvedge_protos::protos::{ProposalResponse, TxValidationCode};
use std::time::Duration;

/// A transaction that was not ordered yet.
pub(crate) struct Endorsed {
    pub(crate) channel: String,
    pub(crate) tx_id: String,
    pub(crate) envelope: Envelope,
    /// What the chaincode answered.
    pub(crate) payload: Bytes,
}

/// What every peer found about a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) block: u64,
    pub(crate) code: TxValidationCode,
}

impl Verdict {
    pub(crate) fn is_valid(&self) -> bool {
        self.code == TxValidationCode::Valid
    }
}

impl Net {
    /// Endorsed by every peer for a user of the first organisation.
    pub(crate) fn endorse(&self, call: &Call) -> Endorsed {
        let everyone: Vec<usize> = (0..self.size()).collect();
        self.endorse_by(&everyone, call, self.user(0))
    }

    pub(crate) fn endorse_by(
        &self,
        peers: &[usize],
        call: &Call,
        signer: &SigningIdentity,
    ) -> Endorsed {
        self.try_endorse_by(peers, call, signer).unwrap()
    }

    /// An error where peers refuse, or answer differently.
    pub(crate) fn try_endorse_by(
        &self,
        peers: &[usize],
        call: &Call,
        signer: &SigningIdentity,
    ) -> Result<Endorsed, ClientError> {
        let proposal = sign(call, signer);
        let answers: Vec<_> = peers
            .iter()
            .map(|peer| self.ask(*peer, &proposal.signed).unwrap())
            .collect();
        together(&call.channel, &proposal, &answers, signer)
    }

    /// The verdict on a call that these peers endorse for a user of the first one's organisation.
    pub(crate) fn verdict(&self, peers: &[usize], call: &Call) -> TxValidationCode {
        self.order(&[&self.endorse_by(peers, call, self.user(peers[0]))])[0].code
    }

    /// Orders the transactions on one stream and waits until every peer of their channel has each. All must agree.
    pub(crate) fn order(&self, transactions: &[&Endorsed]) -> Vec<Verdict> {
        REACTOR.block_on(async {
            let mut waits = Vec::new();
            for transaction in transactions {
                let mut on_peers = Vec::new();
                for peer in 0..self.size() {
                    if self.has_joined(peer, &transaction.channel) {
                        on_peers.push(self.watch(peer, &transaction.channel).await);
                    }
                }
                waits.push((transaction, on_peers));
            }
            self.broadcast(transactions).await.unwrap();
            let mut verdicts = Vec::new();
            for (transaction, on_peers) in waits {
                verdicts.push(
                    agreed(&transaction.tx_id, on_peers, PATIENCE)
                        .await
                        .unwrap(),
                );
            }
            verdicts
        })
    }

    /// Orders one transaction and waits for one peer until `give_up` says otherwise.
    pub(crate) fn order_unless(
        &self,
        transaction: &Endorsed,
        give_up: impl Fn() -> bool,
    ) -> Option<Verdict> {
        REACTOR.block_on(async {
            let wait = self.watch(0, &transaction.channel).await;
            self.broadcast(&[transaction]).await.unwrap();
            let given_up = async {
                while !give_up() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::select! {
                verdict = agreed(&transaction.tx_id, vec![wait], PATIENCE) => Some(verdict.unwrap()),
                () = given_up => None,
            }
        })
    }

    /// Whether the orderer takes a transaction.
    pub(crate) fn offer(&self, transaction: &Endorsed) -> Result<(), ClientError> {
        REACTOR.block_on(self.broadcast(&[transaction]))
    }

    async fn broadcast(&self, transactions: &[&Endorsed]) -> Result<(), ClientError> {
        let mut broadcaster = Broadcaster::open(&self.orderer, "the orderer");
        for transaction in transactions {
            broadcaster.send(transaction.envelope.clone()).await?;
        }
        Ok(())
    }

    async fn watch(&self, peer: usize, channel: &str) -> CommitWait {
        let (connection, address) = self.peer(peer);
        let fresh = Fresh::from_system().unwrap();
        CommitWait::open(
            connection,
            address,
            channel,
            Bytes::new(),
            self.user(peer),
            &fresh,
        )
        .await
        .unwrap()
    }

    /// Endorsed by every peer, ordered, committed everywhere.
    pub(crate) fn submit(&self, call: &Call) -> Verdict {
        self.order(&[&self.endorse(call)])[0]
    }

    /// Orders the transactions of `calls` such that they are in one block, all endorsed before it. A block may be cut in
    /// between; then everything is tried again, with calls of another number.
    pub(crate) fn in_one_block(
        &self,
        mut calls: impl FnMut(u32) -> Vec<Call>,
    ) -> (u32, Vec<TxValidationCode>) {
        for attempt in 0..100 {
            let endorsed: Vec<_> = calls(attempt)
                .iter()
                .map(|call| self.endorse(call))
                .collect();
            let verdicts = self.order(&endorsed.iter().collect::<Vec<_>>());
            if verdicts
                .iter()
                .all(|verdict| verdict.block == verdicts[0].block)
            {
                return (
                    attempt,
                    verdicts.iter().map(|verdict| verdict.code).collect(),
                );
            }
        }
        panic!("the transactions never came into one block");
    }
}

fn together(
    channel: &str,
    proposal: &Proposal,
    answers: &[ProposalResponse],
    signer: &SigningIdentity,
) -> Result<Endorsed, ClientError> {
    let envelope = assemble(proposal, answers, signer)?;
    let response = answers[0].response.clone().unwrap();
    Ok(Endorsed {
        channel: channel.to_owned(),
        tx_id: proposal.tx_id.clone(),
        envelope,
        payload: response.payload,
    })
}

async fn agreed(
    tx_id: &str,
    waits: Vec<CommitWait>,
    patience: Duration,
) -> Result<Verdict, ClientError> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for mut wait in waits {
        outcomes.push(wait.outcome(tx_id, patience).await?);
    }
    assert!(
        outcomes.iter().all(|outcome| *outcome == outcomes[0]),
        "peers disagree about {tx_id}: {outcomes:?}"
    );
    Ok(Verdict {
        block: outcomes[0].block,
        code: outcomes[0].code,
    })
}

impl Endorsed {
    /// From answers that were asked for one by one.
    pub(crate) fn new(
        proposal: &Proposal,
        answers: &[ProposalResponse],
        signer: &SigningIdentity,
    ) -> Self {
        Self::on(CHANNEL, proposal, answers, signer)
    }

    /// The same on any channel.
    pub(crate) fn on(
        channel: &str,
        proposal: &Proposal,
        answers: &[ProposalResponse],
        signer: &SigningIdentity,
    ) -> Self {
        together(channel, proposal, answers, signer).unwrap()
    }
}
