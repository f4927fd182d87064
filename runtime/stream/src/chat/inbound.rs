use futures::Stream;
use selvedge_protos::protos::ChaincodeMessage;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use tonic::{Status, Streaming};

/// The stream from a chaincode that the peer dialled: it exists once the chaincode has answered the call, while the
/// stream to it has to be given with the call.
pub(crate) enum Later {
    Waiting(oneshot::Receiver<Streaming<ChaincodeMessage>>),
    Open(Box<Streaming<ChaincodeMessage>>),
    /// The call failed.
    Gone,
}

impl Stream for Later {
    type Item = Result<ChaincodeMessage, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut *self {
                Self::Waiting(answer) => match Pin::new(answer).poll(context) {
                    Poll::Ready(Ok(stream)) => *self = Self::Open(Box::new(stream)),
                    Poll::Ready(Err(_)) => *self = Self::Gone,
                    Poll::Pending => return Poll::Pending,
                },
                Self::Open(stream) => return Pin::new(&mut **stream).poll_next(context),
                Self::Gone => return Poll::Ready(None),
            }
        }
    }
}
