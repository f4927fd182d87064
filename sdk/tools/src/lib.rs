//! What can be said of a contract without running it: its interface, as the metadata of contract-api tells it.
//!
//! * [`Interface`] reads that metadata, [`read_section`] finds it in a Wasm file and [`embed_section`] puts it there.
//! * [`arguments`] turns command-line flags into the arguments of a transaction.
//! * [`compare`] tells what changed between two versions, and for whom it breaks.
//! * [`typescript`] writes a typed client for the Gateway library of Node, [`rust`] one for contracts that call this one.
//! * [`sizes`] tells what makes a component as large as it is, [`strip_symbols`] takes the names from its module.
//! * [`inspect`] lists what a module does that an author may want to know before a peer does, [`review`] what its
//!   interface allows.

mod advice;
mod arguments;
mod compare;
mod compare_declared;
mod inspect;
mod interface;
mod review;
mod rust;
mod rust_names;
mod section;
mod shape;
mod sizes;
mod strip;
mod typescript;

pub use advice::Advice;
pub use arguments::{FlagError, arguments, help};
pub use compare::{Difference, Weight, compare};
pub use inspect::{Finding, InspectError, inspect};
pub use interface::{Contract, Interface, InterfaceError, Parameter, Table, Transaction};
pub use review::review;
pub use rust::rust;
pub use section::{SECTION, SectionError, embed_section, read_section};
pub use shape::{Field, Object, Shape};
pub use sizes::{Part, Sizes, SizesError, sizes};
pub use strip::strip_symbols;
pub use typescript::typescript;
