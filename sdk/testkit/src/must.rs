use std::fmt::Display;

/// Panics with what was being done.
#[track_caller]
pub(crate) fn must<T, E: Display>(doing: &str, result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{doing}: {error}"),
    }
}
