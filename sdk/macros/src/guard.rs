use crate::message;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, bracketed, parenthesized, token};

/// What stands in `allow(…)`: who may call. Every condition must hold.
#[derive(Default)]
pub(crate) struct Allow(Vec<Condition>);

enum Condition {
    Msp(Vec<LitStr>),
    Unit(Vec<LitStr>),
    /// Without values, any will do.
    Attribute(LitStr, Vec<LitStr>),
}

impl Allow {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A list of `::selvedge_sdk::Condition`.
    pub(crate) fn tokens(&self) -> TokenStream {
        let conditions = self.0.iter().map(|condition| match condition {
            Condition::Msp(ids) => quote!(::selvedge_sdk::Condition::Msp(&[#(#ids),*])),
            Condition::Unit(units) => quote!(::selvedge_sdk::Condition::Unit(&[#(#units),*])),
            Condition::Attribute(name, values) => quote! {
                ::selvedge_sdk::Condition::Attribute { name: #name, values: &[#(#values),*] }
            },
        });
        quote!(&[#(#conditions),*])
    }

    /// The statement that refuses others.
    pub(crate) fn check(&self, function: &str) -> TokenStream {
        if self.is_empty() {
            return TokenStream::new();
        }
        let conditions = self.tokens();
        quote!(::selvedge_sdk::generated::allow(&view, #function, #conditions)?;)
    }
}

/// Reads the parentheses, too.
impl Parse for Allow {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let content;
        let parentheses = parenthesized!(content in input);
        let lists = Punctuated::<Conditions, Token![,]>::parse_terminated(&content)?;
        if lists.is_empty() {
            return Err(Error::new(parentheses.span.join(), message::ALLOW_NOTHING));
        }
        Ok(Self(lists.into_iter().flat_map(|list| list.0).collect()))
    }
}

struct Conditions(Vec<Condition>);

impl Parse for Conditions {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let wrong = |span| Error::new(span, message::ALLOW);
        let kind: Ident = input.parse().map_err(|error| wrong(error.span()))?;
        if !input.peek(token::Paren) {
            return Err(wrong(kind.span()));
        }
        let content;
        let parentheses = parenthesized!(content in input);
        let span = parentheses.span.join();
        let conditions = match kind.to_string().as_str() {
            "msp" => vec![Condition::Msp(words(&content, span)?)],
            "unit" => vec![Condition::Unit(words(&content, span)?)],
            "attr" => Punctuated::<Attribute, Token![,]>::parse_terminated(&content)?
                .into_iter()
                .map(|Attribute(name, values)| Condition::Attribute(name, values))
                .collect(),
            _ => return Err(wrong(kind.span())),
        };
        if conditions.is_empty() {
            return Err(Error::new(span, message::ATTRIBUTE));
        }
        Ok(Self(conditions))
    }
}

struct Attribute(LitStr, Vec<LitStr>);

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let wrong = |error: Error| Error::new(error.span(), message::ATTRIBUTE);
        let name: LitStr = input.parse().map_err(wrong)?;
        if !input.peek(Token![=]) {
            return Ok(Self(name, Vec::new()));
        }
        input.parse::<Token![=]>()?;
        if !input.peek(token::Bracket) {
            return Ok(Self(name, vec![input.parse().map_err(wrong)?]));
        }
        let content;
        let brackets = bracketed!(content in input);
        Ok(Self(name, words(&content, brackets.span.join())?))
    }
}

/// At least one text.
fn words(input: ParseStream<'_>, span: proc_macro2::Span) -> Result<Vec<LitStr>> {
    let none = |span| Error::new(span, message::ALLOW_NONE_OF);
    let words = Punctuated::<LitStr, Token![,]>::parse_terminated(input)
        .map_err(|error| none(error.span()))?;
    if words.is_empty() {
        return Err(none(span));
    }
    Ok(words.into_iter().collect())
}
