use selvedge_interface::Bytes;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The shape of a type in the contract's metadata: a JSON schema in the forms contract-api uses.
///
/// Implemented for the wire's basic types, lists, maps and options; `#[derive(Schema)]` adds structs and enums and makes
/// them arguments and results.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema, so it cannot appear in a contract's interface",
    label = "no schema",
    note = "add `#[derive(Serialize, Deserialize, Schema)]` to the type"
)]
pub trait Schema {
    /// Describes the type, adding named objects to `components`.
    fn schema(components: &mut Components) -> Value;

    /// Whether a value may be left out of an object.
    const OPTIONAL: bool = false;
}

/// Travels as JSON. Derived with [`Schema`] for structs and enums.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel between client and contract",
    label = "neither a basic type nor a JSON object",
    note = "basic types are `String`, `bool`, integers, floats, `Bytes` and `Time`; for a struct or enum add `#[derive(Serialize, Deserialize, Schema)]`"
)]
pub trait Json: Schema {}

/// May be an element of a JSON list. Every type with a schema but `u8`, whose lists are raw bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of a list in a contract's interface",
    note = "for a struct or enum add `#[derive(Serialize, Deserialize, Schema)]`"
)]
pub trait Element: Schema {}

impl<T: Json> Element for T {}
impl<T: Element> Json for Vec<T> {}
impl<T: Element> Json for BTreeSet<T> {}
impl<T: Element> Json for BTreeMap<String, T> {}
impl<T: Element, const N: usize> Json for [T; N] {}
impl Json for Value {}
impl Json for Map<String, Value> {}
impl<T: Element> Element for Option<T> {}

impl<T: Element> Schema for Vec<T> {
    fn schema(components: &mut Components) -> Value {
        json!({"type": "array", "items": T::schema(components)})
    }
}

impl<T: Element, const N: usize> Schema for [T; N] {
    fn schema(components: &mut Components) -> Value {
        json!({"type": "array", "items": T::schema(components)})
    }
}

impl<T: Element> Schema for BTreeSet<T> {
    fn schema(components: &mut Components) -> Value {
        json!({"type": "array", "items": T::schema(components)})
    }
}

impl<T: Element> Schema for BTreeMap<String, T> {
    fn schema(components: &mut Components) -> Value {
        json!({"type": "object", "additionalProperties": T::schema(components)})
    }
}

impl<T: Schema> Schema for Option<T> {
    fn schema(components: &mut Components) -> Value {
        T::schema(components)
    }

    const OPTIONAL: bool = true;
}

impl Schema for Value {
    fn schema(_: &mut Components) -> Value {
        json!({})
    }
}

impl Schema for Map<String, Value> {
    fn schema(_: &mut Components) -> Value {
        json!({"type": "object"})
    }
}

/// No value: the schema is absent.
impl Schema for () {
    fn schema(_: &mut Components) -> Value {
        Value::Null
    }
}

impl Schema for Bytes {
    fn schema(_: &mut Components) -> Value {
        json!({"type": "string", "format": "byte"})
    }
}

impl Schema for Vec<u8> {
    fn schema(_: &mut Components) -> Value {
        json!({"type": "string", "format": "byte"})
    }
}

macro_rules! basic {
    ($($type:ty => $schema:tt),* $(,)?) => {$(
        impl Schema for $type {
            fn schema(_: &mut Components) -> Value {
                json!($schema)
            }
        }
    )*};
}

basic! {
    String => {"type": "string"},
    &str => {"type": "string"},
    bool => {"type": "boolean"},
    i8 => {"type": "integer", "format": "int8"},
    i16 => {"type": "integer", "format": "int16"},
    i32 => {"type": "integer", "format": "int32"},
    i64 => {"type": "integer", "format": "int64"},
    u8 => {"type": "integer", "format": "int32", "minimum": 0, "maximum": 255},
    u16 => {"type": "integer", "format": "int64", "minimum": 0, "maximum": 65535},
    u32 => {"type": "integer", "format": "int64", "minimum": 0, "maximum": 4_294_967_295_u32},
    u64 => {"type": "number", "format": "double", "multipleOf": 1, "minimum": 0, "maximum": 18_446_744_073_709_552_000_f64},
    f32 => {"type": "number", "format": "float"},
    f64 => {"type": "number", "format": "double"},
}

macro_rules! elements {
    ($($type:ty),*) => {$(impl Element for $type {})*};
}
elements!(
    String, &str, bool, i8, i16, i32, i64, u16, u32, u64, f32, f64
);

/// The named object schemas of a chaincode, collected while its interface is described.
#[derive(Debug, Default)]
pub struct Components {
    objects: BTreeMap<String, Value>,
    depth: usize,
}

impl Components {
    /// Describes the struct `name` once and returns a reference to it. References inside another object are bare names,
    /// as contract-api has them.
    pub fn object(&mut self, name: &str, fields: impl FnOnce(&mut Fields<'_>)) -> Value {
        if !self.objects.contains_key(name) {
            self.objects.insert(name.to_owned(), Value::Null); // a type that contains itself finds its place taken
            self.depth += 1;
            let mut collected = Fields {
                components: self,
                properties: Map::new(),
                required: Vec::new(),
            };
            fields(&mut collected);
            let Fields {
                properties,
                required,
                ..
            } = collected;
            self.depth -= 1;
            let mut object =
                json!({"$id": name, "properties": properties, "additionalProperties": false});
            if let (false, Value::Object(object)) = (required.is_empty(), &mut object) {
                object.insert("required".to_owned(), json!(required));
            }
            self.objects.insert(name.to_owned(), object);
        }
        let prefix = if self.depth == 0 {
            "#/components/schemas/"
        } else {
            ""
        };
        json!({"$ref": format!("{prefix}{name}")})
    }

    pub(crate) fn into_json(self) -> Value {
        if self.objects.is_empty() {
            json!({})
        } else {
            json!({"schemas": self.objects})
        }
    }
}

/// The fields of one object, in the hands of a derived [`Schema`].
#[derive(Debug)]
pub struct Fields<'c> {
    components: &'c mut Components,
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Fields<'_> {
    /// Adds a field under its JSON name.
    pub fn field<T: Schema>(&mut self, name: &str, optional: bool) -> &mut Self {
        let schema = T::schema(self.components);
        self.properties.insert(name.to_owned(), schema);
        if !(optional || T::OPTIONAL) {
            self.required.push(name.to_owned());
        }
        self
    }
}
