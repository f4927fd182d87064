use crate::network::call;
use crate::{KEYS, Member, Network, ONE, TWO};
use anyhow::Result;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{BlockAndCodes, ParsedBlock};
use selvedge_peer::client::{Fresh, Proposal};
use selvedge_peer::validation::{Validated, World, validate};

/// Makes blocks of [`KEYS`] transactions, each of which reads and writes a key of its own.
pub struct Endorsing<'n> {
    network: &'n Network,
    /// The last block made, and its number.
    last: Option<(u64, Bytes)>,
}

/// A block that every peer may commit next.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Serialized `common.Block`.
    pub block: Bytes,
}

impl<'n> Endorsing<'n> {
    pub fn new(network: &'n Network) -> Self {
        Self {
            network,
            last: None,
        }
    }

    /// The next block, endorsed by one organisation or by two. Who has not committed the one before does so now.
    pub fn block(&mut self, endorsements: usize) -> Result<Prepared> {
        if let Some((number, block)) = self.last.take() {
            for member in self.network.everybody() {
                if member.channel.ledger().height() == number {
                    member.commit(block.clone())?;
                }
            }
        }
        let chaincode = if endorsements == 1 { ONE } else { TWO };
        let network = self.network;
        let user = &network.first()?.user;
        let endorse = |key: u32| {
            let call = call(chaincode, &["get-put", &key.to_string()]);
            network.transaction(&call, user, network.members.iter().take(endorsements))
        };
        let envelopes = (0..KEYS).map(endorse).collect::<Result<_>>()?;
        let block = network.block(envelopes);
        let number = ParsedBlock::parse(&block)?.header.number;
        self.last = Some((number, block.clone()));
        Ok(Prepared { block })
    }
}

impl Prepared {
    /// Signatures and policies. A second time is no measure of the first: peers remember signatures they found good.
    pub fn validate(&self, member: &Member, threads: usize) -> Result<Validated> {
        let (config, ledger) = (member.channel.config(), member.channel.ledger());
        let snapshot = ledger.snapshot();
        let world = World {
            config: &config,
            snapshot: &snapshot,
            is_committed: &|tx_id| {
                let status = ledger.tx_status(tx_id).map_err(|error| error.to_string())?;
                Ok(status.is_some())
            },
            channel: &|_| None,
            threads,
        };
        Ok(validate(&ParsedBlock::parse(&self.block)?, &world)?)
    }

    /// The ledger's part: conflicts, state, history, indexes, the block itself, and the disk.
    pub fn commit_only(&self, member: &Member, codes: Vec<u8>) -> Result<()> {
        member.channel.ledger().commit(BlockAndCodes {
            block: self.block.clone(),
            codes,
            private: Vec::new(),
        })?;
        Ok(())
    }
}

impl Network {
    /// Signed proposals (serialized `protos.SignedProposal`), all different, for one operation.
    pub fn proposals(&self, args: &[&str], count: usize) -> Result<Vec<Bytes>> {
        let user = &self.first()?.user;
        let call = call(ONE, args);
        let proposal = |_| -> Result<Bytes> {
            let proposal = Proposal::new(&call, user, &Fresh::from_system()?)?;
            Ok(proposal.signed.encode_to_vec().into())
        };
        (0..count).map(proposal).collect()
    }
}
