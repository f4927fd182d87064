use super::created::{self, Gate, Refusal};
use super::{Handler, messages};
use crate::requests;
use crate::support::ChaincodeSupport;
use futures::{FutureExt, Stream, StreamExt};
use selvedge_interface::BusyWait;
use selvedge_protos::protos::{ChaincodeMessage, chaincode_message::Type};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::yield_now;
use tokio::time::{Interval, Sleep};
use tokio_stream::wrappers::WatchStream;
use tonic::Status;

/// Messages handled before other tasks get their turn.
const BURST: usize = 64;

/// The peer's side of one chat stream: yields what is to be sent, and reads what arrives when it is polled for that.
///
/// Reading and answering in one place has two merits. The answer to a simple request is ready in the very poll that
/// read it, without a task or a thread in between. And a chaincode that does not read its answers is not read from
/// either: HTTP/2's flow control stops polling, and whatever it goes on to send waits in its own memory.
pub struct Session<S> {
    inbound: S,
    support: Arc<ChaincodeSupport>,
    state: State,
    /// Ready to be sent, before anything of `outgoing`.
    replies: VecDeque<ChaincodeMessage>,
    sender: UnboundedSender<ChaincodeMessage>,
    outgoing: UnboundedReceiver<ChaincodeMessage>,
    keepalive: Option<Interval>,
    closing: WatchStream<bool>,
    /// For the chaincode's next message, after one of ours.
    busy: BusyWait,
}

enum State {
    /// Until REGISTER, for which there is a time.
    Created(Gate, Pin<Box<Sleep>>),
    Ready(Arc<Handler>),
    Ended,
}

/// Why a stream ends.
#[derive(Debug)]
enum End {
    /// The chaincode closed it.
    Closed,
    /// Fabric's text.
    Error(String),
}

