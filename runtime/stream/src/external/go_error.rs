//! Errors of the system, as Go writes them into what clients and logs show.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

/// `open /x: no such file or directory`.
pub(super) fn path_error(operation: &str, path: &Path, error: &io::Error) -> String {
    format!("{operation} {}: {}", path.display(), reason(error))
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        // Rust's text is that of the C library with a capital and a number behind it.
        Some(number) => {
            let text = error.to_string();
            let text = text
                .strip_suffix(&format!(" (os error {number})"))
                .unwrap_or(&text);
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_lowercase().chain(letters).collect()
            })
        }
        None => error.to_string(),
    }
}

/// `exit status 1`, `signal: killed`.
pub(super) fn exit_text(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {}", signal_text(signal)),
        (None, None) => status.to_string(),
    }
}

fn signal_text(signal: i32) -> String {
    let known = [
        (1, "hangup"),
        (2, "interrupt"),
        (3, "quit"),
        (6, "aborted"),
        (9, "killed"),
        (11, "segmentation fault"),
        (13, "broken pipe"),
        (15, "terminated"),
    ];
    match known.iter().find(|(number, _)| *number == signal) {
        Some((_, text)) => (*text).to_owned(),
        None => format!("signal {signal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_go() {
        let error = std::fs::read("/none/such").unwrap_err();
        assert_eq!(
            path_error("open", Path::new("/none/such"), &error),
            "open /none/such: no such file or directory"
        );
        assert_eq!(exit_text(ExitStatus::from_raw(3 << 8)), "exit status 3");
        assert_eq!(exit_text(ExitStatus::from_raw(9)), "signal: killed");
    }
}
