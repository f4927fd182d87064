//! What programs see of an error: its code, its fields as JSON, and both in the metadata.

use crate::casing::camel;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Fields, Ident, LitInt, LitStr, Type};

/// The arms of one variant, or of the struct.
pub(crate) struct Shape {
    pub(crate) code: TokenStream,
    pub(crate) data: TokenStream,
    pub(crate) description: TokenStream,
}

pub(crate) fn spelt(
    path: &TokenStream,
    name: &Ident,
    status: &LitInt,
    text: &LitStr,
    fields: &Fields,
) -> Shape {
    let code = name.to_string();
    Shape {
        code: quote!(#path { .. } => #code,),
        data: data(path, fields),
        description: quote!(errors.add(#code, #status, #text);),
    }
}

pub(crate) fn passed_on(path: &TokenStream, member: &TokenStream, inner: &Type) -> Shape {
    Shape {
        code: quote!(#path { #member: inner } => ::selvedge_sdk::ContractError::code(inner),),
        data: quote!(#path { #member: inner } => ::selvedge_sdk::ContractError::data(inner),),
        description: quote!(<#inner as ::selvedge_sdk::ContractError>::describe(errors);),
    }
}

/// Named fields are an object, others a list. A field that is not JSON is null: not every error is made for programs.
fn data(path: &TokenStream, fields: &Fields) -> TokenStream {
    match fields {
        Fields::Named(named) => {
            let members: Vec<_> = named
                .named
                .iter()
                .filter_map(|field| field.ident.as_ref())
                .collect();
            let names = members.iter().map(|name| camel(&name.to_string()));
            quote! {
                #path { #(#members),* } => ::selvedge_sdk::generated::object([
                    #((#names, (&Shown(#members)).json())),*
                ]),
            }
        }
        Fields::Unnamed(unnamed) => {
            let members: Vec<_> = (0..unnamed.unnamed.len())
                .map(|index| format_ident!("_{index}"))
                .collect();
            quote! {
                #path(#(#members),*) => ::selvedge_sdk::serde_json::Value::Array(
                    ::std::vec![#((&Shown(#members)).json()),*],
                ),
            }
        }
        Fields::Unit => quote!(#path => ::selvedge_sdk::serde_json::Value::Null,),
    }
}
