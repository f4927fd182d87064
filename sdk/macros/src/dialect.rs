use crate::message;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr, Result};

/// Which library's conventions the contract follows.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[default]
    Strict,
    Go,
    Node,
    Java,
}

impl Dialect {
    pub(crate) fn read(given: &LitStr) -> Result<Self> {
        match given.value().as_str() {
            "strict" => Ok(Self::Strict),
            "go" => Ok(Self::Go),
            "node" => Ok(Self::Node),
            "java" => Ok(Self::Java),
            _ => Err(Error::new_spanned(given, message::DIALECT)),
        }
    }

    pub(crate) fn is_strict(self) -> bool {
        self == Self::Strict
    }

    /// Whether functions are known by their name in PascalCase, which callers may begin in either case.
    pub(crate) fn is_pascal(self) -> bool {
        matches!(self, Self::Strict | Self::Go)
    }

    /// Whether arguments are read before the hook runs.
    pub(crate) fn reads_first(self) -> bool {
        !self.is_pascal()
    }

    /// Whether the hooks run around the function that answers unknown calls, too.
    pub(crate) fn hooks_unknown(self) -> bool {
        self != Self::Node
    }

    pub(crate) fn tokens(self) -> TokenStream {
        match self {
            Self::Strict => quote!(::selvedge_sdk::Dialect::Strict),
            Self::Go => quote!(::selvedge_sdk::Dialect::Go),
            Self::Node => quote!(::selvedge_sdk::Dialect::Node),
            Self::Java => quote!(::selvedge_sdk::Dialect::Java),
        }
    }
}
