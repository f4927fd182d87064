//! A peer in a process of its own under clients that mean it harm: what its memory and its file descriptors come to.
//!
//! Each attack has a bound, in mebibytes above what the peer had before, which is several times what was measured (see
//! docs/operator-notes.md). While the attack lasts, a client that behaves is answered; afterwards the descriptors are free.

mod connections;
mod frames;
mod messages;
mod node;
mod readers;
mod wire;

use crate::harness::{Definition, Net, Plan, Runtime};
use node::Node;

/// What the peer may grow by, in MiB, and what is done to it.
type Attack = (&'static str, u64, fn(&Net, &Node));

const ATTACKS: [Attack; 11] = [
    (
        "2,000 connections that do not finish TLS",
        128,
        connections::unfinished,
    ),
    (
        "1,000 connections that say nothing after TLS",
        256,
        connections::silent,
    ),
    (
        "20,000 streams on one connection, opened and left",
        256,
        frames::left_open,
    ),
    (
        "50,000 streams reset as they are opened",
        128,
        frames::reset,
    ),
    ("headers without an end", 128, frames::endless_headers),
    ("headers larger than the limit", 128, frames::large_headers),
    ("pings and settings without an end", 128, frames::pings),
    ("messages over the limit", 256, messages::oversize),
    ("96 messages of 8 MiB, half sent", 512, messages::half_sent),
    ("500 block streams that nobody reads", 1024, readers::blocks),
    ("400 event streams that nobody reads", 1024, readers::events),
];

#[test]
fn memory_and_descriptors_stay_within_bounds() {
    node::raise_descriptors();
    let net = Net::start(&Plan {
        runtime: Runtime::Wasm,
        organisations: 1,
        batch: 1,
    });
    net.deploy(
        &Definition::new("script"),
        &Runtime::Wasm.script_package("script_1"),
    );
    let node = Node::start(&net);
    node.answers(&net);
    let descriptors = node.descriptors();
    for (what, bound, attack) in ATTACKS {
        let before = node.begin();
        attack(&net, &node);
        let grown = node.peak().saturating_sub(before) >> 10;
        node.answers(&net);
        node.until("the descriptors are free", |node| {
            node.descriptors() <= descriptors + 16
        });
        eprintln!(
            "{what}: {} MiB before, {grown} MiB more at most",
            before >> 10
        );
        assert!(grown <= bound, "{what}: {grown} MiB more, {bound} at most");
    }
    node.stops();
}
