//! Events let blocks go first, and come nevertheless.

use super::{acquainted, deployed, plan};
use crate::harness::{App, Definition, Listening, Net, script};
use selvedge_ledger::StateDatabase;
use selvedge_peer::node::NodeOptions;
use selvedge_protos::gateway::ChaincodeEventsRequest;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// More than are told at one time.
const LISTENERS: usize = 70;

/// One peer, whose blocks have one transaction each.
fn network(event_delay: Option<Duration>) -> Net {
    let tune = move |options: &mut NodeOptions| {
        if let Some(delay) = event_delay {
            options.serve.gateway.event_delay = delay;
        }
    };
    let net = Net::start_tuned(
        &plan(1, 1),
        StateDatabase::default(),
        |_| {},
        Arc::new(tune),
    );
    acquainted(&net);
    deployed(&net, &Definition::new("script"));
    net
}

fn listeners(app: &App<'_>) -> Vec<Listening> {
    let request = ChaincodeEventsRequest {
        chaincode_id: "script".to_owned(),
        ..Default::default()
    };
    (0..LISTENERS)
        .map(|_| app.events(request.clone()).unwrap())
        .collect()
}

/// A block each; all are committed, and the gateway says so, when this returns.
fn emit(app: &App<'_>, names: &[String]) {
    let sent: Vec<_> = names
        .iter()
        .map(|name| {
            let call = script(&json!([["put", name, "v"], ["event", name, "payload"]]));
            let prepared = app.endorse(&call, &[]).unwrap();
            app.submit(&prepared).unwrap();
            prepared.tx_id
        })
        .collect();
    for tx_id in sent {
        assert_eq!(app.status(&tx_id).unwrap().result, 0);
    }
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("event {number}")).collect()
}

/// What each listener hears next, `count` blocks of it.
fn heard<T: Send>(
    listeners: &mut [Listening],
    count: usize,
    hear: impl Fn(&mut Listening) -> T + Sync,
    meanwhile: impl FnOnce(),
) -> Vec<Vec<T>> {
    thread::scope(|scope| {
        let hearing: Vec<_> = listeners
            .iter_mut()
            .map(|one| scope.spawn(|| (0..count).map(|_| hear(one)).collect()))
            .collect();
        meanwhile();
        let joined = hearing.into_iter().map(|one| one.join().unwrap());
        joined.collect()
    })
}

#[test]
fn events_wait_while_blocks_are_committed_and_come_in_order_then() {
    let net = network(Some(Duration::from_secs(3600)));
    let app = net.app(0);
    let mut listeners = listeners(&app);
    let names = numbered(5);
    let block = net.channel(0).commits().arrived();
    let done = AtomicBool::new(false);
    let hear = |one: &mut Listening| (one.names(), done.load(Ordering::SeqCst));
    let heard = heard(&mut listeners, names.len(), hear, || {
        emit(&app, &names);
        // Round trips on the same connection: what does not wait comes meanwhile.
        for _ in 0..20 {
            app.evaluate(&script(&json!([["get", "k"]])), &[]).unwrap();
        }
        done.store(true, Ordering::SeqCst);
        drop(block);
    });
    let expected: Vec<_> = names
        .iter()
        .map(|name| (vec![name.clone()], true))
        .collect();
    for heard in heard {
        assert_eq!(heard, expected);
    }
    // Nothing came twice.
    emit(&app, &["last".to_owned()]);
    for one in &mut listeners {
        assert_eq!(one.names(), ["last"]);
    }
}

#[test]
fn events_come_in_order_while_blocks_never_end() {
    let net = network(None);
    let app = net.app(0);
    let mut listeners = listeners(&app);
    let names = numbered(40);
    let _block = net.channel(0).commits().arrived();
    let heard = heard(&mut listeners, names.len(), Listening::names, || {
        emit(&app, &names);
    });
    let expected: Vec<_> = names.iter().map(|name| vec![name.clone()]).collect();
    for heard in heard {
        assert_eq!(heard, expected);
    }
}
