//! A second channel of the same peers, for what crosses channels. No orderer knows it: its blocks are made here.

use super::net::sign;
use super::{Definition, Endorsed, Net};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_ledger::{BlockHeader, ParsedBlock, data_hash, header_hash};
use selvedge_peer::client::Call;
use selvedge_peer::node::commit_block;
use selvedge_protos::common::{
    self, Block, BlockData, BlockMetadata, ChannelHeader, Envelope, Payload,
};

pub(crate) const ELSEWHERE: &str = "elsewhere";

pub(crate) struct Elsewhere<'n> {
    net: &'n Net,
    tip: BlockHeader,
}

impl<'n> Elsewhere<'n> {
    /// Every peer of the network joins a channel with the same configuration.
    pub(crate) fn found(net: &'n Net) -> Self {
        let genesis = renamed(&net.network().genesis);
        for member in &net.network().members {
            member.running.peer().join(genesis.clone()).unwrap();
        }
        Self {
            net,
            tip: ParsedBlock::parse(&genesis).unwrap().header,
        }
    }

    /// Approves and commits a definition; its packages are installed already, one for each peer.
    pub(crate) fn define(&mut self, definition: &Definition, package_ids: &[String]) {
        for (member, package_id) in package_ids.iter().enumerate() {
            let approval = definition.approval_on(ELSEWHERE, package_id);
            self.submit(&approval, &[member], self.net.admin(member));
        }
        let everyone: Vec<usize> = (0..self.net.size()).collect();
        let commit = definition.commit_on(ELSEWHERE);
        self.submit(&commit, &everyone, self.net.admin(0));
    }

    /// Endorsed by these peers, and the next block of every peer.
    pub(crate) fn submit(&mut self, call: &Call, peers: &[usize], signer: &SigningIdentity) {
        let proposal = sign(call, signer);
        let answers: Vec<_> = peers
            .iter()
            .map(|peer| self.net.ask(*peer, &proposal.signed).unwrap())
            .collect();
        let endorsed = Endorsed::new(&proposal, &answers, signer);
        let block = self.next(endorsed.envelope.encode_to_vec().into());
        for member in &self.net.network().members {
            let peer = member.running.peer();
            let channel = peer.channel(ELSEWHERE).unwrap();
            let committed = commit_block(peer, &channel, block.clone()).unwrap();
            assert_eq!(committed.codes, [0], "{call:?}");
        }
    }

    fn next(&mut self, envelope: Bytes) -> Bytes {
        let data = vec![envelope];
        let header = BlockHeader {
            number: self.tip.number + 1,
            previous_hash: Bytes::copy_from_slice(&header_hash(&self.tip)),
            data_hash: Bytes::copy_from_slice(&data_hash(&data)),
        };
        self.tip = header;
        block_of(&self.tip, data)
    }
}

fn block_of(header: &BlockHeader, data: Vec<Bytes>) -> Bytes {
    let block = Block {
        header: Some(common::BlockHeader {
            number: header.number,
            previous_hash: header.previous_hash.clone(),
            data_hash: header.data_hash.clone(),
        }),
        data: Some(BlockData { data }),
        metadata: Some(BlockMetadata {
            metadata: vec![Bytes::new(); 5],
        }),
    };
    block.encode_to_vec().into()
}

/// The same genesis block for a channel of another name: nobody has signed it.
fn renamed(genesis: &Bytes) -> Bytes {
    let block = Block::decode(genesis.clone()).unwrap();
    let first = block.data.unwrap().data.remove(0);
    let mut envelope = Envelope::decode(first).unwrap();
    let mut payload = Payload::decode(envelope.payload.clone()).unwrap();
    let header = payload.header.as_mut().unwrap();
    let mut channel = ChannelHeader::decode(header.channel_header.clone()).unwrap();
    channel.channel_id = ELSEWHERE.to_owned();
    header.channel_header = channel.encode_to_vec().into();
    envelope.payload = payload.encode_to_vec().into();
    let data = vec![Bytes::from(envelope.encode_to_vec())];
    let header = BlockHeader {
        number: 0,
        previous_hash: Bytes::new(),
        data_hash: Bytes::copy_from_slice(&data_hash(&data)),
    };
    block_of(&header, data)
}
