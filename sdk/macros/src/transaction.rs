use crate::attributes::ContractArgs;
use crate::casing::{camel, capitalized, pascal};
use crate::dialect::Dialect;
use crate::doc;
use crate::guard::Allow;
use crate::message;
use crate::signature;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, ImplItemFn, LitStr, Result, ReturnType, Type};

/// A function with `#[transaction]`, taken apart.
pub(crate) struct Transaction {
    pub(crate) wire_name: String,
    function: Ident,
    description: String,
    allow: Allow,
    context: Type,
    parameters: Vec<(Ident, Type)>,
    returns: Type,
}

impl Transaction {
    pub(crate) fn parse(attr: &Attribute, function: &ImplItemFn, dialect: Dialect) -> Result<Self> {
        let signature = &function.sig;
        let (context, parameters) = signature::read(signature)?;
        let (name, allow) = arguments(attr, dialect)?;
        let wire_name = name.unwrap_or_else(|| {
            let function = signature.ident.to_string();
            if dialect.is_pascal() {
                pascal(&function)
            } else {
                camel(&function)
            }
        });
        Ok(Self {
            wire_name,
            function: signature.ident.clone(),
            description: doc::text(&function.attrs),
            allow,
            context,
            parameters,
            returns: match &signature.output {
                ReturnType::Default => syn::parse_quote!(()),
                ReturnType::Type(_, ty) => (**ty).clone(),
            },
        })
    }

    /// The arm of the dispatch that runs this transaction; `before` runs once the arguments are read.
    pub(crate) fn arm(
        &self,
        args: &ContractArgs,
        before: &TokenStream,
        after: &TokenStream,
    ) -> TokenStream {
        let Self {
            wire_name,
            function,
            context,
            parameters,
            returns,
            ..
        } = self;
        let allow = self.allow.check(wire_name);
        let names: Vec<_> = parameters.iter().map(|(name, _)| wire(name)).collect();
        let variables: Vec<_> = (0..parameters.len())
            .map(|index| format_ident!("param{index}"))
            .collect();
        let reads = parameters.iter().zip(&variables).enumerate().map(
            |(index, ((name, ty), variable))| {
                let name = wire(name);
                if args.dialect.is_strict() {
                    quote_spanned!(ty.span()=> let #variable = call.param::<#ty>(#index, #name)?;)
                } else {
                    quote_spanned!(ty.span()=> let #variable = call.param_in::<#ty>(#index, #name, DIALECT)?;)
                }
            },
        );
        let call_it = quote!(contract.#function(&context, #(#variables),*));
        let payload = if args.is_plain() {
            let outcome =
                quote_spanned!(returns.span()=> ::selvedge_sdk::generated::outcome::<#returns>);
            quote!(#outcome(#call_it)?)
        } else {
            let outcome =
                quote_spanned!(returns.span()=> ::selvedge_sdk::generated::outcome_in::<#returns>);
            quote!(#outcome(#call_it, DIALECT, ERRORS)?)
        };
        let other_case = other_case(wire_name, args.dialect);
        quote! {
            #wire_name #other_case => {
                #allow
                call.expect_params(#wire_name, &[#(#names),*], DIALECT)?;
                #(#reads)*
                #before
                let context = <#context as ::core::convert::From<::selvedge_sdk::View>>::from(view);
                let payload = #payload;
                let view = ::selvedge_sdk::Context::as_view(&context);
                #after
                let _ = view;
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
        let allow = self.allow.tokens();
        let parameters = parameters.iter().map(|(name, ty)| {
            let name = wire(name);
            let schema = quote_spanned!(ty.span()=> ::selvedge_sdk::generated::schema_of::<#ty>);
            quote!(::selvedge_sdk::Parameter { name: #name, schema: #schema })
        });
        let submit = quote_spanned!(context.span()=> <#context as ::selvedge_sdk::Context>::SUBMIT);
        let schema = quote_spanned!(returns.span()=> <#returns as ::selvedge_sdk::Outcome>::schema);
        let errors = quote_spanned!(returns.span()=> <#returns as ::selvedge_sdk::Outcome>::errors);
        quote! {
            ::selvedge_sdk::Transaction {
                name: #wire_name,
                description: #description,
                submit: #submit,
                allow: #allow,
                parameters: &[#(#parameters),*],
                returns: #schema,
                errors: #errors,
            }
        }
    }

    pub(crate) fn function(&self) -> &Ident {
        &self.function
    }
}

/// Where the first letter may be in either case, the other one of a letter beyond ASCII: those in it are put into upper case
/// before the name is looked up.
fn other_case(name: &str, dialect: Dialect) -> Option<TokenStream> {
    let first = name.chars().next().filter(|c| !c.is_ascii())?;
    let lower: String = first.to_lowercase().chain(name.chars().skip(1)).collect();
    (dialect.is_pascal() && lower != name).then(|| quote!(| #lower))
}

/// The name of an argument as clients see it.
fn wire(name: &Ident) -> String {
    let name = name.to_string();
    camel(name.strip_prefix("r#").unwrap_or(&name))
}

fn arguments(attr: &Attribute, dialect: Dialect) -> Result<(Option<String>, Allow)> {
    let mut given = None;
    let mut allow = Allow::default();
    if !matches!(attr.meta, syn::Meta::Path(_)) {
        attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                given = Some(meta.value()?.parse::<LitStr>()?);
                Ok(())
            } else if meta.path.is_ident("allow") {
                allow = meta.input.parse()?;
                Ok(())
            } else {
                Err(meta.error(message::TRANSACTION_KEYS))
            }
        })?;
    }
    let name = given.map(|given| checked(&given, dialect)).transpose()?;
    Ok((name, allow))
}

fn checked(given: &LitStr, dialect: Dialect) -> Result<String> {
    let name = given.value();
    if name.is_empty() || name.contains(':') {
        return Err(Error::new_spanned(given, message::TRANSACTION_NAME));
    }
    if dialect.is_pascal() && capitalized(&name) != name {
        return Err(Error::new_spanned(given, message::CAPITAL));
    }
    Ok(name)
}
