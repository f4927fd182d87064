//! What a run came to, for people: tables on a terminal, a page with plots, and two runs compared.

mod compare;
mod html;
mod markdown;
mod number;
mod plot;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub(super) use compare::compare;
pub(super) use html::html;
pub(super) use markdown::markdown;
pub(super) use text::text;
