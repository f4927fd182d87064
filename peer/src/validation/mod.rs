//! Judges the transactions of a block before it is committed.
//!
//! Everything but conflicts between read sets, which the ledger finds: form, signatures, transaction IDs, the policies
//! of chaincodes, collections and keys, and configuration. It changes nothing and never panics, whatever a block
//! holds. The codes are those Go peers write, because blocks carry them and their commit hashes cover them.

mod ahead;
mod block;
mod dependencies;
mod dispatch;
mod endorsement;
mod explain;
mod fault;
mod faults;
mod parsed;
mod policies;
mod transaction;
mod v14;
mod world;
mod writes;

pub use ahead::look_ahead;
pub use block::{Examined, Validated, validate};
pub use dispatch::{named_private_sets, private_sets};
pub use explain::{Explanation, explain};
pub use fault::ValidationError;
pub use parsed::compute_tx_id;
pub use world::World;
pub use writes::PrivateSet;
