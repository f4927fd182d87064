use std::borrow::Cow;
use wasmparser::{Parser, Payload};

/// A component without the custom sections of its top level: what they say is for tools, and the machine code is the
/// same. With and without its metadata a component is compiled once.
///
/// Bytes that do not parse come back as they are; compiling them says why.
pub(crate) fn code_of(component: &[u8]) -> Cow<'_, [u8]> {
    match without_custom_sections(component) {
        Some(code) if code.len() < component.len() => Cow::Owned(code),
        _ => Cow::Borrowed(component),
    }
}

fn without_custom_sections(component: &[u8]) -> Option<Vec<u8>> {
    let mut code = Vec::with_capacity(component.len());
    let (mut depth, mut end_of_last, mut from) = (0_usize, 0, 0);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.ok()?;
        let end = match &payload {
            Payload::Version { range, .. } => {
                depth += 1;
                Some(range.end)
            }
            Payload::End(at) => {
                depth = depth.saturating_sub(1);
                Some(*at)
            }
            Payload::CustomSection(section) if depth == 1 => {
                let end = section.range().end;
                code.extend_from_slice(component.get(from..end_of_last)?);
                from = end;
                Some(end)
            }
            other => other.as_section().map(|(_, range)| range.end),
        };
        end_of_last = end.unwrap_or(end_of_last);
    }
    code.extend_from_slice(component.get(from..)?);
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A custom section called `m`, holding `content`.
    fn section(content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, u8::try_from(content.len() + 2).unwrap(), 1, b'm'];
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn only_the_custom_sections_of_the_top_level_go() {
        // A component with a core module in it, which has a custom section of its own.
        let module = [&b"\0asm\x01\0\0\0"[..], &section(b"inner")].concat();
        let size = u8::try_from(module.len()).unwrap();
        let plain = [&b"\0asm\x0d\0\x01\0"[..], &[1, size], &module].concat();
        assert_eq!(code_of(&plain), Cow::Borrowed(&plain[..]));
        let (header, rest) = plain.split_at(8);
        let told = [header, &section(b"one"), rest, &section(b"two")].concat();
        assert_eq!(code_of(&told), Cow::<[u8]>::Owned(plain));
    }

    #[test]
    fn what_does_not_parse_stays() {
        assert_eq!(
            code_of(b"\0asm\x0d\0\x01\0\xff"),
            Cow::Borrowed(b"\0asm\x0d\0\x01\0\xff")
        );
    }
}
