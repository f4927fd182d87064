use regex::bytes::{Regex, RegexBuilder};

/// A regular expression, matched anywhere in the text and byte by byte, as Erlang's `re` does without `unicode`.
///
/// CouchDB uses PCRE. Look-around, back references, atomic groups and possessive repetition are refused: they are what
/// makes an expression take exponential time, and a query runs inside the peer.
#[derive(Clone, Debug)]
pub(super) struct Regular(Regex);

/// Memory for one compiled expression.
const COMPILED_BYTES: usize = 1 << 20;

impl Regular {
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let compiled = RegexBuilder::new(&translate(pattern))
            .unicode(false)
            .size_limit(COMPILED_BYTES)
            .build();
        compiled.ok().map(Self)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
    }
}

impl PartialEq for Regular {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// What PCRE and this engine write differently: `$` and `\Z` also match before a last line feed; `\h`, `\R`, `\/` and
/// other harmless escapes.
fn translate(pattern: &str) -> String {
    // In multi-line mode `$` means the same to both.
    let multiline = pattern.contains("(?m") || pattern.contains("(?im") || pattern.contains("(?sm");
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut in_class = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(chars.next(), in_class, &mut out),
            '$' if !in_class && !multiline => out.push_str(r"(?:\n?\z)"),
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                // First in a class, the closing bracket stands for itself.
                if chars.peek() == Some(&']') {
                    chars.next();
                    out.push_str(r"\]");
                }
            }
            '[' if chars.peek() != Some(&':') => out.push_str(r"\["),
            '[' => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn escape(next: Option<char>, in_class: bool, out: &mut String) {
    match next {
        Some('Z') if !in_class => out.push_str(r"(?:\n?\z)"),
        Some('h') if in_class => out.push_str(r" \t"),
        Some('h') => out.push_str(r"[ \t]"),
        Some('R') if !in_class => out.push_str(r"(?:\r\n|[\n\x0b\f\r\x85])"),
        Some('e') => out.push_str(r"\x1b"),
        Some(c) if c.is_ascii_alphanumeric() => {
            out.push('\\');
            out.push(c);
        }
        // A back reference is alphanumeric and has been passed on, to be refused.
        Some(c) if c.is_ascii() => {
            out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
        Some(c) => out.push(c),
        None => out.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_pcre_means() {
        for (pattern, text, expected) in [
            ("^ab+c$", "abbc", true),
            ("^ab+c$", "abbc\n", true),
            ("^ab+c$", "abbc\nx", false),
            ("b", "abc", true),
            ("^(?i)AB", "abc", true),
            (r"^\d{3}-\d\d$", "123-45", true),
            (r"a\/b\-c\_d", "a/b-c_d", true),
            (r"[\w.]+@x\.y", "me.you@x.y", true),
            ("[]a]", "]", true),
            ("[[:digit:]]", "7", true),
            ("[a[]", "[", true),
            ("é", "caf\u{e9}", true),
            ("^.$", "é", false),
            ("^..$", "é", true),
            (r"x\Z", "x\n", true),
        ] {
            let regular = Regular::new(pattern).unwrap();
            assert_eq!(regular.is_match(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_could_run_for_ever_is_refused() {
        for pattern in [
            "(",
            r"(a)\1",
            "(?=a)",
            "(?<!a)b",
            "(?>a)",
            "a++b(?=c)",
            "a{1000000}",
        ] {
            assert!(Regular::new(pattern).is_none(), "{pattern}");
        }
    }
}
