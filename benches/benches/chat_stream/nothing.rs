//! A host that answers at once: what the ledger costs is measured elsewhere.

use bytes::Bytes;
use selvedge_interface::{
    Change, Cursor, Host, HostResult, Level, MetadataEntry, Modifications, Page, PageRequest,
    Response, Scan, Selection, Space, Transaction, Write,
};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) struct Nothing {
    transaction: Transaction,
    value: Bytes,
}

impl Nothing {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let tx_id = format!("{:064x}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self {
            transaction: Transaction {
                tx_id,
                channel_id: "bench".to_owned(),
                ..Transaction::default()
            },
            value: Bytes::from_static(&[b'v'; 100]),
        }
    }
}

impl Host for Nothing {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    fn get_state(&mut self, _: Space<'_>, _: &str) -> HostResult<Option<Bytes>> {
        Ok(Some(self.value.clone()))
    }

    fn get_multiple_states(
        &mut self,
        _: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        Ok(vec![Some(self.value.clone()); keys.len()])
    }

    fn get_private_data_hash(&mut self, _: &str, _: &str) -> HostResult<Option<Bytes>> {
        Ok(None)
    }

    fn write(&mut self, _: Space<'_>, _: &str, _: Change) -> HostResult<()> {
        Ok(())
    }

    fn write_batch(&mut self, _: Vec<Write>) -> HostResult<()> {
        Ok(())
    }

    fn get_state_metadata(&mut self, _: Space<'_>, _: &str) -> HostResult<Vec<MetadataEntry>> {
        Ok(Vec::new())
    }

    fn open(&mut self, _: Selection<'_>) -> HostResult<Scan> {
        Ok(Scan::default())
    }

    fn page(&mut self, _: Selection<'_>, _: PageRequest<'_>) -> HostResult<Page> {
        Ok(Page::default())
    }

    fn history(&mut self, _: &str) -> HostResult<Modifications> {
        Ok(Modifications::default())
    }

    fn next(&mut self, _: Cursor) -> HostResult<Scan> {
        Ok(Scan::default())
    }

    fn next_modifications(&mut self, _: Cursor) -> HostResult<Modifications> {
        Ok(Modifications::default())
    }

    fn close(&mut self, _: Cursor) {}

    fn invoke_chaincode(&mut self, _: &str, _: &str, _: Vec<Bytes>) -> Response {
        Response::error("there is no other chaincode")
    }

    fn set_event(&mut self, _: &str, _: Bytes) {}

    fn log(&mut self, _: Level, _: &str) {}
}
