/// Why an expression was refused, in the words of the library that Fabric uses: message, place, the line and a mark
/// under the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyParseError(pub(super) String);

/// A message and where it belongs, in characters from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) at: usize,
    pub(super) message: String,
}

impl Located {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }

    /// The complete text. Nothing is quoted when the line is empty (expr `file/error.go`).
    pub(super) fn bind(&self, source: &str) -> PolicyParseError {
        let before: String = source.chars().take(self.at).collect();
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(start..).unwrap_or_default().chars().count();
        let rest = source.get(start..).unwrap_or_default();
        let quoted = rest.split('\n').next().unwrap_or_default();
        if quoted.is_empty() {
            return PolicyParseError(self.message.clone());
        }
        PolicyParseError(format!(
            "{} ({line}:{})\n | {}\n | {}^",
            self.message,
            column + 1,
            quoted.replace('\t', " "),
            ".".repeat(column)
        ))
    }
}

/// A string as Go's `%q` writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => {
                out.push_str(&format!("\\x{:02x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
