//! Composite keys as contracts take them apart.

use crate::Target;
use selvedge_sdk::raw::{create_composite_key, split_composite_key};

pub(crate) const TARGET: Target = Target {
    name: "composite_key",
    run,
    seeds,
};

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Some((object_type, attributes)) = split_composite_key(text)
        && let Ok(key) = create_composite_key(object_type, &attributes)
    {
        assert_eq!(key, text);
    }
    let parts: Vec<&str> = text.split('/').collect();
    if let Some((object_type, attributes)) = parts.split_first()
        && let Ok(key) = create_composite_key(object_type, attributes)
    {
        assert_eq!(
            split_composite_key(&key),
            Some((*object_type, attributes.to_vec()))
        );
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let keys = [
        "\0asset\0red\0one\0",
        "\0asset\0",
        "\0\0\0",
        "asset/red//one",
        "\u{10ffff}/é",
    ];
    keys.map(|key| key.as_bytes().to_vec()).into()
}