impl<S: Stream<Item = Result<ChaincodeMessage, Status>> + Unpin> Session<S> {
    /// Call inside Tokio.
    pub(crate) fn new(support: Arc<ChaincodeSupport>, inbound: S, gate: Gate) -> Self {
        let (sender, outgoing) = mpsc::unbounded_channel();
        let patience = Box::pin(tokio::time::sleep(support.options().startup_timeout));
        let keepalive = support.options().keepalive.map(|period| {
            let first = tokio::time::Instant::now() + period;
            tokio::time::interval_at(first, period)
        });
        Self {
            inbound,
            state: State::Created(gate, patience),
            replies: VecDeque::new(),
            sender,
            outgoing,
            keepalive,
            closing: support.closing(),
            busy: BusyWait::here(),
            support,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<ChaincodeMessage, End>> {
        for _ in 0..BURST {
            if let Some(reply) = self.replies.pop_front() {
                return self.spoken(reply);
            }
            // `sender` keeps the channel open.
            if let Poll::Ready(Some(message)) = self.outgoing.poll_recv(context) {
                return self.spoken(message);
            }
            match self.inbound.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(message))) => match self.received(message) {
                    Ok(Some(reply)) => return self.spoken(reply),
                    Ok(None) => {}
                    Err(text) => return Poll::Ready(Err(End::Error(text))),
                },
                Poll::Ready(Some(Err(status))) => {
                    return Poll::Ready(Err(End::Error(format!(
                        "receive from chaincode support stream failed: {}",
                        status.message()
                    ))));
                }
                Poll::Ready(None) => return Poll::Ready(Err(End::Closed)),
                Poll::Pending => return self.idle(context),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// A message goes out. If the chaincode runs a transaction now and nothing else does, it has the word.
    fn spoken(&mut self, message: ChaincodeMessage) -> Poll<Result<ChaincodeMessage, End>> {
        if self.support.calls().is_one() {
            self.busy.begin(Instant::now());
        }
        Poll::Ready(Ok(message))
    }

    /// Nothing to read: what else may happen.
    fn idle(&mut self, context: &mut Context<'_>) -> Poll<Result<ChaincodeMessage, End>> {
        while let Poll::Ready(Some(closing)) = self.closing.poll_next_unpin(context) {
            if closing {
                return Poll::Ready(Err(End::Error("the peer is stopping".to_owned())));
            }
        }
        if let State::Created(_, patience) = &mut self.state
            && patience.poll_unpin(context).is_ready()
        {
            let text = "the stream was opened and nothing registered on it in time";
            return Poll::Ready(Err(End::Error(text.to_owned())));
        }
        if let Some(keepalive) = &mut self.keepalive
            && keepalive.poll_tick(context).is_ready()
        {
            // The timer is asked again, for its next tick, when this message is on its way.
            return Poll::Ready(Ok(messages::keepalive()));
        }
        if self.busy.again(Instant::now) {
            // Has this polled again when the runtime has asked the system for messages, and not sleep before.
            let _ = pin!(yield_now()).poll(context);
        }
        Poll::Pending
    }

    /// Handles one message; the answer, if there is one already, or why the stream ends.
    fn received(&mut self, message: ChaincodeMessage) -> Result<Option<ChaincodeMessage>, String> {
        self.busy.end(Instant::now());
        let kind = Type::try_from(message.r#type).unwrap_or(Type::Undefined);
        if kind == Type::Keepalive {
            return Ok(None);
        }
        match &self.state {
            State::Created(gate, _) => {
                let handler = register(&self.support, &self.sender, gate, &message)?;
                self.ready(handler);
                Ok(None)
            }
            State::Ready(handler) if requests::is_request(kind) => {
                Ok(handler.request(kind, message))
            }
            State::Ready(handler) if matches!(kind, Type::Completed | Type::Error) => {
                handler.finished(kind, message);
                Ok(None)
            }
            State::Ready(_) | State::Ended => Err(format!(
                "error handling message, ending stream: [{}] Fabric side handler cannot handle message ({}) while in ready state",
                message.txid,
                kind.as_str_name()
            )),
        }
    }

    /// REGISTERED and READY go before any transaction, which other threads may begin from here on.
    fn ready(&mut self, handler: Arc<Handler>) {
        self.replies.push_back(messages::registered());
        let batching = &self.support.options().batching;
        self.replies.push_back(messages::ready(batching));
        tracing::info!(chaincode = handler.chaincode_id(), "chaincode is ready");
        self.support.registry().ready(handler.chaincode_id());
        self.state = State::Ready(handler);
    }

    /// The text with which the stream ends on the wire, if it does not simply end.
    fn advance(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<ChaincodeMessage, String>>> {
        if matches!(self.state, State::Ended) {
            return Poll::Ready(None);
        }
        match self.poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(message)) => Poll::Ready(Some(Ok(message))),
            Poll::Ready(Err(End::Closed)) => {
                self.end("it was closed");
                Poll::Ready(None)
            }
            Poll::Ready(Err(End::Error(text))) => {
                self.end(&text);
                Poll::Ready(Some(Err(text)))
            }
        }
    }
}

impl<S> Session<S> {
    /// Ends the stream's transactions and forgets its chaincode, unless another stream has taken its place.
    fn end(&mut self, reason: &str) {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ready(handler) => {
                let chaincode = handler.chaincode_id();
                tracing::info!(chaincode, reason, "the stream of a chaincode ends");
                self.support.registry().deregister(&handler);
                handler.close();
            }
            State::Created(gate, _) => {
                tracing::warn!(reason, "a stream ends on which no chaincode registered");
                if let Gate::Dialled(chaincode) = gate {
                    let text = format!("connection to {chaincode} terminated");
                    self.support.registry().failed(&chaincode, text);
                }
            }
            State::Ended => {}
        }
    }
}

impl<S> Drop for Session<S> {
    fn drop(&mut self) {
        self.end("the connection was lost");
    }
}

fn register(
    support: &Arc<ChaincodeSupport>,
    sender: &UnboundedSender<ChaincodeMessage>,
    gate: &Gate,
    message: &ChaincodeMessage,
) -> Result<Arc<Handler>, String> {
    let refused = |Refusal { text, launch }| {
        if let Some(launch) = launch {
            support.registry().failed(&launch, text.clone());
        }
        text
    };
    let name = created::register(message, gate, support.access()).map_err(refused)?;
    let metrics = Arc::clone(&support.options().metrics);
    let handler = Arc::new(Handler::new(&name, metrics, sender.clone()));
    support
        .registry()
        .register(&handler)
        .inspect_err(|text| support.registry().failed(&name, text.clone()))?;
    Ok(handler)
}

/// As the peer's answer to a chaincode that dialled it.
impl<S: Stream<Item = Result<ChaincodeMessage, Status>> + Unpin> Stream for Session<S> {
    type Item = Result<ChaincodeMessage, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.advance(context)
            .map(|next| next.map(|message| message.map_err(Status::unknown)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SupportOptions;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Wake, Waker};
    use tokio::runtime::Builder;

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Sends a message while so many calls are under way: whether the stream is to be polled again, although nothing has
    /// come.
    fn looks(calls: usize) -> bool {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let _inside = runtime.enter();
        let options = SupportOptions::new("127.0.0.1:0", "Org1MSP");
        let support = ChaincodeSupport::new(options, runtime.handle().clone());
        let _under_way: Vec<_> = (0..calls).map(|_| support.calls().enter()).collect();
        let inbound = futures::stream::pending();
        let mut session = Session::new(Arc::clone(&support), inbound, Gate::Open);
        session.busy = BusyWait::new(2);
        session.sender.send(messages::registered()).unwrap();
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        assert!(session.poll(&mut context).is_ready());
        assert!(session.poll(&mut context).is_pending());
        woken.0.load(Ordering::Relaxed)
    }

    #[test]
    fn a_stream_looks_for_the_answer_while_one_call_is_under_way() {
        assert!(!looks(0), "nothing is waited for");
        assert!(looks(1));
        assert!(!looks(2), "the thread has other work");
    }
}
