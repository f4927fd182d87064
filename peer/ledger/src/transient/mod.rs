//! Private data between endorsement and commit.

mod error;
mod keys;
mod store;

pub use error::TransientError;
pub use store::{TransientChannel, TransientEntry, TransientStore};
