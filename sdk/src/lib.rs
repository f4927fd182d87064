//! Write Hyperledger Fabric chaincode in Rust.
//!
//! ```
//! use selvedge_sdk::prelude::*;
//!
//! const GREETINGS: Records<String, String> = Records::plain();
//!
//! #[derive(Default)]
//! pub struct Greeter;
//!
//! #[contract]
//! impl Greeter {
//!     /// Writes, because it takes a `Tx`.
//!     #[transaction]
//!     pub fn greet(&self, tx: &Tx, name: String, text: String) -> Result<(), SdkError> {
//!         GREETINGS.put(tx, &name, &text)
//!     }
//!
//!     /// Only reads, because it takes a `Query`.
//!     #[transaction]
//!     pub fn greeting(&self, query: &Query, name: String) -> Result<Option<String>, SdkError> {
//!         GREETINGS.get(query, &name)
//!     }
//! }
//!
//! chaincode!(Greeter);
//! # fn main() {}
//! ```
//!
//! The same source becomes a WebAssembly component for the peer and an ordinary function for tests; nothing in it says
//! which. What a transaction may do follows from the context it asks for: [`Tx`] writes, [`Query`] reads and pages,
//! [`View`] reads. A writing call in a transaction that takes a [`Query`] does not compile:
//! ```compile_fail
//! # use selvedge_sdk::prelude::*;
//! # const GREETINGS: Records<String, String> = Records::plain();
//! fn greeting(query: &Query, name: String) -> Result<(), SdkError> {
//!     GREETINGS.put(query, &name, &"hello".to_owned()) // expected `&Tx`, found `&Query`
//! }
//! ```

#![warn(missing_docs)]

mod chaincode;
mod context;
mod contract;
mod crypto;
mod error;
mod event;
#[cfg(any(target_arch = "wasm32", test))]
mod heap;
mod identity;
mod log;
mod metadata;
pub mod prelude;
pub mod raw;
mod remote;
mod route;
mod state;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;
mod wire;

pub use chaincode::Chaincode;
pub use context::{Context, Query, Tx, View};
pub use contract::{
    Call, Condition, Contract, Descriptor, Dialect, EventInfo, Parameter, Transaction,
};
pub use crypto::sha256;
pub use error::{ContractError, ErrorForm, Errors, SdkError};
pub use event::{Event, Events};
pub use identity::Client;
pub use remote::{Remote, RemoteQuery};
pub use selvedge_interface::{Bytes, Host, HostError, Input, Level, Response};
pub use selvedge_sdk_macros::{ContractError, Event, Key, Schema};
pub use selvedge_sdk_macros::{after, before, contract, transaction, unknown};
pub use state::{
    Change, Changes, Entries, Find, Implicit, Index, Key, KeyRange, KeyReader, KeyWriter, Layout,
    Overlaid, Overlay, Page, PageOf, Prefix, Private,
};
pub use state::{Records, Rows, ToKey, endorsed_by_all};
pub use wire::{
    Arg, ArgList, Components, Element, Fields, Json, Outcome, Reply, Schema, Time, ToArg,
};
pub use wire::{JsonError, from_json, to_json};

#[doc(hidden)]
pub use chaincode::{assert_distinct, run_program};
#[doc(hidden)]
pub use contract::{Entry, generated};
#[doc(hidden)]
pub use route::run_contracts;
#[doc(hidden)]
pub use serde_json;
#[doc(hidden)]
pub use state::assert_disjoint;

/// Exports the component's `invoke` where there is a component.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_component {
    ($chaincode:ident) => {
        const _: () = {
            struct Component;

            impl $crate::wasm::Guest for Component {
                fn invoke(
                    args: ::std::vec::Vec<::std::vec::Vec<u8>>,
                    is_init: bool,
                ) -> $crate::wasm::WireResponse {
                    $crate::wasm::invoke(&$chaincode, args, is_init)
                }
            }

    $crate::wasm::export!(Component with_types_in $crate::wasm::bindings);
        };
    };
}

/// Elsewhere there is nothing to export.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_component {
    ($chaincode:ident) => {};
}
