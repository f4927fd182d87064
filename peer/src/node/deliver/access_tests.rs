//! What becomes of a stream whose reader loses access while it waits. Fabric: common/deliver/acl.go.

use super::{Chain, Rules, View, serve};
use crate::node::{Clock, Close, Closing};
use bytes::Bytes;
use futures::StreamExt as _;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_protos::common::{
    Block, BlockHeader, ChannelHeader, Envelope, Header, Payload, Status,
};
use selvedge_protos::orderer::{SeekInfo, SeekPosition, SeekSpecified, seek_position::Type};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// A chain whose readers have one certificate, which ends an hour after the epoch.
#[derive(Clone)]
struct Blocks {
    height: Arc<watch::Sender<u64>>,
    sequence: Arc<AtomicU64>,
    allowed: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    seconds: Arc<AtomicU64>,
}

impl Chain for Blocks {
    fn height(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    fn block(&self, number: u64) -> Result<Option<Bytes>, String> {
        let header = BlockHeader {
            number,
            ..BlockHeader::default()
        };
        let block = Block {
            header: Some(header),
            ..Block::default()
        };
        Ok(Some(block.encode_to_vec().into()))
    }

    fn config_sequence(&self) -> u64 {
        self.sequence.load(Ordering::SeqCst)
    }

    fn expires_at(&self, _: &Bytes) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(3600))
    }

    fn authorize(&self, _: &SignedData) -> Result<(), String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let allowed = self.allowed.load(Ordering::SeqCst);
        allowed.then_some(()).ok_or_else(|| "no reader".to_owned())
    }
}

impl View for Blocks {
    type Response = String;

    fn chain(&self, _: &str) -> Option<Arc<dyn Chain>> {
        Some(Arc::new(self.clone()))
    }

    fn status(&self, status: Status) -> String {
        status.as_str_name().to_owned()
    }

    fn block(&self, _: &str, block: Block, _: &SignedData) -> Result<String, tonic::Status> {
        Ok(block.header.unwrap().number.to_string())
    }
}

impl Blocks {
    fn new() -> Self {
        Self {
            height: Arc::new(watch::Sender::new(1)),
            sequence: Arc::default(),
            allowed: Arc::new(AtomicBool::new(true)),
            asked: Arc::default(),
            seconds: Arc::default(),
        }
    }

    /// What a reader is sent that asks for everything from the first block on.
    fn read(&self, closing: &Closing) -> super::Sent<Result<String, tonic::Status>> {
        let at = |number| {
            let r#type = Some(Type::Specified(SeekSpecified { number }));
            Some(SeekPosition { r#type })
        };
        let seek = SeekInfo {
            start: at(0),
            stop: at(u64::MAX),
            ..SeekInfo::default()
        };
        let channel = ChannelHeader {
            timestamp: Some(prost_types::Timestamp::default()),
            ..ChannelHeader::default()
        };
        let payload = Payload {
            header: Some(Header {
                channel_header: channel.encode_to_vec().into(),
                ..Header::default()
            }),
            data: seek.encode_to_vec().into(),
        };
        let envelope = Envelope {
            payload: payload.encode_to_vec().into(),
            signature: Bytes::new(),
        };
        let seconds = Arc::clone(&self.seconds);
        let now = move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst));
        let rules = Rules {
            clock: Clock::from_fn(now),
            time_window: Duration::from_secs(60),
            client_certificate: None,
            closing: closing.clone(),
            meter: None,
        };
        let requests = futures::stream::iter([Ok(envelope)]).chain(futures::stream::pending());
        serve(requests, Arc::new(self.clone()), rules, ())
    }

    fn grows(&self) {
        self.height.send_modify(|height| *height += 1);
    }
}

#[tokio::test]
async fn a_certificate_that_ends_ends_the_stream_with_the_next_block() {
    let (blocks, (_close, closing)) = (Blocks::new(), Close::new());
    let mut stream = blocks.read(&closing);
    assert_eq!(stream.next().await.unwrap().unwrap(), "0");
    blocks.seconds.store(3600, Ordering::SeqCst);
    blocks.grows();
    assert_eq!(stream.next().await.unwrap().unwrap(), "1");
    blocks.seconds.store(3601, Ordering::SeqCst);
    blocks.grows();
    assert_eq!(stream.next().await.unwrap().unwrap(), "FORBIDDEN");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn access_is_looked_at_again_when_the_configuration_has_changed_and_not_before() {
    let (blocks, (_close, closing)) = (Blocks::new(), Close::new());
    let mut stream = blocks.read(&closing);
    assert_eq!(stream.next().await.unwrap().unwrap(), "0");
    let asked = || blocks.asked.load(Ordering::SeqCst);
    assert_eq!(asked(), 1);
    blocks.grows();
    assert_eq!(stream.next().await.unwrap().unwrap(), "1");
    assert_eq!(asked(), 1);
    blocks.sequence.store(1, Ordering::SeqCst);
    blocks.grows();
    assert_eq!(stream.next().await.unwrap().unwrap(), "2");
    assert_eq!(asked(), 2);
    blocks.allowed.store(false, Ordering::SeqCst);
    blocks.grows();
    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        "3",
        "decided until it changes"
    );
    blocks.sequence.store(2, Ordering::SeqCst);
    blocks.grows();
    assert_eq!(stream.next().await.unwrap().unwrap(), "FORBIDDEN");
    assert!(stream.next().await.is_none());
}
