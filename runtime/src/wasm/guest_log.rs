use selvedge_interface::{Host, Level};
use std::fmt::Write;

/// The longest line that is written as one.
const MAX_LINE: usize = 4 << 10;

/// Log lines of one call: bounded in volume and harmless to a terminal.
pub(crate) struct GuestLog {
    left: usize,
    limit: usize,
    full: bool,
    /// Unfinished lines of standard output and standard error.
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl GuestLog {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            left: limit,
            limit,
            full: false,
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    /// A message of the guest's logger, one line for each of its own.
    pub(crate) fn message(&mut self, level: Level, text: &str, host: &mut dyn Host) {
        for line in text.lines() {
            if self.full {
                return;
            }
            self.line(level, line.as_bytes(), host);
        }
    }

    /// What the guest wrote on a standard stream; a line is logged when it is complete.
    pub(crate) fn output(&mut self, fd: u8, bytes: &[u8], host: &mut dyn Host) {
        let (level, mut pending) = match fd {
            2 => (Level::Warn, std::mem::take(&mut self.stderr)),
            _ => (Level::Info, std::mem::take(&mut self.stdout)),
        };
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            if self.full {
                return;
            }
            let room = MAX_LINE.saturating_sub(pending.len());
            pending.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            if part.ends_with(b"\n") || pending.len() >= MAX_LINE {
                self.line(level, pending.trim_ascii_end(), host);
                pending.clear();
            }
        }
        match fd {
            2 => self.stderr = pending,
            _ => self.stdout = pending,
        }
    }

    /// Logs the lines that were never finished.
    pub(crate) fn finish(&mut self, host: &mut dyn Host) {
        for (level, pending) in [
            (Level::Info, std::mem::take(&mut self.stdout)),
            (Level::Warn, std::mem::take(&mut self.stderr)),
        ] {
            if !pending.is_empty() {
                self.line(level, &pending, host);
            }
        }
    }

    fn line(&mut self, level: Level, line: &[u8], host: &mut dyn Host) {
        if self.full {
            return;
        }
        let line = harmless(line, MAX_LINE);
        match self.left.checked_sub(line.len() + 1) {
            Some(left) => {
                self.left = left;
                host.log(level, &line);
            }
            None => {
                self.full = true;
                host.log(
                    Level::Warn,
                    &format!(
                        "the chaincode logged more than {} bytes; the rest is dropped",
                        self.limit
                    ),
                );
            }
        }
    }
}

/// Text with control characters, escapes included, and bidirectional overrides spelled out, cut at about `max` bytes.
pub(crate) fn harmless(bytes: &[u8], max: usize) -> String {
    let cut = bytes.get(..max).unwrap_or(bytes);
    let mut out = String::with_capacity(cut.len());
    for c in String::from_utf8_lossy(cut).chars() {
        let steers = c.is_control() && c != '\t'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    if cut.len() < bytes.len() {
        out.push('…');
    }
    out
}
