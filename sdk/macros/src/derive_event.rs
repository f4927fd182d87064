use crate::message;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, LitStr, Result};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let ty = &input.ident;
    if !matches!(input.data, Data::Struct(_)) {
        return Err(Error::new_spanned(ty, message::EVENT_STRUCT));
    }
    let mut name = LitStr::new(&ty.to_string(), ty.span());
    for attr in input
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("event"))
    {
        attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error(message::EVENT_KEYS));
            }
            name = meta.value()?.parse()?;
            if name.value().is_empty() {
                return Err(Error::new_spanned(&name, message::EVENT_NAME));
            }
            Ok(())
        })?;
    }
    let (impl_generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #impl_generics ::selvedge_sdk::Event for #ty #type_generics #bounds {
            const NAME: &'static str = #name;
        }
    })
}
