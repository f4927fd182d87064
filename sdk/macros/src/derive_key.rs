use crate::message;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Error, Fields, Ident, Result};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, message::GENERIC_KEY));
    }
    match &input.data {
        Data::Struct(data) => of_struct(&input.ident, data),
        Data::Enum(data) => of_enum(&input.ident, data),
        Data::Union(_) => Err(Error::new_spanned(&input.ident, message::UNION_KEY)),
    }
}

fn of_struct(ty: &Ident, data: &DataStruct) -> Result<TokenStream> {
    if data.fields.is_empty() {
        return Err(Error::new_spanned(ty, message::EMPTY_KEY));
    }
    let types: Vec<_> = data.fields.iter().map(|field| &field.ty).collect();
    let members: Vec<_> = data.fields.members().collect();
    Ok(quote! {
        impl ::selvedge_sdk::ToKey for #ty {
            const PARTS: usize = 0 #(+ <#types as ::selvedge_sdk::ToKey>::PARTS)*;

            fn write_key(&self, key: &mut ::selvedge_sdk::KeyWriter) {
                #(::selvedge_sdk::ToKey::write_key(&self.#members, key);)*
            }
        }

        impl ::selvedge_sdk::Key for #ty {
            fn read_key(
                key: &mut ::selvedge_sdk::KeyReader<'_>,
            ) -> ::core::result::Result<Self, ::selvedge_sdk::SdkError> {
                ::core::result::Result::Ok(Self {
                    #(#members: <#types as ::selvedge_sdk::Key>::read_key(key)?,)*
                })
            }
        }
    })
}

/// One part: the position in the declaration as two hexadecimal digits.
fn of_enum(ty: &Ident, data: &DataEnum) -> Result<TokenStream> {
    if let Some(variant) = data
        .variants
        .iter()
        .find(|variant| !matches!(variant.fields, Fields::Unit))
    {
        return Err(Error::new_spanned(variant, message::VARIANT_FIELDS));
    }
    if data.variants.is_empty() || data.variants.len() > 256 {
        return Err(Error::new_spanned(ty, message::VARIANTS));
    }
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let ranks: Vec<_> = (0..variants.len())
        .map(|rank| format!("{rank:02x}"))
        .collect();
    Ok(quote! {
        impl ::selvedge_sdk::ToKey for #ty {
            const PARTS: usize = 1;

            fn write_key(&self, key: &mut ::selvedge_sdk::KeyWriter) {
                key.part(match self { #(Self::#variants => #ranks,)* });
            }
        }

        impl ::selvedge_sdk::Key for #ty {
            fn read_key(
                key: &mut ::selvedge_sdk::KeyReader<'_>,
            ) -> ::core::result::Result<Self, ::selvedge_sdk::SdkError> {
                match key.part()? {
                    #(#ranks => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::result::Result::Err(key.unreadable()),
                }
            }
        }
    })
}
