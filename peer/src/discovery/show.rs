//! Messages that discovery hands out.

use selvedge_gossip::Member;
use selvedge_protos::discovery::Peer;
use selvedge_protos::gossip::Envelope;
use selvedge_protos::protos::{ChaincodeCall, ChaincodeInterest};

/// A peer, with what it last signed.
pub(crate) fn peer_of(member: &Member, state_info: Option<Envelope>) -> Peer {
    Peer {
        state_info,
        membership_info: Some(member.alive.clone()),
        identity: member.identity.clone(),
    }
}

/// A question as Go prints it.
pub(crate) fn shown_interest(interest: &ChaincodeInterest) -> String {
    let calls = interest.chaincodes.iter();
    let calls: Vec<String> = calls
        .map(|call| format!("chaincodes:{{{}}}", shown_call(call)))
        .collect();
    calls.join(" ")
}

fn shown_call(call: &ChaincodeCall) -> String {
    let mut fields = vec![format!("name:{:?}", call.name)];
    let names = call.collection_names.iter();
    fields.extend(names.map(|name| format!("collection_names:{name:?}")));
    let flags = [
        (call.no_private_reads, "no_private_reads:true"),
        (call.no_public_writes, "no_public_writes:true"),
        (
            call.disregard_namespace_policy,
            "disregard_namespace_policy:true",
        ),
    ];
    let set = flags.into_iter().filter(|(set, _)| *set);
    fields.extend(set.map(|(_, text)| text.to_owned()));
    fields.join(" ")
}
