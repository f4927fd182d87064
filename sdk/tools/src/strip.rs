use crate::section::{SectionError, without};

/// A core module without what a linker takes away that is told to strip symbols: names, and notes about the tools that
/// made it. Code, data and the types of the WIT world stay, byte for byte.
///
/// # Errors
/// Bytes that are not WebAssembly.
pub fn strip_symbols(module: &[u8]) -> Result<Vec<u8>, SectionError> {
    without(module, |name| {
        matches!(name, "name" | "producers" | "target_features" | "linking")
            || name.starts_with(".debug")
            || name.starts_with("reloc.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CustomSection, Module};

    #[test]
    fn names_go_and_the_world_stays() {
        let module = |names: &[&str]| {
            let mut module = Module::new();
            for name in names {
                module.section(&CustomSection {
                    name: (*name).into(),
                    data: b"x".as_slice().into(),
                });
            }
            module.finish()
        };
        let full = module(&[
            "component-type:w",
            "name",
            ".debug_info",
            "producers",
            "other",
        ]);
        let left = strip_symbols(&full).unwrap();
        assert_eq!(left, module(&["component-type:w", "other"]));
        assert!(strip_symbols(b"text").is_err());
    }
}
