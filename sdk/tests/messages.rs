//! Every text of the macros stands in a golden of `ui`, so that nobody adds one without seeing it as an author does.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::path::Path;

fn folder(path: &str) -> impl Iterator<Item = (String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        (entry.file_name().into_string().unwrap(), text)
    })
}

/// The string literals of a source, as the compiler reads them.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some((_, tail)) = rest.split_once('"') {
        let mut text = String::new();
        let mut chars = tail.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    rest = &tail[at + 1..];
                    break;
                }
                '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
                c => text.push(c),
            }
        }
        found.push(text);
    }
    found
}

#[test]
fn every_message_has_a_golden() {
    let goldens: String = folder("tests/ui")
        .filter(|(name, _)| name.ends_with(".stderr"))
        .map(|(_, text)| text)
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("macros/src/message.rs");
    let messages = literals(&std::fs::read_to_string(source).unwrap());
    assert!(messages.len() > 40, "only {} messages", messages.len());
    for message in messages {
        assert!(goldens.contains(&message), "no golden shows: {message}");
    }
}

/// Texts with a name in them are written where the name is known.
#[test]
fn texts_elsewhere_have_goldens_too() {
    let goldens: String = folder("tests/ui").map(|(_, text)| text).collect();
    for part in [
        "is already called Create on the wire: rename one, or give it a `#[transaction(name = \"…\")]`",
        "a contract has one `#[before]`: call one function from the other",
        "say what clients see: `#[status(404, \"…\")]` above `NotFound`, or `#[transparent]` to pass its error on",
    ] {
        assert!(goldens.contains(part), "no golden shows: {part}");
    }
    let elsewhere = folder("macros/src").filter(|(name, _)| name != "message.rs");
    let written: usize = elsewhere
        .map(|(_, text)| text.matches("format!(\n").count())
        .sum();
    assert!(
        written <= 4,
        "{written} texts with names: add the new one to this test"
    );
}
