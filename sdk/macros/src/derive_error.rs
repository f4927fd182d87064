use crate::error_data;
use crate::message;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Ident, LitInt, LitStr, Result, Token,
    Type,
};

/// `404, "the asset {0} does not exist"`, and arguments of the text if it needs others than the fields.
struct Status {
    code: LitInt,
    text: LitStr,
    arguments: Punctuated<Expr, Token![,]>,
}

impl Parse for Status {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let code: LitInt = input
            .parse()
            .map_err(|error| Error::new(error.span(), message::STATUS))?;
        if !code
            .base10_parse::<i32>()
            .is_ok_and(|code| (400..600).contains(&code))
        {
            return Err(Error::new(code.span(), message::STATUS_RANGE));
        }
        input
            .parse::<Token![,]>()
            .map_err(|error| Error::new(error.span(), message::STATUS))?;
        let text = input
            .parse()
            .map_err(|error| Error::new(error.span(), message::STATUS))?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self {
            code,
            text,
            arguments: Punctuated::parse_terminated(input)?,
        })
    }
}

/// The arms of one variant, or of the struct.
struct Arms {
    status: TokenStream,
    display: TokenStream,
    /// Of `code` and `data`, and the statement that describes it.
    shape: error_data::Shape,
    from: Option<TokenStream>,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let ty = &input.ident;
    let arms = match &input.data {
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let path = &variant.ident;
                arms(
                    ty,
                    &quote!(Self::#path),
                    path,
                    &variant.attrs,
                    &variant.fields,
                )
            })
            .collect::<Result<Vec<_>>>()?,
        Data::Struct(data) => vec![arms(ty, &quote!(Self), ty, &input.attrs, &data.fields)?],
        Data::Union(_) => return Err(Error::new_spanned(ty, message::UNION_ERROR)),
    };
    let (impl_generics, type_generics, bounds) = input.generics.split_for_impl();
    let statuses = arms.iter().map(|arm| &arm.status);
    let displays = arms.iter().map(|arm| &arm.display);
    let codes = arms.iter().map(|arm| &arm.shape.code);
    let data = arms.iter().map(|arm| &arm.shape.data);
    let descriptions = arms.iter().map(|arm| &arm.shape.description);
    let froms = arms.iter().filter_map(|arm| arm.from.as_ref());
    Ok(quote! {
        impl #impl_generics ::selvedge_sdk::ContractError for #ty #type_generics #bounds {
            fn status(&self) -> i32 {
                match self { #(#statuses)* }
            }

            fn code(&self) -> &str {
                match self { #(#codes)* }
            }

            fn data(&self) -> ::selvedge_sdk::serde_json::Value {
                #[allow(unused_imports, reason = "not every error has fields")]
                use ::selvedge_sdk::generated::{AsJson as _, AsNull as _, Shown};
                match self { #(#data)* }
            }

            fn describe(errors: &mut ::selvedge_sdk::Errors) {
                #(#descriptions)*
            }
        }

        impl #impl_generics ::core::fmt::Display for #ty #type_generics #bounds {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { #(#displays)* }
            }
        }

        impl #impl_generics ::core::error::Error for #ty #type_generics #bounds {}

        #(#froms)*
    })
}

fn arms(
    ty: &Ident,
    path: &TokenStream,
    name: &Ident,
    attrs: &[Attribute],
    fields: &Fields,
) -> Result<Arms> {
    let status = attrs.iter().find(|attr| attr.path().is_ident("status"));
    let transparent = attrs
        .iter()
        .find(|attr| attr.path().is_ident("transparent"));
    let from = from(ty, path, fields)?;
    match (status, transparent) {
        (Some(attr), None) => {
            let status: Status = match &attr.meta {
                syn::Meta::List(_) => attr.parse_args()?,
                _ => {
                    return Err(Error::new_spanned(attr, message::STATUS));
                }
            };
            Ok(spelt(path, name, &status, fields, from))
        }
        (None, Some(attr)) => passed_on(path, attr, fields, from),
        (Some(_), Some(attr)) => Err(Error::new_spanned(attr, message::STATUS_AND_TRANSPARENT)),
        (None, None) => Err(Error::new_spanned(
            name,
            format!(
                "say what clients see: `#[status(404, \"…\")]` above `{name}`, or `#[transparent]` to pass its error on"
            ),
        )),
    }
}

