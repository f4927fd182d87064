//! What the compiler says when an author errs: each file of `ui` beside the text that must appear.

#[test]
fn mistakes_are_named_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
