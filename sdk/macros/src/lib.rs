//! The macros of `selvedge-sdk`, re-exported there. They emit paths into `::selvedge_sdk`.

#![warn(missing_docs)]

mod attributes;
mod casing;
mod contract;
mod derive_error;
mod derive_event;
mod derive_key;
mod derive_schema;
mod dialect;
mod doc;
mod error_data;
mod every_runtime;
mod guard;
mod hooks;
mod message;
mod serde_names;
mod signature;
mod transaction;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, ItemImpl, parse_macro_input};

/// Makes a contract of an impl block.
///
/// On the block: `#[contract]`, or with any of these, in any order:
/// * `name = "asset"`: what stands before the colon of a call; the type's name unless given.
/// * `version = "1.0"`: in the metadata; the crate's unless given. Any constant expression of type `&str`.
/// * `dialect = "strict"`, `"go"`, `"node"` or `"java"`: whose conventions the wire follows; see `Dialect`.
/// * `errors = "text"` or `"json"`: the form of error messages; see `ErrorForm`.
/// * `allow(msp("Org1MSP", "Org2MSP"), unit("admin"), attr("role" = "appraiser"))`: who may call any of its functions.
///   Everything that is given must hold; others are answered 403. An attribute without a value, `attr("role")`, may have
///   any; `attr("role" = ["a", "b"])` takes either.
/// * `events(AssetTransferred)`: the events it emits, for the metadata. Each has a schema.
/// * `state(ASSETS, BY_OWNER)`: the tables it keeps records in, for the metadata. Two that would keep them under the same
///   keys do not compile.
///
/// On its functions:
/// * `#[transaction]`: callable by clients, as the function's name in PascalCase (camelCase in the dialects `node` and
///   `java`) or `#[transaction(name = "…")]`. Takes `&self`, then `&Tx`, `&Query` or `&View`, then arguments; returns a
///   value or a `Result`. The context decides whether it may write, and the tag in the metadata.
///   `#[transaction(allow(…))]` says who may call it, beyond what the contract asks for.
/// * `#[before]`: runs before each transaction and may refuse it: `fn(&self, &View, &Call) -> Result<(), E>`.
/// * `#[after]`: runs after each transaction that succeeded, with the same signature, or with `&Bytes`, the payload, as
///   a fourth parameter.
/// * `#[unknown]`: answers calls to functions that do not exist, with the same parameters and any result.
///
/// Doc comments become descriptions in the metadata. The type implements `Default`.
#[proc_macro_attribute]
pub fn contract(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = parse_macro_input!(args as attributes::ContractArgs);
    let block = parse_macro_input!(item as ItemImpl);
    contract::expand(&args, block)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// A function that clients call; see [`macro@contract`], which reads it.
#[proc_macro_attribute]
pub fn transaction(_: TokenStream, item: TokenStream) -> TokenStream {
    outside(item)
}

/// A function that runs before every transaction; see [`macro@contract`], which reads it.
#[proc_macro_attribute]
pub fn before(_: TokenStream, item: TokenStream) -> TokenStream {
    outside(item)
}

/// A function that runs after every transaction that succeeded; see [`macro@contract`], which reads it.
#[proc_macro_attribute]
pub fn after(_: TokenStream, item: TokenStream) -> TokenStream {
    outside(item)
}

/// A function that answers calls to functions that do not exist; see [`macro@contract`], which reads it.
#[proc_macro_attribute]
pub fn unknown(_: TokenStream, item: TokenStream) -> TokenStream {
    outside(item)
}

/// `#[contract]` removes the attributes of its functions: what is left stands in the wrong place.
fn outside(item: TokenStream) -> TokenStream {
    let error = syn::Error::new(proc_macro2::Span::call_site(), message::OUTSIDE);
    let mut tokens: TokenStream = error.into_compile_error().into();
    tokens.extend(item);
    tokens
}

/// Implements `ContractError`, `Display` and `Error` for an enum or struct.
///
/// `#[status(404, "the asset {0} does not exist")]` on each variant gives the status and the text, in the syntax of
/// `format!` with the variant's fields. `#[transparent]` on a variant with one field passes that error on. `#[from]` on
/// the one field of a variant makes `?` convert into it. The variant's name is the error's code; its fields are the data.
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

/// A test of a chaincode on every runtime: as a native function, as a component and, when `SELVEDGE_TEST` asks for it,
/// over Fabric's chat stream. Each runs the body on a network of its own, and the test fails if one of them answers,
/// reads, writes, emits or logs anything else than the first. Exported by `selvedge-testkit`.
///
/// `#[selvedge_testkit::test(CHAINCODE)]`, with `name = "basic"` for another name than the crate's, and
/// `organisations = ["Org1MSP", "Org2MSP"]` for a network of organisations; on a function that takes `&Network` and
/// `&Deployed`.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = parse_macro_input!(args as every_runtime::Args);
    let body = parse_macro_input!(item as ItemFn);
    every_runtime::expand(&args, body)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
