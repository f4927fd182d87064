use super::CheckError;
use wasmparser::Payload;

/// Every limit is several times what the largest toolchain at hand produces: a Python component of 18 MB has 14 modules
/// and about 30,000 functions.
const MODULES: usize = 60;
const COMPONENTS: usize = 60;
const FUNCTIONS: usize = 200_000;
const FUNCTION_BYTES: usize = 2 << 20;
const GLOBALS: usize = 100_000;
const DATA_SEGMENTS: usize = 100_000;
const TYPES: usize = 100_000;

/// Counts over all nested modules, so that the work of compiling is bounded before it begins.
#[derive(Default)]
pub(super) struct Bounds {
    modules: usize,
    components: usize,
    functions: usize,
    globals: usize,
    data: usize,
    types: usize,
}

impl Bounds {
    pub(super) fn count(&mut self, payload: &Payload<'_>) -> Result<(), CheckError> {
        match payload {
            Payload::ComponentSection { .. } => {
                add(&mut self.components, 1, "components", COMPONENTS)
            }
            Payload::ModuleSection { .. } => add(&mut self.modules, 1, "core modules", MODULES),
            Payload::FunctionSection(s) => {
                add(&mut self.functions, s.count(), "functions", FUNCTIONS)
            }
            Payload::GlobalSection(s) => add(&mut self.globals, s.count(), "globals", GLOBALS),
            Payload::DataSection(s) => {
                add(&mut self.data, s.count(), "data segments", DATA_SEGMENTS)
            }
            Payload::TypeSection(s) => add(&mut self.types, s.count(), "types", TYPES),
            Payload::ComponentTypeSection(s) => add(&mut self.types, s.count(), "types", TYPES),
            Payload::CodeSectionEntry(body) => {
                let bytes = body.range().end.saturating_sub(body.range().start);
                add(&mut 0, bytes, "bytes in one function", FUNCTION_BYTES)
            }
            _ => Ok(()),
        }
    }
}

fn add(
    count: &mut usize,
    more: impl TryInto<usize>,
    what: &'static str,
    limit: usize,
) -> Result<(), CheckError> {
    *count = count.saturating_add(more.try_into().unwrap_or(usize::MAX));
    if *count > limit {
        Err(CheckError::TooMany {
            what,
            count: *count,
            limit,
        })
    } else {
        Ok(())
    }
}
