use super::{Offers, Running};
use crate::{ChatError, MAX_MESSAGE};
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_protos::protos::ChaincodeMessage;
use selvedge_protos::protos::chaincode_message::Type;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// What all transactions of one stream share.
///
/// Answers carry no request number, only channel and transaction, so a transaction has at most one request on its way;
/// its own thread, blocked until the answer comes, sees to that.
pub(crate) struct Line {
    /// Gone when the chat is over, which closes our half of the stream.
    outbound: Mutex<Option<UnboundedSender<ChaincodeMessage>>>,
    offers: OnceLock<Offers>,
    waiting: Mutex<Waiting>,
    running: Running,
}

#[derive(Default)]
struct Waiting {
    over: bool,
    transactions: HashMap<Key, Seat>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    channel_id: String,
    tx_id: String,
}

/// Where the answer goes. One that nobody asked for is the peer's error and ends the chat.
type Seat = Option<oneshot::Sender<ChaincodeMessage>>;

/// Why a request has no answer.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    #[error("chaincode stream terminated")]
    Over,
    #[error("the message of {size} bytes is larger than the {MAX_MESSAGE} allowed")]
    TooLarge { size: usize },
}

impl Line {
    pub(crate) fn new(outbound: UnboundedSender<ChaincodeMessage>, running: Running) -> Self {
        Self {
            outbound: Mutex::new(Some(outbound)),
            offers: OnceLock::new(),
            waiting: Mutex::default(),
            running,
        }
    }

    pub(crate) fn offer(&self, offers: Offers) {
        // READY comes once.
        let _ = self.offers.set(offers);
    }

    pub(crate) fn offers(&self) -> Offers {
        self.offers.get().copied().unwrap_or_default()
    }

    /// Nobody is there to be told of a stream that is closed: the reader finds out by itself.
    pub(crate) fn send(&self, message: ChaincodeMessage) {
        if let Some(outbound) = &*self.outbound.lock() {
            let _ = outbound.send(message);
        }
    }

    /// Tells the peer why the chat ends.
    pub(crate) fn complain(&self, tx_id: String, error: &ChatError) {
        let text = error.to_string();
        let text = text
            .strip_prefix("error handling message: ")
            .unwrap_or(&text);
        self.send(ChaincodeMessage {
            r#type: Type::Error.into(),
            payload: text.to_owned().into(),
            txid: tx_id,
            ..ChaincodeMessage::default()
        });
    }

    pub(crate) fn deliver(&self, message: ChaincodeMessage) -> Result<(), ChatError> {
        let key = Key {
            channel_id: message.channel_id.clone(),
            tx_id: message.txid.clone(),
        };
        let mut waiting = self.waiting.lock();
        let seat = waiting.transactions.get_mut(&key).and_then(Option::take);
        let seat = seat.ok_or_else(|| ChatError::Unasked(short(&key.tx_id).to_owned()))?;
        // The transaction waits in `exchange`, where the receiver lives.
        let _ = seat.send(message);
        Ok(())
    }

    /// Whoever waits for an answer learns that there will be none.
    pub(crate) fn hang_up(&self) {
        self.outbound.lock().take();
        let mut waiting = self.waiting.lock();
        waiting.over = true;
        waiting.transactions.clear();
    }

    /// A place for the answers of one transaction. `None`: there is one already.
    pub(crate) fn ticket(self: &Arc<Self>, channel_id: &str, tx_id: &str) -> Option<Ticket> {
        let key = Key {
            channel_id: channel_id.to_owned(),
            tx_id: tx_id.to_owned(),
        };
        let mut waiting = self.waiting.lock();
        if waiting.transactions.contains_key(&key) {
            return None;
        }
        if !waiting.over {
            waiting.transactions.insert(key.clone(), None);
        }
        drop(waiting);
        Some(Ticket {
            line: Arc::clone(self),
            key,
        })
    }
}

/// The right of one transaction to ask. Given back when it is dropped.
pub(crate) struct Ticket {
    line: Arc<Line>,
    key: Key,
}

