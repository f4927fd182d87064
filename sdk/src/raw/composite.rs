use selvedge_interface::{HostError, HostResult};

/// Ends every part of a composite key, and begins the key.
pub(crate) const SEPARATOR: char = '\0';
/// Greater than any allowed code point: bounds a scan by prefix from above.
pub(crate) const LAST: char = '\u{10FFFF}';
/// Where an open scan of simple keys begins, so that it does not see composite keys.
pub(crate) const FIRST_SIMPLE: &str = "\u{1}";

/// Joins `object_type` and `attributes` the way every Fabric shim does: U+0000, then each part followed by U+0000.
///
/// # Errors
/// A part that contains U+0000 or U+10FFFF, in the words of the Go shim (shim/stub.go).
pub fn create_composite_key<S: AsRef<str>>(
    object_type: &str,
    attributes: &[S],
) -> HostResult<String> {
    let mut key = String::from(SEPARATOR);
    push_part(&mut key, object_type)?;
    for attribute in attributes {
        push_part(&mut key, attribute.as_ref())?;
    }
    Ok(key)
}

pub(crate) fn push_part(key: &mut String, part: &str) -> HostResult<()> {
    if let Some((position, found)) = part
        .char_indices()
        .find(|(_, c)| matches!(*c, SEPARATOR | LAST))
    {
        // Go's %#U quotes the character only when it is printable, and neither is.
        return Err(HostError::verbatim(format!(
            "input contains unicode U+{:04X} starting at position [{position}]. U+0000 and U+10FFFF are not allowed in the input attribute of a composite key",
            u32::from(found)
        )));
    }
    key.push_str(part);
    key.push(SEPARATOR);
    Ok(())
}

/// The object type and attributes of a composite key; `None` if `key` is not one.
pub fn split_composite_key(key: &str) -> Option<(&str, Vec<&str>)> {
    let mut parts = key
        .strip_prefix(SEPARATOR)?
        .strip_suffix(SEPARATOR)?
        .split(SEPARATOR);
    let object_type = parts.next()?;
    Some((object_type, parts.collect()))
}

/// The half-open range that holds every key which continues a partial composite key.
pub(crate) fn partial_range<S: AsRef<str>>(
    object_type: &str,
    attributes: &[S],
) -> HostResult<(String, String)> {
    let start = create_composite_key(object_type, attributes)?;
    let end = format!("{start}{LAST}");
    Ok((start, end))
}

/// Bounds of a scan over simple keys: an open start skips the composite keys, and neither bound may be one.
pub(crate) fn simple_range<'a>(start: &'a str, end: &'a str) -> HostResult<(&'a str, &'a str)> {
    let start = if start.is_empty() {
        FIRST_SIMPLE
    } else {
        start
    };
    for key in [start, end] {
        if key.starts_with(SEPARATOR) {
            return Err(HostError::verbatim(format!(
                "first character of the key [{key}] contains a null character which is not allowed"
            )));
        }
    }
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_forbidden_code_point_is_named_with_its_byte_position() {
        let error = create_composite_key("color", &["é\0"]).unwrap_err();
        assert_eq!(
            error.as_str(),
            "input contains unicode U+0000 starting at position [2]. U+0000 and U+10FFFF are not allowed in the input attribute of a composite key"
        );
        assert!(create_composite_key("c\u{10FFFF}", &[] as &[&str]).is_err());
    }

    #[test]
    fn simple_scans_do_not_enter_the_composite_keys() {
        assert_eq!(simple_range("", "").unwrap(), ("\u{1}", ""));
        assert_eq!(
            simple_range("a", "\0b").unwrap_err().as_str(),
            "first character of the key [\0b] contains a null character which is not allowed"
        );
    }

    #[test]
    fn simple_keys_do_not_split() {
        assert_eq!(split_composite_key("asset1"), None);
        assert_eq!(split_composite_key(""), None);
        assert_eq!(split_composite_key("\0"), None);
    }

    proptest! {
        #[test]
        fn what_is_joined_comes_apart_again(
            object_type in "[^\0\u{10FFFF}]{0,8}",
            attributes in prop::collection::vec("[^\0\u{10FFFF}]{0,8}", 0..5),
        ) {
            let key = create_composite_key(&object_type, &attributes).unwrap();
            let (found, parts) = split_composite_key(&key).unwrap();
            prop_assert_eq!(found, object_type);
            prop_assert_eq!(parts, attributes);
        }
    }
}
