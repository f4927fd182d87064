use super::exchange::{Exchange, Taken};
use super::meter::Meter;
use super::{Ending, messages};
use crate::requests::{self, Failure};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_interface::{Host, Response};
use selvedge_protos::protos::{self, ChaincodeMessage, chaincode_message::Type};
use selvedge_runtime::{Call, ChaincodeMetrics, ExecuteError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;

/// A registered chaincode: the transactions under way on its stream.
pub(crate) struct Handler {
    meter: Meter,
    /// Bounded by the transactions: each has one message in here at most.
    outgoing: UnboundedSender<ChaincodeMessage>,
    transactions: Mutex<Transactions>,
}

#[derive(Default)]
struct Transactions {
    /// By transaction ID; nearly always one channel has it.
    open: HashMap<String, Vec<Arc<Exchange>>>,
    closed: bool,
}

/// Why a transaction did not begin.
pub(crate) enum BeginError {
    /// The stream is gone; the chaincode has not heard of the transaction.
    Closed(Box<dyn Host>),
    Exists,
}

/// A transaction that has begun; over when dropped.
pub(crate) struct Begun<'a> {
    handler: &'a Handler,
    exchange: Arc<Exchange>,
}

impl Handler {
    pub(crate) fn new(
        chaincode_id: &str,
        metrics: Arc<dyn ChaincodeMetrics>,
        outgoing: UnboundedSender<ChaincodeMessage>,
    ) -> Self {
        let chaincode_id = chaincode_id.into();
        Self {
            meter: Meter {
                chaincode_id,
                metrics,
            },
            outgoing,
            transactions: Mutex::default(),
        }
    }

    pub(crate) fn chaincode_id(&self) -> &str {
        &self.meter.chaincode_id
    }

    /// Makes the transaction known to the stream.
    pub(crate) fn begin(
        &self,
        chaincode: &str,
        host: Box<dyn Host>,
    ) -> Result<Begun<'_>, BeginError> {
        let mut transactions = self.transactions.lock();
        if transactions.closed {
            return Err(BeginError::Closed(host));
        }
        let exchange = Arc::new(Exchange::new(chaincode, self.meter.clone(), host));
        let same = transactions.open.entry(exchange.tx_id.clone()).or_default();
        if same
            .iter()
            .any(|other| other.channel_id == exchange.channel_id)
        {
            return Err(BeginError::Exists);
        }
        same.push(Arc::clone(&exchange));
        Ok(Begun {
            handler: self,
            exchange,
        })
    }

    /// COMPLETED or ERROR. One for a transaction that is not, or no longer, is nothing.
    pub(super) fn finished(&self, kind: Type, message: ChaincodeMessage) {
        let Some(exchange) = self.exchange(&message) else {
            tracing::debug!(
                chaincode = self.chaincode_id(),
                tx_id = message.txid,
                "the end of a transaction that is not under way"
            );
            return;
        };
        exchange.end(match kind {
            Type::Completed => Ending::Completed {
                payload: message.payload,
                event: message
                    .chaincode_event
                    .map(|event| (event.event_name, event.payload)),
            },
            _ => Ending::Failed(String::from_utf8_lossy(&message.payload).into_owned()),
        });
    }

    /// Answers, or has the thread that waits for the transaction answer.
    pub(super) fn request(
        &self,
        kind: Type,
        message: ChaincodeMessage,
    ) -> Option<ChaincodeMessage> {
        let taken = match self.exchange(&message) {
            Some(exchange) => exchange.request(kind, message),
            None => Taken::Over(message),
        };
        match taken {
            Taken::Answered(reply) => Some(reply),
            Taken::Handed => None,
            Taken::Over(message) => {
                let channel = message.channel_id.clone();
                let reply = || without_context(kind, message);
                Some(self.meter.measure(kind, &channel, reply))
            }
            Taken::Pending => {
                // Fabric drops it as well: an answer would be taken for that of the first.
                tracing::error!(
                    chaincode = self.chaincode_id(),
                    "Another request pending for this chaincode's transaction, the second is dropped"
                );
                None
            }
        }
    }

    fn exchange(&self, message: &ChaincodeMessage) -> Option<Arc<Exchange>> {
        let transactions = self.transactions.lock();
        let same = transactions.open.get(&message.txid)?;
        let found = same
            .iter()
            .find(|exchange| exchange.channel_id == message.channel_id);
        found.cloned()
    }

    /// The stream is gone: so are its transactions, and none begins any more.
    pub(super) fn close(&self) {
        let mut transactions = self.transactions.lock();
        transactions.closed = true;
        for exchange in transactions.open.values().flatten() {
            exchange.end(Ending::Terminated);
        }
    }
}

