use crate::block::Block;

/// How a block is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) from: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) run: bool,
}

/// Shorter is no reason.
const REASON: usize = 12;

impl Proof {
    /// # Errors
    /// A block that says nothing, or something else.
    pub(crate) fn of(block: &Block) -> Result<Self, String> {
        if let Some(reason) = block.says.strip_prefix("unproven:") {
            return match reason.trim().len() >= REASON {
                true => Ok(Self::default()),
                false => Err(format!("{}: say why it is unproven", block.place())),
            };
        }
        let mut proof = Self::default();
        for word in block.says.split_whitespace() {
            match word.split_once('=') {
                Some(("from", path)) => proof.from = Some(path.to_owned()),
                Some(("file", path)) => proof.file = Some(path.to_owned()),
                None if word == "run" => proof.run = true,
                _ => return Err(format!("{}: {word} is no proof", block.place())),
            }
        }
        match proof == Self::default() {
            true => Err(format!(
                "{}: nothing proves this block; its first line may say from=<path>, run, file=<path> or unproven: <reason>",
                block.place()
            )),
            false => Ok(proof),
        }
    }
}

#[test]
fn a_block_without_a_proof_is_an_error() {
    let of = |says: &str| {
        Proof::of(&Block {
            says: says.to_owned(),
            ..Block::default()
        })
    };
    assert!(of("").unwrap_err().contains("nothing proves this block"));
    assert!(
        of("unproven:")
            .unwrap_err()
            .ends_with("say why it is unproven")
    );
    assert!(of("ignore").unwrap_err().ends_with("ignore is no proof"));
    assert!(of("unproven: it needs a network of others").is_ok());
    assert!(of("from=a.rs file=b.rs").unwrap().file.is_some());
}
