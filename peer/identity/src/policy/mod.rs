//! Policies: which signatures are enough.
//!
//! Evaluation follows Fabric step by step, because it is greedy and order decides: see [`Policy`]. Policy expressions
//! are read with the error texts of the expression library that Fabric uses.

mod builders;
mod convert;
mod dsl;
mod error;
mod evaluate;
mod implicit;
mod policy_set;
mod render;
mod signed_data;
mod tree;

pub use builders::{
    accept_all, any_member_of, member_of, members, reject_all, role_principal, signed_by_any,
};
pub use dsl::{PolicyParseError, policy_from_string};
pub use error::PolicyError;
pub use implicit::{implicit_meta_from_string, implicit_meta_to_string};
pub use policy_set::Policy;
pub use render::policy_to_string;
pub use signed_data::{SignedData, valid_identities};

pub(crate) use tree::PolicyTree;
