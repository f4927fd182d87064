use wasmparser::component_types::{ComponentDefinedType, ComponentFuncTypeId, ComponentValType};
use wasmparser::types::TypesRef;

/// Types nest this deep in a description; deeper ones are `…`, which no expected type contains.
const MAX_DEPTH: u32 = 6;
const MAX_MEMBERS: usize = 20;

/// A function's type as WIT would write it, with records spelled out.
pub(super) fn function(types: TypesRef<'_>, id: ComponentFuncTypeId) -> String {
    let Some(ty) = types.get(id) else {
        return "…".to_owned();
    };
    let params: Vec<String> = ty
        .params
        .iter()
        .take(MAX_MEMBERS)
        .map(|(name, ty)| format!("{name}: {}", value(types, *ty, 0)))
        .collect();
    let result = ty
        .result
        .map(|ty| format!(" -> {}", value(types, ty, 0)))
        .unwrap_or_default();
    let prefix = if ty.async_ { "async " } else { "" };
    format!("{prefix}func({}){result}", params.join(", "))
}

fn value(types: TypesRef<'_>, ty: ComponentValType, depth: u32) -> String {
    match ty {
        ComponentValType::Primitive(primitive) => primitive.to_string(),
        ComponentValType::Type(_) if depth >= MAX_DEPTH => "…".to_owned(),
        ComponentValType::Type(id) => types
            .get(id)
            .map_or("…".to_owned(), |ty| defined(types, ty, depth + 1)),
    }
}

fn defined(types: TypesRef<'_>, ty: &ComponentDefinedType, depth: u32) -> String {
    match ty {
        ComponentDefinedType::Primitive(primitive) => primitive.to_string(),
        ComponentDefinedType::List { element, .. } => {
            format!("list<{}>", value(types, *element, depth))
        }
        ComponentDefinedType::Option { ty, .. } => format!("option<{}>", value(types, *ty, depth)),
        ComponentDefinedType::Record(record) => {
            let fields = record.fields.iter().take(MAX_MEMBERS);
            let fields: Vec<String> = fields
                .map(|(n, ty)| format!("{n}: {}", value(types, *ty, depth)))
                .collect();
            format!("record {{ {} }}", fields.join(", "))
        }
        ComponentDefinedType::Tuple(tuple) => {
            let members = tuple.types.iter().take(MAX_MEMBERS);
            let members: Vec<String> = members.map(|ty| value(types, *ty, depth)).collect();
            format!("tuple<{}>", members.join(", "))
        }
        ComponentDefinedType::Result { ok, err, .. } => {
            let side = |ty: &Option<_>| ty.map_or("_".to_owned(), |ty| value(types, ty, depth));
            format!("result<{}, {}>", side(ok), side(err))
        }
        ComponentDefinedType::Variant(_) => "variant { … }".to_owned(),
        ComponentDefinedType::Enum(_) => "enum { … }".to_owned(),
        ComponentDefinedType::Flags(_) => "flags { … }".to_owned(),
        _ => "…".to_owned(),
    }
}
