use anyhow::Result;
use selvedge_tools::{rust, typescript};

use super::super::files::write_atomically;
use super::args::{BindingsArgs, Language};
use super::source;

/// `selvedge bindings`: a typed client, made from the contract's metadata.
pub(in crate::cli) fn bindings(args: &BindingsArgs) -> Result<String> {
    let interface = source::interface(&args.path)?;
    let text = match args.language {
        Language::Typescript => typescript(&interface),
        Language::Rust => rust(&interface),
    };
    let Some(out) = &args.out else {
        return Ok(text);
    };
    write_atomically(out, text.as_bytes())?;
    Ok(format!("{}\n", out.display()))
}
