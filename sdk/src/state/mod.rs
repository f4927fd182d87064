//! State declared as constants: which keys exist, what they hold, and who may touch them when.

mod endorsement;
mod find;
mod history;
mod implicit;
mod index;
mod key;
mod layout;
mod names;
mod overlay;
mod page;
mod private;
mod range;
mod records;
mod rows;
mod table;

pub use endorsement::endorsed_by_all;
pub use find::Find;
pub use history::{Change, Changes};
pub use implicit::Implicit;
pub use index::{Entries, Index};
pub use key::{Key, KeyReader, KeyWriter, Prefix, ToKey};
pub use layout::{Layout, assert_disjoint};
pub use overlay::{Overlaid, Overlay};
pub use page::{Page, PageOf};
pub use private::Private;
pub use range::KeyRange;
pub use records::Records;
pub use rows::Rows;
