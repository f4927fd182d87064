use super::{Result, Simulator};
use crate::store::decode_metadata;
use bytes::Bytes;
use selvedge_interface::MetadataEntry;

impl Simulator {
    pub fn get(&mut self, namespace: &str, key: &str) -> Result<Option<Bytes>> {
        self.check_open()?;
        self.check_key(key)?;
        let found = self.snapshot.get(namespace, key)?;
        self.builder
            .read(namespace, key, found.as_ref().map(|found| found.version));
        Ok(found.map(|found| self.shown(found.value)))
    }

    /// Recorded as a read of the key.
    pub fn get_metadata(&mut self, namespace: &str, key: &str) -> Result<Vec<MetadataEntry>> {
        self.check_open()?;
        self.check_key(key)?;
        let found = self.snapshot.get(namespace, key)?;
        self.builder
            .read(namespace, key, found.as_ref().map(|found| found.version));
        Ok(found
            .map(|found| decode_metadata(&found.metadata))
            .transpose()?
            .unwrap_or_default())
    }

    /// An empty value deletes. The last write of a key counts.
    pub fn put(&mut self, namespace: &str, key: &str, value: Bytes) -> Result<()> {
        self.before_write(key, &value)?;
        self.builder.write(namespace, key, value);
        Ok(())
    }

    pub fn delete(&mut self, namespace: &str, key: &str) -> Result<()> {
        self.put(namespace, key, Bytes::new())
    }

    /// Replaces all metadata of the key; none removes it. No read is recorded.
    pub fn put_metadata(
        &mut self,
        namespace: &str,
        key: &str,
        entries: Vec<MetadataEntry>,
    ) -> Result<()> {
        self.before_write(key, &[])?;
        self.builder.metadata_write(namespace, key, entries);
        Ok(())
    }
}
