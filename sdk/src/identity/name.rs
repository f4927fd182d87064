use super::der::{OBJECT_IDENTIFIER, Reader, SEQUENCE, SET, Tlv, dotted};

/// A distinguished name in the text form of Fabric's client identity library (pkg/cid/cid.go): RFC 2253, from the last
/// relative name to the first.
pub(super) fn distinguished_name(name: Reader<'_>) -> Option<String> {
    let mut relative_names = Vec::new();
    let mut rest = name;
    while !rest.0.is_empty() {
        relative_names.push(rest.expect(SET)?);
    }
    let texts: Option<Vec<_>> = ordered(&relative_names)?
        .into_iter()
        .rev()
        .map(relative_name)
        .collect();
    Some(texts?.join(","))
}

/// Go parses a name into fields and writes it back from them (crypto/x509/pkix, `ToRDNSequence`): the values of one field
/// together, the fields in the order below, of common name and serial number the last, and what it has no field for not
/// at all. All that is part of the client's ID.
fn ordered<'a>(relative_names: &[Tlv<'a>]) -> Option<Vec<Vec<Tlv<'a>>>> {
    const FIELDS: [&[u8]; 9] = [
        &[0x55, 4, 6],  // C
        &[0x55, 4, 8],  // ST
        &[0x55, 4, 7],  // L
        &[0x55, 4, 9],  // STREET
        &[0x55, 4, 17], // POSTALCODE
        &[0x55, 4, 10], // O
        &[0x55, 4, 11], // OU
        COMMON_NAME,
        SERIAL_NUMBER,
    ];
    let mut groups: [Vec<Tlv<'a>>; 9] = Default::default();
    for relative_name in relative_names {
        let mut pairs = relative_name.inside();
        while !pairs.0.is_empty() {
            let pair = pairs.expect(SEQUENCE)?;
            let oid = pair.inside().expect(OBJECT_IDENTIFIER)?.content;
            let Some(group) = FIELDS
                .iter()
                .position(|field| *field == oid)
                .and_then(|at| groups.get_mut(at))
            else {
                continue;
            };
            if matches!(oid, COMMON_NAME | SERIAL_NUMBER) {
                group.clear();
            }
            group.push(pair);
        }
    }
    Some(
        groups
            .into_iter()
            .filter(|group| !group.is_empty())
            .collect(),
    )
}

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];

fn relative_name(pairs: Vec<Tlv<'_>>) -> Option<String> {
    let texts: Option<Vec<_>> = pairs.into_iter().map(attribute).collect();
    Some(texts?.join("+"))
}

fn attribute(pair: Tlv<'_>) -> Option<String> {
    let mut parts = pair.inside();
    let oid = dotted(parts.expect(OBJECT_IDENTIFIER)?.content)?;
    let value = parts.next()?;
    Some(format!("{}={}", short_name(&oid)?, escape(&text(value)?)))
}

fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.6" => "C",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.3" => "CN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.17" => "POSTALCODE",
        _ => return None,
    })
}

fn text(value: Tlv<'_>) -> Option<String> {
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String
        0x0c | 0x12 | 0x13 | 0x16 => std::str::from_utf8(value.content).ok().map(str::to_owned),
        // T61String, read as Latin-1
        0x14 => Some(value.content.iter().copied().map(char::from).collect()),
        // BMPString
        0x1e => {
            let units: Vec<u16> = value
                .content
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (index, c) in value.char_indices() {
        let at_edge =
            (index == 0 && matches!(c, ' ' | '#')) || (index + 1 == value.len() && c == ' ');
        if at_edge || matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(
            escape(" a,b+\"c\\<d>;# "),
            "\\ a\\,b\\+\\\"c\\\\\\<d\\>\\;#\\ "
        );
        assert_eq!(escape("#x"), "\\#x");
    }
}
