use crate::block::Block;
use std::path::Path;

/// Files that no test compiles or runs prove nothing.
const TESTED: [&str; 5] = ["chaincodes/", "sdk/", "peer/tests/", "tests/", "scripts/"];

/// Whether a block stands in a file, in one piece or, around lines that leave something out, in several.
///
/// # Errors
/// The lines that do not stand there.
pub(crate) fn missing(block: &Block, root: &Path, path: &str) -> Result<(), String> {
    let place = block.place();
    if !TESTED.iter().any(|folder| path.starts_with(folder)) {
        return Err(format!("{place}: no test compiles or runs {path}"));
    }
    let text = std::fs::read_to_string(root.join(path))
        .map_err(|error| format!("{place}: {path}: {error}"))?;
    let source: Vec<&str> = text.lines().collect();
    let mut at = 0;
    for piece in block.lines.split(|line| leaves_out(line)) {
        let piece = trimmed(piece);
        let Some(found) = (at..source.len()).find(|start| stands_at(&source[*start..], piece))
        else {
            return Err(format!(
                "{place}: this does not stand in {path}:\n{}",
                piece.join("\n")
            ));
        };
        at = found + piece.len();
    }
    Ok(())
}

fn leaves_out(line: &str) -> bool {
    let text = line.trim();
    text.ends_with('…') && matches!(text.trim_end_matches('…').trim(), "" | "//" | "#")
}

/// Without blank lines at either end.
fn trimmed(mut lines: &[String]) -> &[String] {
    while let Some((first, rest)) = lines.split_first()
        && first.trim().is_empty()
    {
        lines = rest;
    }
    while let Some((last, rest)) = lines.split_last()
        && last.trim().is_empty()
    {
        lines = rest;
    }
    lines
}

/// Whether the source begins with these lines, all indented more, or less, by the same.
fn stands_at(source: &[&str], piece: &[String]) -> bool {
    let Some(first) = piece.first() else {
        return true;
    };
    if source.len() < piece.len() {
        return false;
    }
    let shift = indent(source[0]) - indent(first);
    source.iter().zip(piece).all(|(there, here)| {
        there.trim() == here.trim()
            && (here.trim().is_empty() || indent(there) - indent(here) == shift)
    })
}

fn indent(line: &str) -> isize {
    (line.len() - line.trim_start().len()).cast_signed()
}

#[test]
fn pieces_stand_in_their_order_whatever_their_indent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().unwrap();
    let here = "peer/tests/guide/source.rs";
    let of = |text: &str| Block {
        lines: text.lines().map(str::to_owned).collect(),
        ..Block::default()
    };
    let check = |text: &str, path: &str| missing(&of(text), root, path);
    let piece = "    let text = line.trim();\n// …\nfn indent(line: &str) -> isize {\n";
    assert_eq!(check(piece, here), Ok(()));
    let reversed = "fn indent(line: &str) -> isize {\n// …\nlet text = line.trim();\n";
    // Its own text in this test comes last.
    assert!(
        check(reversed, here)
            .unwrap_err()
            .contains("does not stand in")
    );
    assert!(check("fn nowhere()", "peer/tests/guide/block.rs").is_err());
    assert!(
        check("fn", "docs/none.rs")
            .unwrap_err()
            .contains("no test compiles")
    );
}
