use crate::doc;
use crate::transaction::Transaction;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use std::collections::BTreeMap;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Ident, ImplItem, ItemImpl, LitStr, Result, Token, Type};

/// What stands in `#[contract(…)]`.
#[derive(Default)]
pub(crate) struct Args {
    name: Option<LitStr>,
    version: Option<Expr>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "name" => args.name = Some(input.parse()?),
                "version" => args.version = Some(input.parse()?),
                _ => {
                    return Err(Error::new(
                        key.span(),
                        "expected `name = \"…\"` or `version = \"…\"`",
                    ));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

/// The functions of the block that mean something to Fabric.
#[derive(Default)]
struct Roles {
    transactions: Vec<Transaction>,
    before: Option<Ident>,
    after: Option<Ident>,
    unknown: Option<Ident>,
}

pub(crate) fn expand(args: &Args, mut block: ItemImpl) -> Result<TokenStream> {
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new_spanned(
            path,
            "`#[contract]` goes on the type's own impl block",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &block.generics,
            "a contract cannot be generic",
        ));
    }
    let roles = roles(&mut block)?;
    let description = doc::text(&block.attrs);
    let contract = implementation(args, &block.self_ty, &roles, &description)?;
    Ok(quote!(#block #contract))
}

fn roles(block: &mut ItemImpl) -> Result<Roles> {
    let mut roles = Roles::default();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let Some((position, role)) = role(&function.attrs)? else {
            continue;
        };
        let attr = function.attrs.remove(position);
        if role == "transaction" {
            roles
                .transactions
                .push(Transaction::parse(&attr, function)?);
            continue;
        }
        let slot = match role {
            "before" => &mut roles.before,
            "after" => &mut roles.after,
            _ => &mut roles.unknown,
        };
        if slot.replace(function.sig.ident.clone()).is_some() {
            return Err(Error::new_spanned(
                attr,
                format!("a contract has one `#[{role}]`"),
            ));
        }
    }
    if roles.transactions.is_empty() {
        return Err(Error::new(
            block.self_ty.span(),
            "a contract has at least one function with `#[transaction]`",
        ));
    }
    distinct(&roles.transactions)?;
    Ok(roles)
}

fn role(attrs: &[Attribute]) -> Result<Option<(usize, &'static str)>> {
    let mut found = None;
    for (position, attr) in attrs.iter().enumerate() {
        for role in ["transaction", "before", "after", "unknown"] {
            if attr.path().is_ident(role) && found.replace((position, role)).is_some() {
                return Err(Error::new_spanned(
                    attr,
                    "a function has one of these roles",
                ));
            }
        }
    }
    Ok(found)
}

fn distinct(transactions: &[Transaction]) -> Result<()> {
    let mut seen: BTreeMap<&str, &Ident> = BTreeMap::new();
    for transaction in transactions {
        if let Some(first) = seen.insert(&transaction.wire_name, transaction.function()) {
            return Err(Error::new(
                transaction.function().span(),
                format!(
                    "`{first}` is already called {} on the wire",
                    transaction.wire_name
                ),
            ));
        }
    }
    Ok(())
}

fn implementation(args: &Args, ty: &Type, roles: &Roles, description: &str) -> Result<TokenStream> {
    let name = name(args, ty)?;
    let version = args
        .version
        .as_ref()
        .map_or_else(|| quote!(::core::env!("CARGO_PKG_VERSION")), |v| quote!(#v));
    let descriptors = roles.transactions.iter().map(Transaction::descriptor);
    let before = hook(roles.before.as_ref(), &quote!(&view));
    let after = hook(roles.after.as_ref(), &quote!(view));
    let arms = roles
        .transactions
        .iter()
        .map(|transaction| transaction.arm(&after));
    let unknown = unknown(roles.unknown.as_ref(), &after);
    let contract = quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default());
    Ok(quote! {
        impl ::selvedge_sdk::Contract for #ty {
            const DESCRIPTOR: ::selvedge_sdk::Descriptor = ::selvedge_sdk::Descriptor {
                name: #name,
                version: #version,
                description: #description,
                transactions: &[#(#descriptors),*],
            };

            fn invoke(
                view: ::selvedge_sdk::View,
                call: &::selvedge_sdk::Call,
            ) -> ::core::result::Result<::selvedge_sdk::Bytes, ::selvedge_sdk::SdkError> {
                let contract = #contract;
                #before
                match call.lookup_name().as_str() {
                    #(#arms)*
                    _ => { #unknown }
                }
            }
        }
    })
}

fn name(args: &Args, ty: &Type) -> Result<String> {
    if let Some(given) = &args.name {
        if given.value().is_empty() {
            return Err(Error::new_spanned(given, "a contract's name is not empty"));
        }
        return Ok(given.value());
    }
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        _ => None,
    }
    .ok_or_else(|| Error::new_spanned(ty, "name the contract: `#[contract(name = \"…\")]`"))
}

fn hook(function: Option<&Ident>, view: &TokenStream) -> TokenStream {
    function.map_or_else(TokenStream::new, |function| {
        quote_spanned!(function.span()=> ::selvedge_sdk::generated::hook(contract.#function(#view, call))?;)
    })
}

fn unknown(function: Option<&Ident>, after: &TokenStream) -> TokenStream {
    let Some(function) = function else {
        return quote!(::core::result::Result::Err(call.unknown()));
    };
    let outcome = quote_spanned! {function.span()=>
        let payload = ::selvedge_sdk::generated::outcome(contract.#function(&view, call))?;
    };
    quote! {
        #outcome
        let view = &view;
        #after
        ::core::result::Result::Ok(payload)
    }
}
