use super::node::Node;
use super::wire::{
    CONTINUATION, Client, END_HEADERS, GOAWAY, HEADERS, PING, RESET, SETTINGS, frame, request,
};
use crate::harness::{Net, block_on};

const PROPOSALS: &str = "/protos.Endorser/ProcessProposal";

/// Numbers of a client's streams.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (1..2 * count).step_by(2)
}

/// Requests of which nothing but the headers comes.
pub(super) fn left_open(net: &Net, node: &Node) {
    let headers = request(PROPOSALS);
    let opened = streams(20_000).map(|stream| frame(HEADERS, END_HEADERS, stream, &headers));
    Client::floods_and_stays(net, node, opened);
}

/// CVE-2023-44487.
pub(super) fn reset(net: &Net, node: &Node) {
    let headers = request(PROPOSALS);
    let frames = streams(50_000).map(|stream| {
        let opened = frame(HEADERS, END_HEADERS, stream, &headers);
        let reset = frame(RESET, 0, stream, &8u32.to_be_bytes());
        [opened, reset].concat()
    });
    sent_away(net, node, frames);
}

/// CVE-2024-27316 and its kin.
pub(super) fn endless_headers(net: &Net, node: &Node) {
    let begun = frame(HEADERS, 0, 1, &request(PROPOSALS));
    // A header that is indexed and costs the client a byte.
    let more = frame(CONTINUATION, 0, 1, &[0x82; 1000]);
    let frames = std::iter::once(begun).chain(std::iter::repeat_n(more, 50_000));
    sent_away(net, node, frames);
}

/// A table entry that is made once and named again and again: a byte on the wire, kilobytes in the memory.
pub(super) fn large_headers(net: &Net, node: &Node) {
    let mut headers = request(PROPOSALS);
    // A literal that is indexed, with a name and a value of its own.
    headers.extend_from_slice(&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
    headers.extend_from_slice(&[b'v'; 4000]);
    let bomb = [headers, vec![0xbe; 12_000]].concat();
    let frames = streams(200).map(move |stream| frame(HEADERS, END_HEADERS, stream, &bomb));
    Client::floods_and_stays(net, node, frames);
}

/// Answers that the client makes the peer write.
pub(super) fn pings(net: &Net, node: &Node) {
    let frames = (0..100_000).map(|number| match number % 2 {
        0 => frame(PING, 0, 0, &[7; 8]),
        _ => frame(SETTINGS, 0, 0, &[]),
    });
    sent_away(net, node, frames);
}

/// The peer ends the connection, and says so if it is read.
fn sent_away(net: &Net, node: &Node, frames: impl Iterator<Item = Vec<u8>>) {
    let kinds = block_on(async {
        let mut client = Client::begin(node).await;
        let _ = client.flood(frames).await;
        client.ended().await
    });
    // A reset of the connection may come before the last words.
    assert!(
        kinds.is_empty() || kinds.contains(&SETTINGS) || kinds.contains(&GOAWAY),
        "{kinds:?}"
    );
    node.answers(net);
}
