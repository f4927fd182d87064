use super::{CheckError, shape};
use selvedge_interface::{WIT, WIT_PACKAGE};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId,
};
use wasmparser::types::TypesRef;
use wit_parser::Resolve;

pub(super) const INVOKE: &str = "func(args: list<list<u8>>, is-init: bool) -> record { status: s32, message: string, payload: list<u8> }";

/// Functions by interface, as the WIT text has them.
static OFFERED: LazyLock<BTreeMap<String, BTreeSet<String>>> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    if let Err(error) = resolve.push_str("chaincode.wit", WIT) {
        tracing::error!(%error, "bug: the WIT world does not parse, so every component is refused");
    }
    let interfaces = resolve.interfaces.iter().filter_map(|(id, interface)| {
        Some((
            resolve.id_of(id)?,
            interface.functions.keys().cloned().collect(),
        ))
    });
    interfaces.collect()
});

/// Whether all the component imports is offered, and what it exports is `invoke`.
pub(super) fn check(types: TypesRef<'_>, imports: &[&str]) -> Result<(), CheckError> {
    for name in imports {
        match types.component_item_for_import(name).map(|item| item.ty) {
            Some(ComponentEntityType::Instance(id)) => interface(types, name, id)?,
            // The name of a value type, such as `response`, is not something that could be called.
            Some(ComponentEntityType::Type {
                created: ComponentAnyTypeId::Defined(_),
                ..
            }) => {}
            _ => {
                return Err(CheckError::Import {
                    import: quoted(name),
                });
            }
        }
    }
    invoke(types)
}

fn interface(
    types: TypesRef<'_>,
    name: &str,
    id: ComponentInstanceTypeId,
) -> Result<(), CheckError> {
    let offered = OFFERED.get(name).ok_or_else(|| unknown(name))?;
    let exports = types.get(id).map(|instance| &instance.exports);
    for (function, item) in exports.into_iter().flatten() {
        let is_function = matches!(item.ty, ComponentEntityType::Func(_));
        if is_function && !offered.contains(function.as_str()) {
            return Err(CheckError::ImportFunction {
                interface: quoted(name),
                function: quoted(function),
            });
        }
    }
    Ok(())
}

fn invoke(types: TypesRef<'_>) -> Result<(), CheckError> {
    match types
        .component_item_for_export("invoke")
        .map(|item| item.ty)
    {
        None => Err(CheckError::NoInvoke { expected: INVOKE }),
        Some(ComponentEntityType::Func(id)) => match shape::function(types, id) {
            found if found == INVOKE => Ok(()),
            found => Err(CheckError::WrongInvoke {
                found,
                expected: INVOKE,
            }),
        },
        Some(_) => Err(CheckError::WrongInvoke {
            found: "something other than a function".to_owned(),
            expected: INVOKE,
        }),
    }
}

/// Tells a wrong version of our own package from what is foreign.
fn unknown(name: &str) -> CheckError {
    let (package, offered) = WIT_PACKAGE.split_once('@').unwrap_or((WIT_PACKAGE, ""));
    let ours = name
        .strip_prefix(package)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.split_once('@'));
    match ours {
        Some((interface, _))
            if OFFERED.contains_key(&format!("{package}/{interface}@{offered}")) =>
        {
            CheckError::ImportVersion {
                import: quoted(name),
                offered: offered.to_owned(),
            }
        }
        _ => CheckError::Import {
            import: quoted(name),
        },
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}
