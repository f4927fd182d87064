use std::borrow::Cow;
use thiserror::Error;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The custom section of a component that holds its metadata.
pub const SECTION: &str = "fabric-metadata";

/// A file whose sections cannot be listed.
#[derive(Debug, Error)]
#[error("the file is not a WebAssembly component: {0}")]
pub struct SectionError(#[from] wasmparser::BinaryReaderError);

/// Puts metadata into a component, in place of what is there. The same bytes in give the same bytes out.
///
/// # Errors
/// Bytes that are not a component.
pub fn embed_section(component: &[u8], metadata: &[u8]) -> Result<Vec<u8>, SectionError> {
    let mut bytes = Vec::with_capacity(component.len() + metadata.len() + 32);
    let mut from = 0;
    for section in sections(component)? {
        let (start, end) = section.whole;
        bytes.extend_from_slice(component.get(from..start).unwrap_or_default());
        from = end;
    }
    bytes.extend_from_slice(component.get(from..).unwrap_or_default());
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
    let last = sections(component)?.pop();
    Ok(last.and_then(|section| component.get(section.data.0..section.data.1)))
}

struct Section {
    /// With its header.
    whole: (usize, usize),
    data: (usize, usize),
}

/// The sections of that name at the top level; the modules inside have sections of their own.
fn sections(component: &[u8]) -> Result<Vec<Section>, SectionError> {
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
                if depth == 1 && section.name() == SECTION {
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
