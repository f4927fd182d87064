use crate::casing::{camel, capitalized, pascal};
use crate::doc;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, Ident, ImplItemFn, LitStr, Pat, Result, ReturnType, Type};

/// A function with `#[transaction]`, taken apart.
pub(crate) struct Transaction {
    pub(crate) wire_name: String,
    function: Ident,
    description: String,
    context: Type,
    parameters: Vec<(Ident, Type)>,
    returns: Type,
}

impl Transaction {
    pub(crate) fn parse(attr: &Attribute, function: &ImplItemFn) -> Result<Self> {
        let signature = &function.sig;
        if let Some(keyword) = &signature.asyncness {
            return Err(Error::new_spanned(
                keyword,
                "transactions are not async: Fabric answers one request of a transaction at a time, so calls just return",
            ));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &signature.generics,
                "a transaction cannot be generic: clients call it by name",
            ));
        }
        let mut inputs = signature.inputs.iter();
        match inputs.next() {
            Some(FnArg::Receiver(receiver))
                if receiver.reference.is_some() && receiver.mutability.is_none() => {}
            other => {
                return Err(Error::new(
                    span_of(other, signature),
                    "a transaction takes `&self` first: contracts keep nothing in memory between calls",
                ));
            }
        }
        let context = match inputs.next() {
            Some(FnArg::Typed(parameter)) => context(&parameter.ty)?,
            other => return Err(Error::new(span_of(other, signature), CONTEXT)),
        };
        let parameters = inputs.map(parameter).collect::<Result<Vec<_>>>()?;
        Ok(Self {
            wire_name: wire_name(attr, &signature.ident)?,
            function: signature.ident.clone(),
            description: doc::text(&function.attrs),
            context,
            parameters,
            returns: match &signature.output {
                ReturnType::Default => syn::parse_quote!(()),
                ReturnType::Type(_, ty) => (**ty).clone(),
            },
        })
    }

    /// The arm of the dispatch that runs this transaction.
    pub(crate) fn arm(&self, after: &TokenStream) -> TokenStream {
        let Self {
            wire_name,
            function,
            context,
            parameters,
            returns,
            ..
        } = self;
        let count = parameters.len();
        let names: Vec<_> = (0..count)
            .map(|index| format_ident!("param{index}"))
            .collect();
        let reads =
            parameters
                .iter()
                .zip(&names)
                .enumerate()
                .map(|(index, ((name, ty), variable))| {
                    let name = camel(&name.to_string());
                    quote_spanned!(ty.span()=> let #variable = call.param::<#ty>(#index, #name)?;)
                });
        let outcome =
            quote_spanned!(returns.span()=> ::selvedge_sdk::generated::outcome::<#returns>);
        quote! {
            #wire_name => {
                call.expect_params(#count)?;
                #(#reads)*
                let context = <#context as ::core::convert::From<::selvedge_sdk::View>>::from(view);
                let payload = #outcome(contract.#function(&context, #(#names),*))?;
                let view = ::selvedge_sdk::Context::as_view(&context);
                #after
                ::core::result::Result::Ok(payload)
            }
        }
    }

    /// The entry of the contract's descriptor.
    pub(crate) fn descriptor(&self) -> TokenStream {
        let Self {
            wire_name,
            description,
            context,
            parameters,
            returns,
            ..
        } = self;
        let parameters = parameters.iter().map(|(name, ty)| {
            let name = camel(&name.to_string());
            let schema = quote_spanned!(ty.span()=> ::selvedge_sdk::generated::schema_of::<#ty>);
            quote!(::selvedge_sdk::Parameter { name: #name, schema: #schema })
        });
        let submit = quote_spanned!(context.span()=> <#context as ::selvedge_sdk::Context>::SUBMIT);
        let returns =
            quote_spanned!(returns.span()=> <#returns as ::selvedge_sdk::Outcome>::schema);
        quote! {
            ::selvedge_sdk::Transaction {
                name: #wire_name,
                description: #description,
                submit: #submit,
                parameters: &[#(#parameters),*],
                returns: #returns,
            }
        }
    }

    pub(crate) fn function(&self) -> &Ident {
        &self.function
    }
}

const CONTEXT: &str = "a transaction takes its context after `&self`: `&Tx` (may write), `&Query` (reads, pages) or `&View` (reads)";

fn span_of(found: Option<&FnArg>, signature: &syn::Signature) -> proc_macro2::Span {
    found.map_or_else(|| signature.ident.span(), Spanned::span)
}

fn context(ty: &Type) -> Result<Type> {
    match ty {
        Type::Reference(reference) if reference.mutability.is_none() => {
            Ok((*reference.elem).clone())
        }
        Type::Reference(reference) => Err(Error::new_spanned(
            reference,
            "writes take a shared `&Tx`, so that a scan may run meanwhile",
        )),
        other => Err(Error::new_spanned(other, CONTEXT)),
    }
}

fn parameter(input: &FnArg) -> Result<(Ident, Type)> {
    let FnArg::Typed(parameter) = input else {
        return Err(Error::new_spanned(input, "`self` comes first"));
    };
    let Pat::Ident(name) = &*parameter.pat else {
        return Err(Error::new_spanned(
            &parameter.pat,
            "an argument has a plain name, which clients see in the metadata",
        ));
    };
    if let Type::Reference(reference) = &*parameter.ty {
        return Err(Error::new_spanned(
            reference,
            "arguments are owned: write `String` for `&str`, `Vec<T>` for `&[T]`",
        ));
    }
    Ok((name.ident.clone(), (*parameter.ty).clone()))
}

fn wire_name(attr: &Attribute, function: &Ident) -> Result<String> {
    let mut given = None;
    if !matches!(attr.meta, syn::Meta::Path(_)) {
        attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("expected `name = \"…\"`"));
            }
            given = Some(meta.value()?.parse::<LitStr>()?);
            Ok(())
        })?;
    }
    let Some(given) = given else {
        return Ok(pascal(&function.to_string()));
    };
    let name = given.value();
    if name.is_empty() || name.contains(':') {
        return Err(Error::new_spanned(
            given,
            "a transaction's name is not empty and has no `:`, which ends the contract's name",
        ));
    }
    if capitalized(&name) != name {
        return Err(Error::new_spanned(
            given,
            "a transaction's name begins with a capital: callers may write either",
        ));
    }
    Ok(name)
}
