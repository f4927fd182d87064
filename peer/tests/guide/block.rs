/// A fenced block of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) page: String,
    /// Of its first fence, counted from 1.
    pub(crate) line: usize,
    /// What follows the language.
    pub(crate) says: String,
    pub(crate) lines: Vec<String>,
}

impl Block {
    /// `docs/testing.md:12`
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// The fenced blocks of a page, in order.
///
/// # Panics
/// For a fence that is not closed.
pub(crate) fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => {
                let says = info.split_once(' ').map_or("", |(_, says)| says);
                open = Some(Block {
                    page: page.to_owned(),
                    line: number,
                    says: says.trim().to_owned(),
                    lines: Vec::new(),
                });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block is not closed");
    found
}

#[test]
fn blocks_are_found_with_what_they_say() {
    let found = blocks(
        "p.md",
        "text\n```rust from=a.rs\none\n\n```\n```\ntwo\n```\n",
    );
    assert_eq!((found[0].line, found[0].says.as_str()), (2, "from=a.rs"));
    assert_eq!(found[0].text(), "one\n\n");
    assert_eq!(
        (found[1].place().as_str(), found[1].says.as_str()),
        ("p.md:6", "")
    );
}
