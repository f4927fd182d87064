use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments, lines joined.
pub(crate) fn text(attrs: &[Attribute]) -> String {
    let lines: Vec<_> = attrs
        .iter()
        .filter_map(line)
        .map(|line| line.trim().to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

fn line(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