impl Ticket {
    pub(crate) fn offers(&self) -> Offers {
        self.line.offers()
    }

    pub(crate) fn tx_id(&self) -> &str {
        &self.key.tx_id
    }

    /// Sends one request and waits for its answer.
    pub(crate) fn exchange(
        &self,
        kind: Type,
        payload: Vec<u8>,
    ) -> Result<ChaincodeMessage, NoAnswer> {
        let message = ChaincodeMessage {
            r#type: kind.into(),
            payload: payload.into(),
            txid: self.key.tx_id.clone(),
            channel_id: self.key.channel_id.clone(),
            ..ChaincodeMessage::default()
        };
        // The stream would end for all transactions, instead of the request for this one.
        let size = message.encoded_len();
        if size > MAX_MESSAGE {
            return Err(NoAnswer::TooLarge { size });
        }
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = self.line.waiting.lock();
            let seat = waiting.transactions.get_mut(&self.key);
            *seat.ok_or(NoAnswer::Over)? = Some(answer);
        }
        self.line.send(message);
        self.line.running.wait(answered).ok_or(NoAnswer::Over)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.line.waiting.lock().transactions.remove(&self.key);
    }
}

/// The part of a transaction ID that Fabric's shim writes into its texts.
pub(crate) fn short(tx_id: &str) -> &str {
    tx_id.get(..8).unwrap_or(tx_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    fn answer(tx_id: &str) -> ChaincodeMessage {
        ChaincodeMessage {
            r#type: Type::Response.into(),
            txid: tx_id.to_owned(),
            channel_id: "ch".to_owned(),
            ..ChaincodeMessage::default()
        }
    }

    #[test]
    fn an_answer_goes_to_the_transaction_that_asked() {
        let (outbound, mut sent) = unbounded_channel();
        let line = Arc::new(Line::new(outbound, Running::new(None)));
        let ticket = line.ticket("ch", "tx").unwrap();
        std::thread::scope(|scope| {
            let asking = scope.spawn(move || ticket.exchange(Type::GetState, vec![1]));
            assert_eq!(sent.blocking_recv().unwrap().payload.as_ref(), [1]);
            line.deliver(answer("tx")).unwrap();
            assert_eq!(asking.join().unwrap().unwrap(), answer("tx"));
        });
    }

    #[test]
    fn what_nobody_asked_for_is_an_error() {
        let (outbound, _sent) = unbounded_channel();
        let line = Arc::new(Line::new(outbound, Running::new(None)));
        let _ticket = line.ticket("ch", "0123456789").unwrap();
        for tx_id in ["0123456789", "9876543210"] {
            let unasked = ChatError::Unasked(tx_id[..8].to_owned());
            assert_eq!(line.deliver(answer(tx_id)), Err(unasked));
        }
    }

    #[test]
    fn a_transaction_has_one_ticket_and_none_outlives_the_stream() {
        let (outbound, _sent) = unbounded_channel();
        let line = Arc::new(Line::new(outbound, Running::new(None)));
        let ticket = line.ticket("ch", "tx").unwrap();
        assert!(line.ticket("ch", "tx").is_none());
        assert!(line.ticket("other", "tx").is_some());
        line.hang_up();
        assert_eq!(ticket.exchange(Type::GetState, vec![]), Err(NoAnswer::Over));
        let late = line.ticket("ch", "late").unwrap();
        assert_eq!(late.exchange(Type::GetState, vec![]), Err(NoAnswer::Over));
    }

    #[test]
    fn a_message_that_would_break_the_stream_is_not_sent() {
        let (outbound, mut sent) = unbounded_channel();
        let line = Arc::new(Line::new(outbound, Running::new(None)));
        let ticket = line.ticket("ch", "tx").unwrap();
        let refused = ticket
            .exchange(Type::PutState, vec![0; MAX_MESSAGE])
            .unwrap_err();
        assert!(matches!(refused, NoAnswer::TooLarge { size } if size > MAX_MESSAGE));
        assert!(sent.try_recv().is_err());
    }
}
