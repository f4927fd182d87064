//! More channels than the one that a network starts with, and peers that come to one late.

use super::Net;
use super::net::REACTOR;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::data_hash;
use selvedge_protos::common::{Block, ChannelHeader, Envelope, Payload};

/// A channel that peers may join.
pub(crate) struct Founded(Bytes);

impl Net {
    /// One more channel, of the same configuration. Nobody has joined it yet.
    pub(crate) fn found(&self, channel: &str) -> Founded {
        let genesis = renamed(&self.network().genesis, channel);
        let _reactor = REACTOR.enter();
        let orderer = self.network().orderer.orderer();
        orderer.join(&genesis).unwrap();
        Founded(genesis)
    }

    pub(crate) fn join(&self, peer: usize, channel: &Founded) {
        let _reactor = REACTOR.enter();
        let peer = self.network().members[peer].running.peer();
        peer.join(channel.0.clone()).unwrap();
    }

    /// Waits until a peer has every block of a channel that another one has.
    pub(crate) fn catches_up(&self, peer: usize, channel: &str, with: usize) {
        let height = |peer: usize| {
            let peer = self.network().members[peer].running.peer();
            peer.channel(channel).unwrap().ledger().height()
        };
        self.until("the peer catches up", |_| height(peer) >= height(with));
    }
}

fn renamed(genesis: &Bytes, channel: &str) -> Bytes {
    let mut block = Block::decode(genesis.clone()).unwrap();
    let data = block.data.as_mut().unwrap();
    let mut envelope = Envelope::decode(data.data[0].clone()).unwrap();
    let mut payload = Payload::decode(envelope.payload).unwrap();
    let header = payload.header.as_mut().unwrap();
    let mut of_channel = ChannelHeader::decode(header.channel_header.clone()).unwrap();
    of_channel.channel_id = channel.to_owned();
    header.channel_header = of_channel.encode_to_vec().into();
    envelope.payload = payload.encode_to_vec().into();
    data.data[0] = envelope.encode_to_vec().into();
    block.header.as_mut().unwrap().data_hash = data_hash(&data.data).to_vec().into();
    block.encode_to_vec().into()
}
