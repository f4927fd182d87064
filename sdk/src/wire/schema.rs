use super::object::{Members, Object, texts};
use selvedge_interface::Bytes;
use serde_json::{Map, Value};
use std::borrow::Cow;
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
    /// Describes the type, adding named objects to `components`: JSON with the members of objects in the order of their
    /// names; nothing for a type that has no value.
    fn schema(components: &mut Components) -> Cow<'static, str>;

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

fn of_many(member: &str, schema: &str, kind: &str) -> Cow<'static, str> {
    let mut object = Object::new();
    object.member(member, schema).text("type", kind);
    object.finish().into()
}

impl<T: Element> Schema for Vec<T> {
    fn schema(components: &mut Components) -> Cow<'static, str> {
        of_many("items", &T::schema(components), "array")
    }
}

impl<T: Element, const N: usize> Schema for [T; N] {
    fn schema(components: &mut Components) -> Cow<'static, str> {
        of_many("items", &T::schema(components), "array")
    }
}

impl<T: Element> Schema for BTreeSet<T> {
    fn schema(components: &mut Components) -> Cow<'static, str> {
        of_many("items", &T::schema(components), "array")
    }
}

impl<T: Element> Schema for BTreeMap<String, T> {
    fn schema(components: &mut Components) -> Cow<'static, str> {
        of_many("additionalProperties", &T::schema(components), "object")
    }
}

impl<T: Schema> Schema for Option<T> {
    fn schema(components: &mut Components) -> Cow<'static, str> {
        T::schema(components)
    }

    const OPTIONAL: bool = true;
}

impl Schema for Value {
    fn schema(_: &mut Components) -> Cow<'static, str> {
        "{}".into()
    }
}

impl Schema for Map<String, Value> {
    fn schema(_: &mut Components) -> Cow<'static, str> {
        r#"{"type":"object"}"#.into()
    }
}

/// No value: the schema is absent.
impl Schema for () {
    fn schema(_: &mut Components) -> Cow<'static, str> {
        "".into()
    }
}

impl Schema for Bytes {
    fn schema(_: &mut Components) -> Cow<'static, str> {
        r#"{"format":"byte","type":"string"}"#.into()
    }
}

impl Schema for Vec<u8> {
    fn schema(_: &mut Components) -> Cow<'static, str> {
        r#"{"format":"byte","type":"string"}"#.into()
    }
}

macro_rules! basic {
    ($($type:ty => $schema:literal),* $(,)?) => {$(
        impl Schema for $type {
            fn schema(_: &mut Components) -> Cow<'static, str> {
                $schema.into()
            }
        }
    )*};
}

basic! {
    String => r#"{"type":"string"}"#,
    &str => r#"{"type":"string"}"#,
    bool => r#"{"type":"boolean"}"#,
    i8 => r#"{"format":"int8","type":"integer"}"#,
    i16 => r#"{"format":"int16","type":"integer"}"#,
    i32 => r#"{"format":"int32","type":"integer"}"#,
    i64 => r#"{"format":"int64","type":"integer"}"#,
    u8 => r#"{"format":"int32","maximum":255,"minimum":0,"type":"integer"}"#,
    u16 => r#"{"format":"int64","maximum":65535,"minimum":0,"type":"integer"}"#,
    u32 => r#"{"format":"int64","maximum":4294967295,"minimum":0,"type":"integer"}"#,
    u64 => r#"{"format":"double","maximum":18446744073709552000,"minimum":0,"multipleOf":1,"type":"number"}"#,
    f32 => r#"{"format":"float","type":"number"}"#,
    f64 => r#"{"format":"double","type":"number"}"#,
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
    objects: Members,
    depth: usize,
}

impl Components {
    /// Describes the struct `name` once and returns a reference to it. References inside another object are bare names,
    /// as contract-api has them.
    pub fn object(&mut self, name: &str, fields: fn(&mut Fields<'_>)) -> Cow<'static, str> {
        if !self.objects.has(name) {
            // A type that contains itself finds its place taken.
            self.objects.put(name, String::new());
            self.depth += 1;
            let mut collected = Fields {
                components: self,
                properties: Members::default(),
                required: Vec::new(),
            };
            fields(&mut collected);
            let Fields {
                properties,
                required,
                ..
            } = collected;
            self.depth -= 1;
            let mut object = Object::new();
            object.text("$id", name);
            object.member("additionalProperties", "false");
            object.member("properties", &properties.to_json());
            if !required.is_empty() {
                object.member("required", &texts(&required));
            }
            self.objects.put(name, object.finish());
        }
        let prefix = match self.depth {
            0 => "#/components/schemas/",
            _ => "",
        };
        let mut reference = Object::new();
        reference.text("$ref", &[prefix, name].concat());
        reference.finish().into()
    }

    /// One of these texts, as an enum without fields has them.
    pub fn choice(names: &[&str]) -> Cow<'static, str> {
        let mut object = Object::new();
        object.member("enum", &texts(names)).text("type", "string");
        object.finish().into()
    }

    pub(crate) fn into_json(self) -> String {
        let mut object = Object::new();
        if !self.objects.is_empty() {
            object.member("schemas", &self.objects.to_json());
        }
        object.finish()
    }
}

/// The fields of one object, in the hands of a derived [`Schema`].
#[derive(Debug)]
pub struct Fields<'c> {
    components: &'c mut Components,
    properties: Members,
    required: Vec<&'static str>,
}

impl Fields<'_> {
    /// Adds a field under its JSON name.
    pub fn field<T: Schema>(&mut self, name: &'static str, optional: bool) -> &mut Self {
        self.add(name, T::schema, optional || T::OPTIONAL);
        self
    }

    fn add(
        &mut self,
        name: &'static str,
        schema: fn(&mut Components) -> Cow<'static, str>,
        optional: bool,
    ) {
        let schema = schema(self.components);
        self.properties.put(name, schema.into_owned());
        if !optional {
            self.required.push(name);
        }
    }
}
