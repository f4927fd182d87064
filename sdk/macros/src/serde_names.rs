use crate::casing::{camel, pascal, words};
use syn::{Attribute, LitStr, Token};

/// What serde's attributes say about the JSON form, as far as a schema cares. What it does not know it leaves alone:
/// serde has checked it already.
#[derive(Default)]
pub(crate) struct SerdeAttrs {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    pub(crate) skip: bool,
    pub(crate) default: bool,
    pub(crate) transparent: bool,
}

impl SerdeAttrs {
    pub(crate) fn parse(attrs: &[Attribute]) -> Self {
        let mut found = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            // An error here is serde's to report, with its own words.
            let _ = attr.parse_nested_meta(|meta| {
                let path = meta
                    .path
                    .get_ident()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let text = if meta.input.peek(Token![=]) {
                    Some(meta.value()?.parse::<LitStr>()?.value())
                } else {
                    if meta.input.peek(syn::token::Paren) {
                        let content;
                        syn::parenthesized!(content in meta.input);
                        content.parse::<proc_macro2::TokenStream>()?;
                    }
                    None
                };
                match path.as_str() {
                    "rename" => found.rename = text,
                    "rename_all" => found.rename_all = text,
                    "skip" => found.skip = true,
                    "default" | "skip_serializing_if" => found.default = true,
                    "transparent" => found.transparent = true,
                    _ => {}
                }
                Ok(())
            });
        }
        found
    }

    /// The JSON name of a field.
    pub(crate) fn field_name(&self, container: &Self, field: &str) -> String {
        let field = field.strip_prefix("r#").unwrap_or(field);
        self.rename
            .clone()
            .unwrap_or_else(|| match container.rename_all.as_deref() {
                Some("camelCase") => camel(field),
                Some("PascalCase") => pascal(field),
                Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_uppercase(),
                Some("kebab-case") => field.replace('_', "-"),
                Some("SCREAMING-KEBAB-CASE") => field.to_uppercase().replace('_', "-"),
                _ => field.to_owned(),
            })
    }

    /// The JSON name of an enum's variant.
    pub(crate) fn variant_name(&self, container: &Self, variant: &str) -> String {
        self.rename
            .clone()
            .unwrap_or_else(|| match container.rename_all.as_deref() {
                Some("lowercase") => variant.to_lowercase(),
                Some("UPPERCASE") => variant.to_uppercase(),
                Some("camelCase") => camel(&words(variant).join("_")),
                Some("snake_case") => words(variant).join("_"),
                Some("SCREAMING_SNAKE_CASE") => words(variant).join("_").to_uppercase(),
                Some("kebab-case") => words(variant).join("-"),
                Some("SCREAMING-KEBAB-CASE") => words(variant).join("-").to_uppercase(),
                _ => variant.to_owned(),
            })
    }
}
