use std::borrow::Cow;
use thiserror::Error;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The custom section of a component that holds its metadata.
pub const SECTION: &str = "fabric-metadata";

/// A file whose sections cannot be listed.
#[derive(Debug, Error)]
#[error("the file is not WebAssembly: {0}")]
pub struct SectionError(#[from] wasmparser::BinaryReaderError);

/// Puts metadata into a component, in place of what is there. The same bytes in give the same bytes out.
///
/// # Errors
/// Bytes that are not a component.
pub fn embed_section(component: &[u8], metadata: &[u8]) -> Result<Vec<u8>, SectionError> {
    let mut bytes = without(component, |name| name == SECTION)?;
    CustomSection {
        name: Cow::Borrowed(SECTION),
        data: Cow::Borrowed(metadata),
    }
    .append_to_component(&mut bytes);
    Ok(bytes)
}

/// The metadata of a component, without running it; `None` when it carries none.
///
/// # Errors
/// Bytes that are not a component.
pub fn read_section(component: &[u8]) -> Result<Option<&[u8]>, SectionError> {
    let last = sections(component, |name| name == SECTION)?.pop();
    Ok(last.and_then(|section| component.get(section.data.0..section.data.1)))
}

struct Section {
    /// With its header.
    whole: (usize, usize),
    data: (usize, usize),
}

/// A module or component without some of the custom sections of its top level.
pub(crate) fn without(bytes: &[u8], gone: impl Fn(&str) -> bool) -> Result<Vec<u8>, SectionError> {
    let (mut left, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for section in sections(bytes, gone)? {
        let (start, end) = section.whole;
        left.extend_from_slice(bytes.get(from..start).unwrap_or_default());
        from = end;
    }
    left.extend_from_slice(bytes.get(from..).unwrap_or_default());
    Ok(left)
}

/// The custom sections of these names at the top level; the modules inside have sections of their own.
fn sections(component: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<Section>, SectionError> {
    let (mut found, mut depth, mut end_of_last) = (Vec::new(), 0_usize, 0_usize);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let end = match &payload {
            Payload::Version { range, .. } => {
                depth += 1;
                Some(range.end)
            }
            Payload::End(at) => {
                depth = depth.saturating_sub(1);
                Some(*at)
            }
            Payload::CustomSection(section) => {
                let range = section.range();
                if depth == 1 && wanted(section.name()) {
                    let data = section.data_offset();
                    found.push(Section {
                        whole: (end_of_last, range.end),
                        data: (data, range.end),
                    });
                }
                Some(range.end)
            }
            other => other.as_section().map(|(_, range)| range.end),
        };
        end_of_last = end.unwrap_or(end_of_last);
    }
    Ok(found)
}