impl Begun<'_> {
    /// Sends the call and serves the transaction to its end.
    pub(crate) fn run(
        self,
        message: ChaincodeMessage,
        deadline: Instant,
    ) -> Result<Response, ExecuteError> {
        let outgoing = &self.handler.outgoing;
        if outgoing.send(message).is_err() {
            return Err(ExecuteError::Terminated);
        }
        let (ending, host) = self.exchange.wait(deadline, |reply| {
            // A stream that is gone has ended the transaction, too.
            outgoing.send(reply).ok();
        });
        let exchange = Arc::clone(&self.exchange);
        let meter = &self.handler.meter;
        drop(self);
        match ending {
            Ending::Completed { payload, event } => {
                let response = response(payload, &exchange.tx_id)?;
                if let (Some((name, payload)), Some(mut host)) = (event, host) {
                    host.set_event(&name, payload);
                }
                Ok(response)
            }
            Ending::Failed(text) => Err(ExecuteError::Failed(text)),
            Ending::Terminated => Err(ExecuteError::Terminated),
            Ending::Timeout => {
                meter.timed_out();
                Err(ExecuteError::Timeout)
            }
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let mut transactions = self.handler.transactions.lock();
        let Some(same) = transactions.open.get_mut(&self.exchange.tx_id) else {
            return;
        };
        same.retain(|other| !Arc::ptr_eq(other, &self.exchange));
        if same.is_empty() {
            transactions.open.remove(&self.exchange.tx_id);
        }
    }
}

/// The call as a message.
pub(crate) fn message(
    call: &mut Call<'_>,
    host: &dyn Host,
) -> Result<ChaincodeMessage, ExecuteError> {
    let input = std::mem::take(&mut call.input);
    messages::call(host.transaction(), input, call.depth > 0)
        .map_err(|error| ExecuteError::Internal(format!("the signed proposal is broken: {error}")))
}

fn response(payload: Bytes, tx_id: &str) -> Result<Response, ExecuteError> {
    let response =
        protos::Response::decode(payload).map_err(|error| ExecuteError::BadResponse {
            tx_id: tx_id.to_owned(),
            cause: error.to_string(),
        })?;
    Ok(Response {
        status: response.status,
        message: response.message,
        payload: response.payload,
    })
}

/// What a chaincode hears that asks for a transaction it is not running.
///
/// Fabric: core/chaincode/handler.go isValidTxSim and getTxContextForInvoke.
fn without_context(kind: Type, message: ChaincodeMessage) -> ChaincodeMessage {
    let cause = match kind {
        Type::InvokeChaincode => invoke_cause(&message.channel_id, message.payload),
        _ => "no ledger context".to_owned(),
    };
    requests::reply(
        kind,
        message.txid,
        message.channel_id,
        Err(Failure::cause(cause)),
    )
}

fn invoke_cause(channel_id: &str, payload: Bytes) -> String {
    const SYSTEM: [&str; 4] = ["_lifecycle", "cscc", "lscc", "qscc"];
    if !channel_id.is_empty() {
        return "could not get valid transaction".to_owned();
    }
    let spec = match protos::ChaincodeSpec::decode(payload) {
        Ok(spec) => spec,
        Err(error) => return format!("unmarshal failed: {error}"),
    };
    let name = spec.chaincode_id.unwrap_or_default().name;
    let name = name.split(['/', ':']).next().unwrap_or_default();
    match SYSTEM.contains(&name) {
        true => "failed to get transaction context".to_owned(),
        false => "could not get valid transaction".to_owned(),
    }
}
