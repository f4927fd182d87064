use crate::section::SECTION;
use rustc_demangle::demangle;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use thiserror::Error;
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// What makes a component as large as it is. All sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    pub total: usize,
    /// Functions of the contract and its crates.
    pub code: usize,
    /// Constants: texts, tables, initial values.
    pub data: usize,
    /// What else the contract's module has: types, imports, exports.
    pub module: usize,
    /// The modules that turn WASI into `fabric:chaincode`, and their tables.
    pub adapter: usize,
    /// The section with the contract's metadata.
    pub metadata: usize,
    /// What binds the modules: the component's own types, imports and instances.
    pub component: usize,
    /// Code by crate, the largest first. Empty for a module without names.
    pub crates: Vec<Part>,
    /// Functions, the largest first. Empty for a module without names.
    pub functions: Vec<Part>,
}

/// A crate or a function, and the bytes of its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub bytes: usize,
}

/// Bytes that are no component, or a module that is none.
#[derive(Debug, Error)]
#[error("the sizes of the component cannot be read: {0}")]
pub struct SizesError(#[from] wasmparser::BinaryReaderError);

/// Reads the sizes of a component, and those of its functions from the module it was made of, if that has names still.
///
/// # Errors
/// Bytes that are not WebAssembly.
pub fn sizes(component: &[u8], named_module: &[u8]) -> Result<Sizes, SizesError> {
    let mut sizes = Sizes {
        total: component.len(),
        ..Sizes::default()
    };
    let mut modules: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ModuleSection {
                unchecked_range, ..
            } => modules.push(unchecked_range),
            Payload::CustomSection(section) if depth == 1 && section.name() == SECTION => {
                sizes.metadata = section.range().len();
            }
            _ => {}
        }
    }
    // The contract's is the largest; the others are a few hundred instructions.
    modules.sort_by_key(|range| std::cmp::Reverse(range.len()));
    let mut modules = modules.into_iter();
    if let Some(contract) = modules.next() {
        let bytes = component.get(contract).unwrap_or_default();
        (sizes.code, sizes.data) = code_and_data(bytes)?;
        sizes.module = bytes.len() - sizes.code - sizes.data;
    }
    sizes.adapter = modules.map(|range| range.len()).sum();
    let known = sizes.code + sizes.data + sizes.module + sizes.adapter + sizes.metadata;
    sizes.component = sizes.total.saturating_sub(known);
    sizes.functions = functions(named_module)?;
    sizes.crates = crates(&sizes.functions);
    Ok(sizes)
}

fn code_and_data(module: &[u8]) -> Result<(usize, usize), SizesError> {
    let (mut code, mut data) = (0, 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CodeSectionStart { range, .. } => code = range.len(),
            Payload::DataSection(section) => data = section.range().len(),
            _ => {}
        }
    }
    Ok((code, data))
}

/// Every function with a name.
fn functions(module: &[u8]) -> Result<Vec<Part>, SizesError> {
    let mut sizes: Vec<usize> = Vec::new();
    let mut names: BTreeMap<usize, String> = BTreeMap::new();
    let mut imported = 0_usize;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(
                        import?.ty,
                        wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_)
                    ));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(reader) = section.as_known() {
                    for name in reader {
                        if let Name::Function(map) = name? {
                            for naming in map {
                                let naming = naming?;
                                let index = usize::try_from(naming.index).unwrap_or(usize::MAX);
                                names.insert(index, format!("{:#}", demangle(naming.name)));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let named = names.into_iter().filter_map(|(index, name)| {
        let bytes = *sizes.get(index.checked_sub(imported)?)?;
        Some(Part { name, bytes })
    });
    Ok(largest_first(named.collect()))
}

fn crates(functions: &[Part]) -> Vec<Part> {
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    for function in functions {
        *sums.entry(crate_of(&function.name)).or_default() += function.bytes;
    }
    let parts = sums.into_iter().map(|(name, bytes)| Part {
        name: name.to_owned(),
        bytes,
    });
    largest_first(parts.collect())
}

fn largest_first(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by(|one, other| other.bytes.cmp(&one.bytes).then(one.name.cmp(&other.name)));
    parts
}

/// The crate that wrote a function: `<notes::Note as serde::Serialize>::serialize` is of `notes`, and
/// `<u64 as core::fmt::Display>::fmt` of `core`. What has no path comes from the linker, C, or the component's glue.
fn crate_of(function: &str) -> &str {
    let after = |text| -> Option<&str> {
        let start: &str = text;
        let start = start.trim_start_matches(|letter: char| "<&*[( ".contains(letter));
        let start = ["mut ", "const ", "dyn "]
            .iter()
            .fold(start, |start, word| {
                start.strip_prefix(word).unwrap_or(start)
            });
        let end = start
            .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .unwrap_or(start.len());
        let (name, rest) = start.split_at(end);
        (rest.starts_with("::") && !name.is_empty()).then_some(name)
    };
    let of_trait = || {
        function
            .split_once(" as ")
            .and_then(|(_, rest)| after(rest))
    };
    after(function).or_else(of_trait).unwrap_or("(no crate)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, Function, FunctionSection, Instruction, Module, NameMap, NameSection,
        TypeSection,
    };

    /// Functions with these names; each is longer than the one before.
    fn module(names: &[&str]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        let mut map = NameMap::new();
        for (index, name) in (0..).zip(names) {
            functions.function(0);
            let mut function = Function::new([]);
            for _ in 0..index {
                function.instruction(&Instruction::Nop);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
            map.append(index, name);
        }
        let mut section = NameSection::new();
        section.functions(&map);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&code)
            .section(&section);
        module.finish()
    }

    #[test]
    fn code_belongs_to_the_crate_of_the_type_else_of_the_trait() {
        for (function, expected) in [
            ("notes::Notes::write", "notes"),
            ("<notes::Note as serde::Serialize>::serialize", "notes"),
            (
                "<&mut alloc::vec::Vec<u8> as core::fmt::Write>::write_str",
                "alloc",
            ),
            ("<u64 as core::fmt::Display>::fmt", "core"),
            ("<[u8] as alloc::slice::ToOwned>::to_owned", "alloc"),
            ("<dyn core::any::Any>::is", "core"),
            ("memcpy", "(no crate)"),
            ("", "(no crate)"),
        ] {
            assert_eq!(crate_of(function), expected, "{function}");
        }
    }

    #[test]
    fn functions_and_crates_are_sorted_by_size() {
        let module = module(&["_ZN5notes4read17h0123456789abcdefE", "core::b", "core::c"]);
        let functions = functions(&module).unwrap();
        let names: Vec<_> = functions.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["core::c", "core::b", "notes::read"]);
        let crates = crates(&functions);
        assert_eq!(crates[0].name, "core");
        assert_eq!(crates[0].bytes, functions[0].bytes + functions[1].bytes);
    }

    #[test]
    fn the_parts_of_a_component_are_all_of_it() {
        let module = module(&["core::a", "core::b"]);
        let mut component = wasm_encoder::Component::new();
        component.section(&wasm_encoder::RawSection {
            id: 1,
            data: &module,
        });
        component.section(&wasm_encoder::CustomSection {
            name: SECTION.into(),
            data: b"{}".into(),
        });
        let component = component.finish();
        let sizes = sizes(&component, &Module::new().finish()).unwrap();
        assert!(sizes.code > 0 && sizes.metadata > 2 && sizes.functions.is_empty());
        let parts = [
            sizes.code,
            sizes.data,
            sizes.module,
            sizes.adapter,
            sizes.metadata,
            sizes.component,
        ];
        assert_eq!(parts.iter().sum::<usize>(), component.len());
    }
}
