use crate::attributes::ContractArgs;
use crate::doc;
use crate::hooks::Hooks;
use crate::message;
use crate::transaction::Transaction;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use std::collections::BTreeMap;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, ImplItem, ItemImpl, Result};

/// The functions of the block that mean something to Fabric.
#[derive(Default)]
struct Roles {
    transactions: Vec<Transaction>,
    hooks: Hooks,
}

pub(crate) fn expand(args: &ContractArgs, mut block: ItemImpl) -> Result<TokenStream> {
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new_spanned(path, message::TRAIT_IMPL));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &block.generics,
            message::GENERIC_CONTRACT,
        ));
    }
    let roles = roles(args, &mut block)?;
    let contract = implementation(args, &block, &roles)?;
    Ok(quote!(#block #contract))
}

fn roles(args: &ContractArgs, block: &mut ItemImpl) -> Result<Roles> {
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
            let transaction = Transaction::parse(&attr, function, args.dialect)?;
            roles.transactions.push(transaction);
        } else {
            roles.hooks.add(role, &attr, function)?;
        }
    }
    if roles.transactions.is_empty() {
        return Err(Error::new(block.self_ty.span(), message::NO_TRANSACTION));
    }
    distinct(&roles.transactions)?;
    Ok(roles)
}

fn role(attrs: &[Attribute]) -> Result<Option<(usize, &'static str)>> {
    let mut found = None;
    for (position, attr) in attrs.iter().enumerate() {
        for role in ["transaction", "before", "after", "unknown"] {
            if attr.path().is_ident(role) && found.replace((position, role)).is_some() {
                return Err(Error::new_spanned(attr, message::TWO_ROLES));
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
                    "`{first}` is already called {} on the wire: rename one, or give it a `#[transaction(name = \"…\")]`",
                    transaction.wire_name
                ),
            ));
        }
    }
    Ok(())
}

fn implementation(args: &ContractArgs, block: &ItemImpl, roles: &Roles) -> Result<TokenStream> {
    let ty = &block.self_ty;
    let descriptor = descriptor(args, block, roles)?;
    let (dialect, errors) = (args.dialect.tokens(), args.error_form());
    let (allow, before, after) = (
        args.allow.check(""),
        roles.hooks.before(),
        roles.hooks.after(),
    );
    let (early, late) = if args.dialect.reads_first() {
        (TokenStream::new(), before.clone())
    } else {
        (before.clone(), TokenStream::new())
    };
    let arms = roles
        .transactions
        .iter()
        .map(|transaction| transaction.arm(args, &late, &after));
    let hooks_unknown = args.dialect.hooks_unknown();
    let before_unknown = (hooks_unknown && args.dialect.reads_first()).then_some(&before);
    let unknown = roles.hooks.unknown(hooks_unknown);
    let contract = quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default());
    Ok(quote! {
        const _: () = ::selvedge_sdk::assert_disjoint(
            <#ty as ::selvedge_sdk::Contract>::DESCRIPTOR.state,
        );

        impl ::selvedge_sdk::Contract for #ty {
            const DESCRIPTOR: ::selvedge_sdk::Descriptor = #descriptor;

            fn invoke(
                view: ::selvedge_sdk::View,
                call: &::selvedge_sdk::Call,
            ) -> ::core::result::Result<::selvedge_sdk::Bytes, ::selvedge_sdk::SdkError> {
                #[allow(dead_code, reason = "not every contract needs both")]
                const DIALECT: ::selvedge_sdk::Dialect = #dialect;
                #[allow(dead_code, reason = "not every contract needs both")]
                const ERRORS: ::selvedge_sdk::ErrorForm = #errors;
                let contract = #contract;
                #allow
                #early
                match call.lookup_name(DIALECT).as_ref() {
                    #(#arms)*
                    _ => { #before_unknown #unknown }
                }
            }
        }
    })
}

fn descriptor(args: &ContractArgs, block: &ItemImpl, roles: &Roles) -> Result<TokenStream> {
    let name = args.contract_name(&block.self_ty)?;
    let description = doc::text(&block.attrs);
    let version = args
        .version
        .as_ref()
        .map_or_else(|| quote!(::core::env!("CARGO_PKG_VERSION")), |v| quote!(#v));
    let transactions = roles.transactions.iter().map(Transaction::descriptor);
    let (dialect, errors, allow) = (
        args.dialect.tokens(),
        args.error_form(),
        args.allow.tokens(),
    );
    let events = args
        .events
        .iter()
        .map(|event| quote_spanned!(event.span()=> ::selvedge_sdk::EventInfo::of::<#event>()));
    let state = args
        .state
        .iter()
        .map(|table| quote_spanned!(table.span()=> #table.layout()));
    Ok(quote! {
        ::selvedge_sdk::Descriptor {
            name: #name,
            version: #version,
            description: #description,
            dialect: #dialect,
            errors: #errors,
            allow: #allow,
            events: &[#(#events),*],
            state: &[#(#state),*],
            transactions: &[#(#transactions),*],
        }
    })
}
