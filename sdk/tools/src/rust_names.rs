//! Names of other languages in Rust's spelling.

/// `newOwner`, `NewOwner` and `new-owner` become `new_owner`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (position, letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            text.push('_');
            continue;
        }
        let before = position.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(position + 1);
        // `assetID` is one word and then another; `IDOf` too.
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    text
}

pub(crate) fn field_name(name: &str) -> String {
    keyword(snake(name))
}

/// Clients have constructors of their own.
pub(crate) fn method_name(name: &str) -> String {
    match snake(name).as_str() {
        taken @ ("on" | "on_channel") => format!("{taken}_"),
        other => keyword(other.to_owned()),
    }
}

pub(crate) fn type_name(name: &str) -> String {
    const TAKEN: [&str; 12] = [
        "Bytes",
        "Remote",
        "RemoteQuery",
        "Schema",
        "SdkError",
        "Time",
        "Tx",
        "View",
        "String",
        "Vec",
        "Option",
        "Self",
    ];
    let words = snake(name);
    let text: String = words
        .split('_')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<String>()
        })
        .collect();
    if TAKEN.contains(&text.as_str())
        || text.starts_with(|c: char| c.is_ascii_digit())
        || text.is_empty()
    {
        format!("{text}_")
    } else {
        text
    }
}

/// A string literal.
pub(crate) fn constant(text: &str) -> String {
    format!("{text:?}")
}

fn keyword(name: String) -> String {
    const RAW: [&str; 46] = [
        "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern",
        "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
        "pub", "ref", "return", "static", "struct", "trait", "true", "type", "unsafe", "use",
        "where", "while", "abstract", "become", "box", "do", "final", "gen", "macro", "override",
        "priv", "try", "typeof", "virtual",
    ];
    match name.as_str() {
        // These cannot be raw.
        "self" | "super" | "crate" => format!("{name}_"),
        known if RAW.contains(&known) => format!("r#{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_rust_does() {
        assert_eq!(field_name("newOwner"), "new_owner");
        assert_eq!(field_name("ID"), "id");
        assert_eq!(field_name("assetID"), "asset_id");
        assert_eq!(field_name("type"), "r#type");
        assert_eq!(field_name("self"), "self_");
        assert_eq!(field_name("2nd"), "_2nd");
        assert_eq!(method_name("ReadAsset"), "read_asset");
        assert_eq!(method_name("On"), "on_");
        assert_eq!(type_name("my-asset"), "MyAsset");
        assert_eq!(type_name("Post_client"), "PostClient");
        assert_eq!(type_name("time"), "Time_");
        assert_eq!(type_name("low"), "Low");
    }
}
