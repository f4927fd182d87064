use super::meter::Meter;
use crate::requests::{self, Asked, OpenQueries};
use bytes::Bytes;
use parking_lot::{Condvar, Mutex, MutexGuard};
use selvedge_interface::Host;
use selvedge_protos::protos::{ChaincodeMessage, chaincode_message::Type};
use std::time::Instant;

/// How a transaction ended on its stream.
#[derive(Debug)]
pub(crate) enum Ending {
    /// COMPLETED: a serialized response, and the event's name and payload.
    Completed {
        payload: Bytes,
        event: Option<(String, Bytes)>,
    },
    /// ERROR: the chaincode's shim could not serve the transaction.
    Failed(String),
    /// The stream is gone.
    Terminated,
    Timeout,
}

/// One transaction on one stream, from TRANSACTION to COMPLETED.
///
/// Two threads meet here: the one that reads the stream, and the one that called the chaincode and waits. The host is
/// used by whichever answers the request of the moment; there is never a second request beside it.
pub(super) struct Exchange {
    pub(super) tx_id: String,
    pub(super) channel_id: String,
    chaincode: String,
    meter: Meter,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Absent while the waiting thread works with it.
    host: Option<Box<dyn Host>>,
    queries: OpenQueries,
    /// For the waiting thread.
    work: Option<(Type, ChaincodeMessage)>,
    ending: Option<Ending>,
}

/// What became of a request.
pub(super) enum Taken {
    /// This goes back.
    Answered(ChaincodeMessage),
    /// The waiting thread will answer.
    Handed,
    /// There is a request of this transaction already.
    Pending,
    /// The transaction is over.
    Over(ChaincodeMessage),
}

impl Exchange {
    pub(super) fn new(chaincode: &str, meter: Meter, host: Box<dyn Host>) -> Self {
        let transaction = host.transaction();
        Self {
            tx_id: transaction.tx_id.clone(),
            channel_id: transaction.channel_id.clone(),
            chaincode: chaincode.to_owned(),
            meter,
            state: Mutex::new(State {
                host: Some(host),
                queries: OpenQueries::default(),
                work: None,
                ending: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// A request, on the thread that reads the stream.
    pub(super) fn request(&self, kind: Type, message: ChaincodeMessage) -> Taken {
        let mut state = self.state.lock();
        if state.ending.is_some() {
            return Taken::Over(message);
        }
        if state.host.is_none() || state.work.is_some() {
            return Taken::Pending;
        }
        if requests::is_quick(kind) {
            let reply = || self.answer(&mut state, kind, message);
            return Taken::Answered(self.meter.measure(kind, &self.channel_id, reply));
        }
        state.work = Some((kind, message));
        self.changed.notify_one();
        Taken::Handed
    }

    fn answer(&self, state: &mut State, kind: Type, message: ChaincodeMessage) -> ChaincodeMessage {
        let State { host, queries, .. } = state;
        let answer = match host.as_deref_mut() {
            Some(host) => {
                let mut asked = self.asked(host, queries);
                requests::answer(kind, message.payload, &mut asked)
            }
            None => Err(requests::Failure::cause("no ledger context")),
        };
        requests::reply(kind, message.txid, message.channel_id, answer)
    }

    fn asked<'a>(&'a self, host: &'a mut dyn Host, queries: &'a mut OpenQueries) -> Asked<'a> {
        Asked {
            host,
            queries,
            chaincode: &self.chaincode,
            channel_id: &self.channel_id,
        }
    }

    /// The first ending counts.
    pub(super) fn end(&self, ending: Ending) {
        self.state.lock().ending.get_or_insert(ending);
        self.changed.notify_one();
    }

    /// Answers what it is handed until the transaction ends, and gives the host back. `send` puts a message on the
    /// stream.
    pub(super) fn wait(
        &self,
        deadline: Instant,
        send: impl Fn(ChaincodeMessage),
    ) -> (Ending, Option<Box<dyn Host>>) {
        let mut state = self.state.lock();
        loop {
            if let Some(ending) = state.ending.take() {
                // What arrives late must find it ended.
                state.ending = Some(Ending::Terminated);
                return (ending, state.host.take());
            }
            if let Some((kind, message)) = state.work.take() {
                let reply = || self.work(&mut state, kind, message);
                send(self.meter.measure(kind, &self.channel_id, reply));
                continue;
            }
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                state.ending.get_or_insert(Ending::Timeout);
            }
        }
    }

    /// Answers with the exchange unlocked: the call of another chaincode may take as long as a transaction.
    fn work(
        &self,
        state: &mut MutexGuard<'_, State>,
        kind: Type,
        message: ChaincodeMessage,
    ) -> ChaincodeMessage {
        let mut host = state.host.take();
        let mut queries = std::mem::take(&mut state.queries);
        let answer = MutexGuard::unlocked(state, || match host.as_deref_mut() {
            Some(host) => {
                let mut asked = self.asked(host, &mut queries);
                requests::answer(kind, message.payload, &mut asked)
            }
            None => Err(requests::Failure::cause("no ledger context")),
        });
        (state.host, state.queries) = (host, queries);
        requests::reply(kind, message.txid, message.channel_id, answer)
    }
}