fn spelt(
    path: &TokenStream,
    name: &Ident,
    status: &Status,
    fields: &Fields,
    from: Option<TokenStream>,
) -> Arms {
    let Status {
        code,
        text,
        arguments,
    } = status;
    let arguments = arguments.iter();
    let display = match fields {
        Fields::Named(named) => {
            let names: Vec<_> = named
                .named
                .iter()
                .filter_map(|field| field.ident.as_ref())
                .collect();
            quote! {
                #[allow(unused_variables, reason = "a text need not show every field")]
                #path { #(#names),* } => ::core::write!(formatter, #text, #(#arguments),*),
            }
        }
        Fields::Unnamed(unnamed) => {
            let names: Vec<_> = (0..unnamed.unnamed.len())
                .map(|index| format_ident!("_{index}"))
                .collect();
            let shown = shown_positions(&text.value(), names.len())
                .into_iter()
                .map(|index| &names[index]);
            let text = renamed_positions(text);
            let shown: Vec<_> = shown.collect();
            quote! {
                #[allow(unused_variables, reason = "a text need not show every field")]
                #path(#(#names),*) => ::core::write!(formatter, #text, #(#arguments,)* #(#shown = #shown),*),
            }
        }
        Fields::Unit => quote!(#path => ::core::write!(formatter, #text, #(#arguments),*),),
    };
    Arms {
        status: quote!(#path { .. } => #code,),
        display,
        shape: error_data::spelt(path, name, code, &status.text, fields),
        from,
    }
}

/// `{0}` and `{0:?}` name fields: they become `{_0}`, which `format!` can be given by name.
fn renamed_positions(text: &LitStr) -> LitStr {
    let mut renamed = String::new();
    let value = text.value();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        renamed.push(c);
        if c != '{' {
            continue;
        }
        match chars.peek() {
            Some('{') => renamed.extend(chars.next()),
            Some(digit) if digit.is_ascii_digit() => renamed.push('_'),
            _ => {}
        }
    }
    LitStr::new(&renamed, text.span())
}

/// The fields that the text shows; `format!` refuses arguments it does not use.
fn shown_positions(text: &str, fields: usize) -> Vec<usize> {
    let plain = text.replace("{{", "");
    (0..fields)
        .filter(|index| {
            plain.contains(&format!("{{{index}}}")) || plain.contains(&format!("{{{index}:"))
        })
        .collect()
}

fn passed_on(
    path: &TokenStream,
    attr: &Attribute,
    fields: &Fields,
    from: Option<TokenStream>,
) -> Result<Arms> {
    let Some((member, inner)) = only_member(fields) else {
        return Err(Error::new_spanned(attr, message::TRANSPARENT));
    };
    Ok(Arms {
        status: quote!(#path { #member: inner } => ::selvedge_sdk::ContractError::status(inner),),
        display: quote!(#path { #member: inner } => ::core::fmt::Display::fmt(inner, formatter),),
        shape: error_data::passed_on(path, &member, inner),
        from,
    })
}

fn from(ty: &Ident, path: &TokenStream, fields: &Fields) -> Result<Option<TokenStream>> {
    let marked = |field: &&Field| field.attrs.iter().any(|attr| attr.path().is_ident("from"));
    let Some(field) = fields.iter().find(marked) else {
        return Ok(None);
    };
    let Some((member, _)) = only_member(fields) else {
        return Err(Error::new_spanned(field, message::FROM));
    };
    let source = &field.ty;
    Ok(Some(quote! {
        impl ::core::convert::From<#source> for #ty {
            fn from(inner: #source) -> Self {
                #path { #member: inner }
            }
        }
    }))
}

fn only_member(fields: &Fields) -> Option<(TokenStream, &Type)> {
    let mut members = fields.members().zip(fields);
    let (member, field) = members.next()?;
    members
        .next()
        .is_none()
        .then(|| (quote!(#member), &field.ty))
}
