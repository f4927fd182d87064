/// `create_asset` → `CreateAsset`.
pub(crate) fn pascal(snake: &str) -> String {
    snake.split('_').map(capitalized).collect()
}

/// `new_owner` → `newOwner`.
pub(crate) fn camel(snake: &str) -> String {
    let mut words = snake.split('_').filter(|word| !word.is_empty());
    let mut name = words.next().unwrap_or_default().to_owned();
    name.extend(words.map(capitalized));
    name
}

pub(crate) fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// Words of a name in PascalCase, in lower case.
pub(crate) fn words(pascal: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in pascal.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_lowercase().collect()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_case() {
        assert_eq!(pascal("create_asset"), "CreateAsset");
        assert_eq!(pascal("_x"), "X");
        assert_eq!(camel("new_owner"), "newOwner");
        assert_eq!(camel("_unused"), "unused");
        assert_eq!(words("NotFound"), ["not", "found"]);
    }
}
