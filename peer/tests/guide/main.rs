//! The guide: every block of code in it says how it is proven, and is.
//!
//! What follows a block's language on its first line is not shown to readers:
//!
//! * `from=<path>`: the block stands in that file of this repository, line by line, and the file is compiled and run by
//!   its crate's tests. A line of `// …` or `# …` leaves something out.
//! * `run`: a session at the command line. Lines after `$ ` are typed into a shell of a fresh directory, one shell for a
//!   page; what stands below them is what is printed, where `…` stands for anything.
//! * `file=<path>`: the block is written to that file of the session first; with `from=` as well it is proven twice.
//! * `unproven: <reason>`: neither, for the reason.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod block;
mod proof;
mod session;
mod source;

use block::{Block, blocks};
use proof::Proof;
use session::Session;
use std::path::{Path, PathBuf};

/// Pages with sessions; each is a test of its own, so that they run side by side.
const SESSIONS: [&str; 6] = [
    "docs/quick-start.md",
    "docs/samples/auction.md",
    "docs/samples/private-sale.md",
    "docs/samples/token.md",
    "docs/upgrading.md",
    "docs/author-tools.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// Everything that a reader may copy code from.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "sdk/README.md".to_owned()];
    for folder in ["docs", "docs/samples"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                pages.push(format!("{folder}/{name}"));
            }
        }
    }
    pages.sort();
    pages
}

fn of(page: &str) -> Vec<Block> {
    blocks(page, &std::fs::read_to_string(root().join(page)).unwrap())
}

#[test]
fn every_block_of_the_guide_is_proven() {
    let mut problems = Vec::new();
    for block in pages().iter().flat_map(|page| of(page)) {
        let proof = match Proof::of(&block) {
            Ok(proof) => proof,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if let Some(path) = &proof.from {
            problems.extend(source::missing(&block, &root(), path).err());
        }
        let in_session = proof.run || proof.file.is_some();
        if in_session && !SESSIONS.contains(&block.page.as_str()) {
            problems.push(format!("{}: no session runs this page", block.place()));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(root().join(&page)).unwrap();
        let folder = Path::new(&page).parent().unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let is_file = !target.is_empty() && !target.contains("://");
            if is_file && !root().join(folder).join(target).exists() {
                dead.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

fn run(page: &str) {
    let mut session = Session::start(&root());
    for block in of(page) {
        let proof = Proof::of(&block).unwrap();
        if let Some(file) = &proof.file {
            session.write(file, &block);
        }
        if proof.run {
            session.run(&block);
        }
    }
    assert!(session.commands > 0, "{page} has no session");
}

#[test]
fn the_quick_start_works() {
    run(SESSIONS[0]);
}

#[test]
fn the_auction_works() {
    run(SESSIONS[1]);
}

#[test]
fn the_private_sale_works() {
    run(SESSIONS[2]);
}

#[test]
fn the_token_works() {
    run(SESSIONS[3]);
}

#[test]
fn the_upgrade_works() {
    run(SESSIONS[4]);
}

#[test]
fn the_authors_tools_work() {
    run(SESSIONS[5]);
}
