//! `#[selvedge_testkit::test]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, ItemFn, LitStr, ReturnType, Token, bracketed};

/// `CHAINCODE, name = "basic", organisations = ["Org1MSP", "Org2MSP"]`
pub(crate) struct Args {
    chaincode: Expr,
    name: Option<LitStr>,
    organisations: Vec<LitStr>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(input.error(
                "name the chaincode to test: #[selvedge_testkit::test(my_contract::CHAINCODE)]",
            ));
        }
        let mut args = Self {
            chaincode: input.parse()?,
            name: None,
            organisations: Vec::new(),
        };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let option: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            if option == "name" {
                args.name = Some(input.parse()?);
            } else if option == "organisations" {
                let list;
                bracketed!(list in input);
                let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?;
                args.organisations = names.into_iter().collect();
            } else {
                return Err(Error::new(
                    option.span(),
                    "there are name = \"…\" and organisations = [\"Org1MSP\", …]",
                ));
            }
        }
        Ok(args)
    }
}

pub(crate) fn expand(args: &Args, mut body: ItemFn) -> syn::Result<TokenStream> {
    let is_unit = matches!(body.sig.output, ReturnType::Default);
    if body.sig.inputs.len() != 2 || !is_unit || body.sig.asyncness.is_some() {
        return Err(Error::new_spanned(
            &body.sig,
            "a test of a chaincode is fn(network: &Network, chaincode: &Deployed)",
        ));
    }
    let attributes = std::mem::take(&mut body.attrs);
    let test = body.sig.ident.clone();
    let Args {
        chaincode,
        name,
        organisations,
    } = args;
    let name = name.iter();
    Ok(quote! {
        #(#attributes)*
        #[::core::prelude::v1::test]
        fn #test() {
            #body
            ::selvedge_testkit::EveryRuntime::new(#chaincode)
                #(.named(#name))*
                #(.organisation(#organisations))*
                .run(#test);
        }
    })
}
