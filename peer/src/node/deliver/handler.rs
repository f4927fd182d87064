use super::ahead::{Ahead, Sent, ahead};
use super::request::{Malformed, Request};
use super::seek::{Plan, plan};
use crate::node::{Clock, Closing};
use crate::operations::{DeliverMetrics, DeliverRequest};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use prost::Message as _;
use selvedge_identity::{SignedData, is_config_block};
use selvedge_protos::common::{Block, Envelope, Status};
use selvedge_protos::orderer::SeekInfo;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// A chain that can be read: a peer's ledger or an orderer's blocks.
pub(crate) trait Chain: Send + Sync + 'static {
    /// Number of blocks readers may see.
    fn height(&self) -> watch::Receiver<u64>;
    /// The first block that is there.
    fn first(&self) -> u64 {
        0
    }
    /// Serialized `common.Block`; the error is for the log.
    fn block(&self, number: u64) -> Result<Option<Bytes>, String>;
    fn config_sequence(&self) -> u64;
    /// When the creator's certificate ends; `None` where it has no end.
    fn expires_at(&self, creator: &Bytes) -> Option<SystemTime>;
    /// Whether the request satisfies the policy for readers; the error is for the log.
    fn authorize(&self, request: &SignedData) -> Result<(), String>;
}

/// One of the services: which chains it shows and in which form.
pub(crate) trait View: Send + Sync + 'static {
    type Response: Send + 'static;

    fn chain(&self, channel_id: &str) -> Option<Arc<dyn Chain>>;
    fn status(&self, status: Status) -> Self::Response;
    /// The error ends the stream.
    fn block(
        &self,
        channel_id: &str,
        block: Block,
        requester: &SignedData,
    ) -> Result<Self::Response, tonic::Status>;
}

/// What every request of a stream is judged by.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) clock: Clock,
    /// How far a request's timestamp may be from now.
    pub(crate) time_window: Duration,
    /// SHA-256 of the client's TLS certificate, where the server demands one.
    pub(crate) client_certificate: Option<Bytes>,
    /// Ends every stream, so that a server that stops does not wait for clients who read for ever.
    pub(crate) closing: Closing,
    pub(crate) meter: Option<Meter>,
}

/// Counts one service's streams.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    pub(crate) metrics: DeliverMetrics,
    pub(crate) filtered: bool,
    pub(crate) data_type: &'static str,
}

/// A request that is counted when it ends.
struct Metered {
    metrics: DeliverMetrics,
    request: DeliverRequest,
    success: bool,
}

impl Meter {
    fn received(&self, channel: &str) -> Metered {
        let request = DeliverRequest {
            channel: channel.to_owned(),
            filtered: self.filtered,
            data_type: self.data_type,
        };
        self.metrics.received(&request);
        Metered {
            metrics: self.metrics.clone(),
            request,
            success: false,
        }
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        self.metrics.completed(&self.request, self.success);
    }
}

type Answer<V> = Result<<V as View>::Response, tonic::Status>;

/// Serves one stream: requests one after the other, until one does not end in SUCCESS.
///
/// Fabric: common/deliver/deliver.go, Handle. `held` is dropped when the stream ends.
pub(crate) fn serve<V: View>(
    requests: impl Stream<Item = Result<Envelope, tonic::Status>> + Send + Unpin + 'static,
    view: Arc<V>,
    rules: Rules,
    held: impl Send + 'static,
) -> Sent<Answer<V>> {
    let (sender, receiver) = ahead();
    let closing = rules.closing.clone();
    let open = rules.meter.as_ref().map(|meter| meter.metrics.open());
    tokio::spawn(async move {
        let gone = sender.clone();
        tokio::select! {
            () = answer_all(requests, view, rules, sender) => {}
            () = gone.closed() => {}
            () = closing.closed() => {}
        }
        drop(held);
        drop(open);
    });
    receiver
}

async fn answer_all<V: View>(
    mut requests: impl Stream<Item = Result<Envelope, tonic::Status>> + Unpin,
    view: Arc<V>,
    rules: Rules,
    sender: Ahead<Answer<V>>,
) {
    while let Some(request) = requests.next().await {
        let Ok(envelope) = request else { return };
        let status = match answer(envelope, &*view, &rules, &sender).await {
            Ok(status) => status,
            Err(Ended::Client) => return,
            Err(Ended::Failed(error)) => {
                let _ = sender.send(Err(error), 0).await;
                return;
            }
        };
        if sender.send(Ok(view.status(status)), 0).await.is_err() || status != Status::Success {
            return;
        }
    }
}

/// A stream that ends without a status.
enum Ended {
    Client,
    Failed(tonic::Status),
}

