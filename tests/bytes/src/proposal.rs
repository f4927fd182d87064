//! Proposals of clients.

use crate::{Target, golden};
use bytes::Bytes;
use selvedge_peer::endorser::{Proposal, invoked_chaincode};

pub(crate) const TARGET: Target = Target {
    name: "proposal",
    run,
    seeds,
};

fn run(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let _ = invoked_chaincode(&data);
    if let Ok(proposal) = Proposal::unpack(data) {
        let transaction = proposal.transaction();
        assert_eq!(transaction.tx_id, proposal.tx_id());
        assert_eq!(transaction.channel_id, proposal.channel_id());
        let _ = selvedge_identity::expires_at(proposal.creator());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = golden::files("proposals", ".signed_proposal");
    // Every kind of call is among the first ones; a fuzzer needs no more.
    seeds.truncate(24);
    seeds
}
