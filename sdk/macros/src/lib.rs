//! The macros of `selvedge-sdk`, re-exported there. They emit paths into `::selvedge_sdk`.

#![warn(missing_docs)]

mod casing;
mod contract;
mod derive_error;
mod derive_event;
mod derive_key;
mod derive_schema;
mod doc;
mod serde_names;
mod transaction;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

/// Makes a contract of an impl block.
///
/// On the block: `#[contract]` or `#[contract(name = "asset", version = "1.0")]`; the name is the type's and the version
/// the crate's unless given. The type implements `Default`.
///
/// On its functions:
/// * `#[transaction]`: callable by clients, as the function's name in PascalCase or `#[transaction(name = "…")]`. Takes
///   `&self`, then `&Tx`, `&Query` or `&View`, then arguments; returns a value or a `Result`. The context decides
///   whether it may write, and the tag in the metadata.
/// * `#[before]`: runs before each transaction and may refuse it: `fn(&self, &View, &Call) -> Result<(), E>`.
/// * `#[after]`: runs after each transaction that succeeded, with the same signature.
/// * `#[unknown]`: answers calls to functions that do not exist, with the same parameters and any result.
///
/// Doc comments become descriptions in the metadata.
#[proc_macro_attribute]
pub fn contract(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = parse_macro_input!(args as contract::Args);
    let block = parse_macro_input!(item as ItemImpl);
    contract::expand(&args, block)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Implements `ContractError`, `Display` and `Error` for an enum or struct.
///
/// `#[status(404, "the asset {0} does not exist")]` on each variant gives the status and the text, in the syntax of
/// `format!` with the variant's fields. `#[transparent]` on a variant with one field passes that error on. `#[from]` on
/// the one field of a variant makes `?` convert into it.
#[proc_macro_derive(ContractError, attributes(status, transparent, from))]
pub fn contract_error(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    derive_error::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Implements `Event`: the name is the type's, or that of `#[event(name = "…")]`.
#[proc_macro_derive(Event, attributes(event))]
pub fn event(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    derive_event::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Implements `Key`: the fields of a struct are its parts, in order; a field-less enum is one part that sorts in the
/// order of declaration.
#[proc_macro_derive(Key)]
pub fn key(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    derive_key::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Implements `Schema` and makes the type an argument, a result and part of others, as JSON. Follows `serde`'s
/// `rename`, `rename_all`, `skip`, `default` and `transparent`; a newtype travels as what it wraps.
#[proc_macro_derive(Schema)]
pub fn schema(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    derive_schema::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