async fn answer<V: View>(
    envelope: Envelope,
    view: &V,
    rules: &Rules,
    sender: &Ahead<Answer<V>>,
) -> Result<Status, Ended> {
    let (request, chain, mut metered, plan) = match admit(envelope, view, rules) {
        Ok(admitted) => admitted,
        Err(status) => return Ok(status),
    };
    let mut access = Access::new(&request, &*chain, &rules.clock);
    if access.check().is_err() {
        return Ok(Status::Forbidden);
    }
    let plan = match plan() {
        Ok(plan) => plan,
        Err(status) => return Ok(status),
    };
    let sending = Sending {
        request: &request,
        chain: &*chain,
        metered: metered.as_ref(),
    };
    let status = send_blocks(plan, sending, view, &mut access, sender).await;
    if let (Ok(Status::Success), Some(metered)) = (&status, &mut metered) {
        metered.success = true;
    }
    status
}

type Admitted<F> = (Request, Arc<dyn Chain>, Option<Metered>, F);

/// Everything that is checked before access is; the seek positions are read after it.
fn admit<V: View>(
    envelope: Envelope,
    view: &V,
    rules: &Rules,
) -> Result<Admitted<impl FnOnce() -> Result<Plan, Status>>, Status> {
    let malformed = |error: Malformed| {
        tracing::warn!(%error, "malformed deliver request");
        Status::BadRequest
    };
    let request = Request::parse(envelope).map_err(malformed)?;
    request
        .check_timestamp(rules.clock.now(), rules.time_window)
        .map_err(malformed)?;
    request
        .check_binding(rules.client_certificate.as_deref())
        .map_err(malformed)?;
    let chain = view.chain(&request.channel_id).ok_or(Status::NotFound)?;
    let meter = rules.meter.as_ref();
    let metered = meter.map(|meter| meter.received(&request.channel_id));
    let seek = SeekInfo::decode(request.seek.clone())
        .map_err(|_| malformed(Malformed::Unparsable("seek info")))?;
    let (height, first) = (chain.height(), chain.first());
    let plan = move || plan(&seek, *height.borrow(), first);
    Ok((request, chain, metered, plan))
}

/// The request that blocks are sent for.
struct Sending<'a> {
    request: &'a Request,
    chain: &'a dyn Chain,
    metered: Option<&'a Metered>,
}

async fn send_blocks<V: View>(
    plan: Plan,
    Sending {
        request,
        chain,
        metered,
    }: Sending<'_>,
    view: &V,
    access: &mut Access<'_>,
    sender: &Ahead<Answer<V>>,
) -> Result<Status, Ended> {
    let mut height = chain.height();
    let mut number = plan.start;
    loop {
        if plan.fail_if_not_ready && number >= *height.borrow() {
            return Ok(Status::NotFound);
        }
        if height.wait_for(|height| *height > number).await.is_err() {
            return Ok(Status::ServiceUnavailable);
        }
        let Some((mut block, size)) = read(chain, number) else {
            return Ok(Status::ServiceUnavailable);
        };
        if access.check().is_err() {
            return Ok(Status::Forbidden);
        }
        if plan.headers_only && !is_config_block(&block) {
            block.data = None;
        }
        let response = view
            .block(&request.channel_id, block, &request.signed)
            .map_err(Ended::Failed)?;
        sender
            .send(Ok(response), size)
            .await
            .map_err(|_| Ended::Client)?;
        if let Some(metered) = metered {
            metered.metrics.sent(&metered.request);
        }
        if number == plan.stop {
            return Ok(Status::Success);
        }
        number = number.saturating_add(1);
    }
}

/// A block and its size in bytes.
fn read(chain: &dyn Chain, number: u64) -> Option<(Block, usize)> {
    let bytes = chain.block(number).unwrap_or_else(|error| {
        tracing::error!(number, error, "reading a block");
        None
    })?;
    let size = bytes.len();
    Some((Block::decode(bytes).ok()?, size))
}

/// Access is decided once and again whenever the configuration or the clock may have changed it.
///
/// Fabric: common/deliver/acl.go.
struct Access<'a> {
    request: &'a Request,
    chain: &'a dyn Chain,
    clock: &'a Clock,
    ends: Option<SystemTime>,
    granted_at: Option<u64>,
}

struct Denied;

impl<'a> Access<'a> {
    fn new(request: &'a Request, chain: &'a dyn Chain, clock: &'a Clock) -> Self {
        let ends = chain.expires_at(&request.signed.identity);
        Self {
            request,
            chain,
            clock,
            ends,
            granted_at: None,
        }
    }

    fn check(&mut self) -> Result<(), Denied> {
        let channel = &self.request.channel_id;
        if self.ends.is_some_and(|ends| self.clock.now() > ends) {
            tracing::warn!(channel, "deliver client identity expired");
            return Err(Denied);
        }
        let sequence = self.chain.config_sequence();
        if self.granted_at.is_none_or(|granted| sequence > granted) {
            self.chain
                .authorize(&self.request.signed)
                .map_err(|error| {
                    tracing::warn!(channel, error, "deliver client is not authorized");
                    Denied
                })?;
            self.granted_at = Some(sequence);
        }
        Ok(())
    }
}
