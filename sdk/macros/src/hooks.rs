use crate::message;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, Error, FnArg, Ident, ImplItemFn, Result, Signature};

/// The functions of a contract that clients do not call by name.
#[derive(Default)]
pub(crate) struct Hooks {
    before: Option<Ident>,
    /// And whether it wants the payload.
    after: Option<(Ident, bool)>,
    unknown: Option<Ident>,
}

impl Hooks {
    pub(crate) fn add(
        &mut self,
        role: &str,
        attr: &Attribute,
        function: &ImplItemFn,
    ) -> Result<()> {
        let signature = &function.sig;
        let name = signature.ident.clone();
        let is_second = match role {
            "before" => {
                check(signature, 3..=3, message::BEFORE)?;
                self.before.replace(name).is_some()
            }
            "after" => {
                let inputs = check(signature, 3..=4, message::AFTER)?;
                self.after.replace((name, inputs == 4)).is_some()
            }
            _ => {
                check(signature, 3..=3, message::UNKNOWN)?;
                self.unknown.replace(name).is_some()
            }
        };
        if is_second {
            return Err(Error::new_spanned(
                attr,
                format!("a contract has one `#[{role}]`: call one function from the other"),
            ));
        }
        Ok(())
    }

    /// In a place where `view: View` is in scope.
    pub(crate) fn before(&self) -> TokenStream {
        self.before
            .as_ref()
            .map_or_else(TokenStream::new, |function| {
                quote_spanned!(function.span()=>
                ::selvedge_sdk::generated::hook(contract.#function(&view, call), ERRORS)?;)
            })
    }

    /// In a place where `view: &View` and `payload: Bytes` are in scope.
    pub(crate) fn after(&self) -> TokenStream {
        let Some((function, wants_payload)) = &self.after else {
            return TokenStream::new();
        };
        let payload = wants_payload.then(|| quote!(, &payload));
        quote_spanned!(function.span()=>
            ::selvedge_sdk::generated::hook(contract.#function(view, call #payload), ERRORS)?;)
    }

    /// Answers a call to a function that does not exist.
    pub(crate) fn unknown(&self, with_hooks: bool) -> TokenStream {
        let Some(function) = &self.unknown else {
            return quote! {
                ::core::result::Result::Err(call.unknown(
                    &<Self as ::selvedge_sdk::Contract>::DESCRIPTOR,
                ))
            };
        };
        let outcome = quote_spanned! {function.span()=>
            let payload = ::selvedge_sdk::generated::unknown(
                contract.#function(&view, call),
                DIALECT,
                ERRORS,
            )?;
        };
        let after = if with_hooks {
            self.after()
        } else {
            TokenStream::new()
        };
        quote! {
            #outcome
            let view = &view;
            #after
            let _ = view;
            ::core::result::Result::Ok(payload)
        }
    }
}

/// How many parameters it has, `&self` included.
fn check(
    signature: &Signature,
    inputs: std::ops::RangeInclusive<usize>,
    form: &str,
) -> Result<usize> {
    let takes_self = matches!(
        signature.inputs.first(),
        Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() && receiver.mutability.is_none()
    );
    let is_plain = signature.asyncness.is_none() && signature.generics.params.is_empty();
    if !takes_self || !is_plain || !inputs.contains(&signature.inputs.len()) {
        return Err(Error::new_spanned(signature, form));
    }
    Ok(signature.inputs.len())
}
