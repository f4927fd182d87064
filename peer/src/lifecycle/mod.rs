//! How the organisations of a channel agree on chaincode: the system chaincode `_lifecycle`, and what its data means.
//!
//! Definitions are committed to public state; each organisation's approvals are in its implicit collection and compared
//! by hash. The layout, the encoding and the reads are Fabric's, because endorsers sign them. Nothing here runs
//! chaincode, and nothing outside decides what a name means.
//!
//! * [`invoke`] serves a call of `_lifecycle`.
//! * [`resolve`] turns a name into the package that this peer runs for it.
//! * [`committed`], [`collection`], [`DefinedCollections`], [`DefinedBlockToLive`], [`DefinedConfigs`] answer questions about definitions.

mod answer;
mod approvals;
mod approve;
mod call;
mod collections;
mod commit;
mod definition;
mod dispatch;
mod error;
mod exact;
mod history;
mod implicit;
mod indexes;
mod install;
mod installed;
mod invoke;
mod keys;
mod ledger_state;
mod legacy;
mod name;
mod policy;
mod query;
mod record;
mod resolve;
mod serializer;
mod state;
mod view;

#[cfg(test)]
mod tests;

pub use approvals::Approvals;
pub use call::LegacyState;
pub use collections::check_collections;
pub use definition::{Definition, Difference, Parameters, package_hash};
pub use error::{DefinitionError, Error, SequenceError};
pub use history::DefinedConfigs;
pub use implicit::{
    collection_of as implicit_collection_of, configuration as implicit_collection,
    organisation_of as implicit_organisation_of,
};
pub use indexes::deploy_indexes;
pub(crate) use indexes::index_files;
pub use install::InstallError;
pub use installed::InstalledIndex;
pub use invoke::{LifecycleCall, invoke};
pub use keys::{NAMESPACE, updated_chaincode};
pub use name::{is_chaincode_name, is_reserved, is_version};
pub use policy::{
    for_implicit_collection as implicit_collection_policy, for_namespace as namespace_policy,
};
pub use record::Record;
pub use resolve::{Approval, Local, ResolveError, Resolved, approval, committed_names, resolve};
pub use state::{Opaque, Readable, StateError};
pub use view::{
    DefinedBlockToLive, DefinedCollections, collection, committed, committed_collections,
    find as find_collection,
};
