use super::{Result, SimulationError, Simulator};
use bytes::Bytes;
use selvedge_interface::MetadataEntry;
use sha2::{Digest, Sha256};

/// The outcome of a simulation, in the bytes that endorsers sign.
#[derive(Clone, Debug, Default)]
pub struct SimulationResults {
    /// Serialized `rwset.TxReadWriteSet`.
    pub public: Bytes,
    /// Serialized `rwset.TxPvtReadWriteSet`; `None` when nothing private was written.
    pub private: Option<Bytes>,
    /// Every key written, with the metadata it has in the ledger: whose key-level policies the transaction must satisfy.
    pub written: Vec<WrittenKey>,
    /// (namespace, collection) whose values were read in clear, sorted.
    pub private_reads: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenKey {
    pub namespace: String,
    /// Empty: public.
    pub collection: String,
    pub key: String,
    pub metadata: Vec<MetadataEntry>,
}

impl Simulator {
    /// Once only; nothing recorded afterwards counts.
    pub fn results(&mut self) -> Result<SimulationResults> {
        if self.results_taken {
            return Err(SimulationError::ResultsTaken);
        }
        self.results_taken = true;
        for scan in &mut self.scans {
            if let Some(recorder) = scan.take_recorder() {
                let (namespace, info) = recorder.finish();
                self.builder.range(&namespace, info);
            }
        }
        let written = self.written_keys()?;
        let built = std::mem::take(&mut self.builder).build();
        Ok(SimulationResults {
            public: built.public,
            private: built.private,
            written,
            private_reads: self.private_reads.iter().cloned().collect(),
        })
    }

    fn written_keys(&self) -> Result<Vec<WrittenKey>> {
        let mut out = Vec::new();
        for (namespace, collection, key) in self.builder.written() {
            let metadata = if collection.is_empty() {
                self.snapshot.metadata(namespace, key)?
            } else {
                self.snapshot
                    .private_metadata(namespace, collection, &Sha256::digest(key))?
            };
            out.push(WrittenKey {
                namespace: namespace.to_owned(),
                collection: collection.to_owned(),
                key: key.to_owned(),
                metadata,
            });
        }
        Ok(out)
    }
}
