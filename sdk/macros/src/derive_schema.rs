use crate::message;
use crate::serde_names::SerdeAttrs;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, FieldsNamed, Ident, Result, Type};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, message::GENERIC_SCHEMA));
    }
    let ty = &input.ident;
    let container = SerdeAttrs::parse(&input.attrs);
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if container.transparent => match fields.named.first() {
                Some(field) if fields.named.len() == 1 => Ok(newtype(ty, &field.ty, &data.fields)),
                _ => Err(Error::new_spanned(ty, message::TRANSPARENT_SCHEMA)),
            },
            Fields::Named(fields) => Ok(object(ty, &container, fields)),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                Ok(newtype(ty, &fields.unnamed[0].ty, &data.fields))
            }
            _ => Err(Error::new_spanned(ty, message::UNNAMED_FIELDS)),
        },
        Data::Enum(data) => Ok(choice(ty, &container, data)),
        Data::Union(_) => Err(Error::new_spanned(ty, message::UNION_SCHEMA)),
    }
}

fn object(ty: &Ident, container: &SerdeAttrs, fields: &FieldsNamed) -> TokenStream {
    let name = container.rename.clone().unwrap_or_else(|| ty.to_string());
    let entries = fields.named.iter().filter_map(|field| {
        let attrs = SerdeAttrs::parse(&field.attrs);
        if attrs.skip {
            return None;
        }
        let json_name = attrs.field_name(container, &field.ident.as_ref()?.to_string());
        let optional = attrs.default || container.default;
        let field_type = &field.ty;
        Some(quote!(fields.field::<#field_type>(#json_name, #optional);))
    });
    let schema = quote! {
        components.object(#name, |fields| { #(#entries)* })
    };
    json(ty, &schema)
}

/// Strings if no variant has fields; otherwise serde decides, and the schema only says that it is JSON.
fn choice(ty: &Ident, container: &SerdeAttrs, data: &DataEnum) -> TokenStream {
    if data
        .variants
        .iter()
        .any(|variant| !matches!(variant.fields, Fields::Unit))
    {
        return json(
            ty,
            &quote!({
                let _ = components;
                "{}".into()
            }),
        );
    }
    let names = data.variants.iter().map(|variant| {
        SerdeAttrs::parse(&variant.attrs).variant_name(container, &variant.ident.to_string())
    });
    json(
        ty,
        &quote!({
            let _ = components;
            ::selvedge_sdk::Components::choice(&[#(#names),*])
        }),
    )
}

fn json(ty: &Ident, schema: &TokenStream) -> TokenStream {
    quote! {
        impl ::selvedge_sdk::Schema for #ty {
            fn schema(components: &mut ::selvedge_sdk::Components) -> ::std::borrow::Cow<'static, str> {
                #schema
            }
        }

        impl ::selvedge_sdk::Json for #ty {}
    }
}

/// Travels as what it wraps: a wrapped string is not quoted.
fn newtype(ty: &Ident, inner: &Type, fields: &Fields) -> TokenStream {
    let member = fields
        .members()
        .next()
        .map(|member| quote!(#member))
        .unwrap_or_default();
    quote! {
        impl ::selvedge_sdk::Schema for #ty {
            fn schema(components: &mut ::selvedge_sdk::Components) -> ::std::borrow::Cow<'static, str> {
                <#inner as ::selvedge_sdk::Schema>::schema(components)
            }

            const OPTIONAL: bool = <#inner as ::selvedge_sdk::Schema>::OPTIONAL;
        }

        impl ::selvedge_sdk::Element for #ty {}

        impl ::selvedge_sdk::Arg for #ty {
            fn from_wire(
                value: &::selvedge_sdk::Bytes,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                let inner = <#inner as ::selvedge_sdk::Arg>::from_wire(value)?;
                ::core::result::Result::Ok(Self { #member: inner })
            }

            fn from_wire_in(
                value: &::selvedge_sdk::Bytes,
                dialect: ::selvedge_sdk::Dialect,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                let inner = <#inner as ::selvedge_sdk::Arg>::from_wire_in(value, dialect)?;
                ::core::result::Result::Ok(Self { #member: inner })
            }
        }

        impl ::selvedge_sdk::ToArg for #ty {
            fn to_arg(&self) -> ::core::result::Result<::selvedge_sdk::Bytes, ::selvedge_sdk::SdkError> {
                ::selvedge_sdk::ToArg::to_arg(&self.#member)
            }
        }

        impl ::selvedge_sdk::Reply for #ty {
            fn to_wire(&self) -> ::core::result::Result<::selvedge_sdk::Bytes, ::selvedge_sdk::SdkError> {
                ::selvedge_sdk::Reply::to_wire(&self.#member)
            }

            fn to_wire_in(
                &self,
                dialect: ::selvedge_sdk::Dialect,
            ) -> ::core::result::Result<::selvedge_sdk::Bytes, ::selvedge_sdk::SdkError> {
                ::selvedge_sdk::Reply::to_wire_in(&self.#member, dialect)
            }
        }
    }
}
