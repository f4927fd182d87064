use parking_lot::Mutex;
use selvedge_gossip::{Handler, Requester};
use selvedge_protos::gossip::{Payload, PrivatePayload, PvtDataDigest, PvtDataElement};
use std::collections::BTreeMap;

/// Where the private data of a peer lies.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) kept: Mutex<Vec<PrivatePayload>>,
    /// By transaction: what it is, and the organisation that may have it.
    pub(crate) shelf: Mutex<BTreeMap<String, (String, bytes::Bytes)>>,
    /// What it says to whoever brings something.
    pub(crate) refuses: Mutex<Option<String>>,
    pub(crate) blocks: Mutex<BTreeMap<u64, bytes::Bytes>>,
}

impl Handler for Desk {
    fn keep(&self, _: &str, data: PrivatePayload, _: &Requester) -> Result<(), String> {
        if let Some(refusal) = self.refuses.lock().clone() {
            return Err(refusal);
        }
        self.kept.lock().push(data);
        Ok(())
    }

    fn find(
        &self,
        _: &str,
        digests: Vec<PvtDataDigest>,
        requester: &Requester,
    ) -> Vec<PvtDataElement> {
        let shelf = self.shelf.lock();
        let found = digests.into_iter().filter_map(|digest| {
            let (msp_id, data) = shelf.get(&digest.tx_id)?;
            (*msp_id == requester.msp_id).then(|| PvtDataElement {
                digest: Some(digest),
                payload: vec![data.clone()],
            })
        });
        found.collect()
    }

    fn blocks(&self, _: &str, first: u64, last: u64, _: &Requester) -> Vec<Payload> {
        let blocks = self.blocks.lock();
        let found = blocks.range(first..=last).map(|(number, data)| Payload {
            seq_num: *number,
            data: data.clone(),
            private_data: Vec::new(),
        });
        found.collect()
    }
}
