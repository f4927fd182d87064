use crate::dialect::Dialect;
use crate::guard::Allow;
use crate::message;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Path, Result, Token, Type, parenthesized};

/// What stands in `#[contract(…)]`.
#[derive(Default)]
pub(crate) struct ContractArgs {
    name: Option<LitStr>,
    pub(crate) version: Option<Expr>,
    pub(crate) dialect: Dialect,
    json_errors: bool,
    pub(crate) allow: Allow,
    pub(crate) events: Vec<Path>,
    pub(crate) state: Vec<Path>,
}

impl Parse for ContractArgs {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            let key: Ident = input
                .parse()
                .map_err(|error| Error::new(error.span(), message::CONTRACT_KEYS))?;
            if seen.contains(&key.to_string()) {
                return Err(Error::new(key.span(), message::GIVEN_TWICE));
            }
            seen.push(key.to_string());
            args.read(&key, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

impl ContractArgs {
    fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "name" => self.name = Some(value(input)?),
            "version" => self.version = Some(value(input)?),
            "dialect" => self.dialect = Dialect::read(&value(input)?)?,
            "errors" => self.json_errors = json_errors(&value(input)?)?,
            "allow" => self.allow = input.parse()?,
            "events" => self.events = paths(input)?,
            "state" => self.state = paths(input)?,
            _ => return Err(Error::new(key.span(), message::CONTRACT_KEYS)),
        }
        Ok(())
    }

    /// As it stands in the metadata, and before the colon of a call.
    pub(crate) fn contract_name(&self, ty: &Type) -> Result<String> {
        let Some(given) = &self.name else {
            return last_segment(ty)
                .ok_or_else(|| Error::new_spanned(ty, message::UNNAMED_CONTRACT));
        };
        let name = given.value();
        if name.is_empty() {
            return Err(Error::new_spanned(given, message::EMPTY_CONTRACT_NAME));
        }
        if name.contains(':') && !self.dialect.is_pascal() {
            return Err(Error::new_spanned(given, message::COLON_IN_CONTRACT_NAME));
        }
        Ok(name)
    }

    /// Whether it asks for nothing that not every contract has.
    pub(crate) fn is_plain(&self) -> bool {
        self.dialect.is_strict() && !self.json_errors
    }

    pub(crate) fn error_form(&self) -> TokenStream {
        if self.json_errors {
            quote!(::selvedge_sdk::ErrorForm::Json)
        } else {
            quote!(::selvedge_sdk::ErrorForm::Text)
        }
    }
}

fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn paths(input: ParseStream<'_>) -> Result<Vec<Path>> {
    let content;
    parenthesized!(content in input);
    let paths = Punctuated::<Path, Token![,]>::parse_terminated(&content)?;
    Ok(paths.into_iter().collect())
}

fn json_errors(given: &LitStr) -> Result<bool> {
    match given.value().as_str() {
        "json" => Ok(true),
        "text" => Ok(false),
        _ => Err(Error::new_spanned(given, message::ERRORS)),
    }
}

fn last_segment(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else {
        return None;
    };
    path.path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
}
