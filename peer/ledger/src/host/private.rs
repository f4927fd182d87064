//! What Fabric's handler asks before it lets a chaincode at private data or key metadata.

use super::adapter::{Cause, TransactionHost};
use super::{Access, Outside};
use crate::Simulator;
use selvedge_interface::{MetadataEntry, Space};

impl<O: Outside> TransactionHost<O> {
    pub(super) fn not_in_init(&self) -> Result<(), Cause> {
        if self.options.is_init {
            return Err(Cause::Other(
                "private data APIs are not allowed in chaincode Init()".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn may_read(
        &mut self,
        simulator: &mut Simulator,
        collection: &str,
    ) -> Result<(), Cause> {
        let access = self.permission(simulator, collection)?;
        if access.read {
            Ok(())
        } else {
            Err(self.denied("read", collection))
        }
    }

    pub(super) fn may_write(
        &mut self,
        simulator: &mut Simulator,
        collection: &str,
    ) -> Result<(), Cause> {
        let access = self.permission(simulator, collection)?;
        if access.write {
            Ok(())
        } else {
            Err(self.denied("write", collection))
        }
    }

    pub(super) fn metadata_allowed(&self) -> Result<(), Cause> {
        if self.options.key_metadata {
            return Ok(());
        }
        let cause = "key level endorsement is not enabled, channel application capability of V1_3 or later is required";
        Err(Cause::Other(cause.to_owned()))
    }

    pub(super) fn put_metadata(
        &mut self,
        simulator: &mut Simulator,
        space: Space<'_>,
        key: &str,
        entry: MetadataEntry,
    ) -> Result<(), Cause> {
        self.metadata_allowed()?;
        match space {
            Space::Public => simulator.put_metadata(&self.namespace, key, vec![entry]),
            Space::Private(collection) => {
                self.may_write(simulator, collection)?;
                simulator.put_private_metadata(&self.namespace, collection, key, vec![entry])
            }
        }
    }

    pub(super) fn purge(
        &mut self,
        simulator: &mut Simulator,
        space: Space<'_>,
        key: &str,
    ) -> Result<(), Cause> {
        if !self.options.purge {
            let cause = "purge private data is not enabled, channel application capability of V2_5 or later is required";
            return Err(Cause::Other(cause.to_owned()));
        }
        let Space::Private(collection) = space else {
            return Err(Cause::Other("only applicable for private data".to_owned()));
        };
        self.may_write(simulator, collection)?;
        simulator.purge_private(&self.namespace, collection, key)
    }

    fn permission(&mut self, simulator: &mut Simulator, collection: &str) -> Result<Access, Cause> {
        self.not_in_init()?;
        if let Some(access) = self.access.get(collection) {
            return Ok(*access);
        }
        let access = self
            .outside
            .access(simulator, &self.namespace, collection)
            .map_err(Cause::Other)?;
        self.access.insert(collection.to_owned(), access);
        Ok(access)
    }

    fn denied(&self, what: &str, collection: &str) -> Cause {
        Cause::Other(format!(
            "tx creator does not have {what} access permission on privatedata in chaincodeName:{} collectionName: {collection}",
            self.namespace
        ))
    }
}
