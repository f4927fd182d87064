use crate::interface::{Contract, Interface, Transaction};
use crate::rust_names::{constant, field_name, method_name, type_name};
use crate::shape::{Object, Shape};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A typed client for contracts in Rust that call this one: a module with one struct an object, and for each contract a
/// client on the same channel and one for queries from other channels.
pub fn rust(interface: &Interface) -> String {
    let mut module = Module::default();
    for (name, object) in &interface.objects {
        module.object(name, object);
    }
    for contract in &interface.contracts {
        module.client(contract);
        module.queries(contract);
    }
    let Module { body, words } = module;
    let mut out = String::from(
        "// Made by `selvedge bindings` from the chaincode's metadata; do not edit.\n\n\
         #![allow(\n    dead_code,\n    unused_imports,\n    clippy::too_many_arguments,\n    \
         reason = \"generated\"\n)]\n\n\
         use selvedge_sdk::{Bytes, Remote, RemoteQuery, Schema, SdkError, Time, Tx, View};\n\
         use serde::{Deserialize, Serialize};\n",
    );
    for (choices, name) in &words {
        choice(&mut out, name, choices);
    }
    out + &body
}

const DERIVES: &str = "Serialize, Deserialize, Schema)]";

#[derive(Default)]
struct Module {
    body: String,
    /// Enumerations by their words, which is all that the metadata says of them.
    words: BTreeMap<Vec<String>, String>,
}

fn choice(out: &mut String, name: &str, words: &[String]) {
    let _ = writeln!(
        out,
        "\n#[derive(Clone, Copy, Debug, PartialEq, Eq, {DERIVES}"
    );
    let _ = writeln!(out, "pub enum {name} {{");
    for word in words {
        let variant = type_name(word);
        if variant != *word {
            let _ = writeln!(out, "    #[serde(rename = {})]", quoted(word));
        }
        let _ = writeln!(out, "    {variant},");
    }
    out.push_str("}\n");
}

impl Module {
    fn object(&mut self, name: &str, object: &Object) {
        let mut text = format!("\n#[derive(Clone, Debug, PartialEq, {DERIVES}\n");
        if type_name(name) != name {
            let _ = writeln!(text, "#[serde(rename = {})]", quoted(name));
        }
        let _ = writeln!(text, "pub struct {} {{", type_name(name));
        for (field, about) in &object.fields {
            let known = field_name(field);
            let mut attributes = Vec::new();
            if known.trim_start_matches("r#") != field {
                attributes.push(format!("rename = {}", quoted(field)));
            }
            if !about.required {
                attributes.push("default".to_owned());
                attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
            }
            if !attributes.is_empty() {
                let _ = writeln!(text, "    #[serde({})]", attributes.join(", "));
            }
            let ty = self.json_type(&about.shape, &format!("{name}_{field}"));
            let ty = if about.required {
                ty
            } else {
                format!("Option<{ty}>")
            };
            let _ = writeln!(text, "    pub {known}: {ty},");
        }
        text.push_str("}\n");
        self.body.push_str(&text);
    }

    fn client(&mut self, contract: &Contract) {
        let name = type_name(&format!("{}_client", contract.name));
        self.declare(&name, "Remote", &contract.description);
        let _ = writeln!(
            self.body,
            "\nimpl<'v> {name}<'v> {{\n\
             \x20   /// On this channel: what it reads and writes joins the transaction.\n\
             \x20   pub fn on(tx: &'v Tx, chaincode: &'v str) -> Self {{\n\
             \x20       Self(tx.chaincode(chaincode))\n\
             \x20   }}"
        );
        for transaction in &contract.transactions {
            self.method(contract, transaction);
        }
        self.body.push_str("}\n");
    }

    /// What a transaction of another channel writes is dropped, so only what reads is offered.
    fn queries(&mut self, contract: &Contract) {
        let name = type_name(&format!("{}_queries", contract.name));
        self.declare(&name, "RemoteQuery", &contract.description);
        let _ = writeln!(
            self.body,
            "\nimpl<'v> {name}<'v> {{\n\
             \x20   /// On another channel: only its answers count.\n\
             \x20   pub fn on_channel(view: &'v View, channel: &'v str, chaincode: &'v str) -> Self {{\n\
             \x20       Self(view.chaincode_on(channel, chaincode))\n\
             \x20   }}"
        );
        for transaction in contract.transactions.iter().filter(|known| !known.submit) {
            self.method(contract, transaction);
        }
        self.body.push_str("}\n");
    }

    fn declare(&mut self, name: &str, inner: &str, description: &str) {
        self.body.push('\n');
        comment(&mut self.body, "", description);
        let _ = writeln!(
            self.body,
            "#[derive(Clone, Copy, Debug)]\npub struct {name}<'v>({inner}<'v>);"
        );
    }

    fn method(&mut self, contract: &Contract, transaction: &Transaction) {
        let subject = format!("{}_{}", contract.name, transaction.name);
        let mut parameters = String::new();
        let mut arguments = Vec::new();
        for parameter in &transaction.parameters {
            let name = field_name(&parameter.name);
            let ty = match &parameter.shape {
                Shape::Text => "&str".to_owned(),
                other => self.wire_type(other, &format!("{subject}_{}", parameter.name)),
            };
            let _ = write!(parameters, ", {name}: {ty}");
            arguments.push(name);
        }
        let arguments = match arguments.as_slice() {
            [only] => format!("({only},)"),
            all => format!("({})", all.join(", ")),
        };
        let returns = self.wire_type(&transaction.returns, &format!("{subject}_result"));
        let wire = if contract.is_default {
            transaction.name.clone()
        } else {
            format!("{}:{}", contract.name, transaction.name)
        };
        self.body.push('\n');
        comment(&mut self.body, "    ", &transaction.description);
        let _ = writeln!(
            self.body,
            "    pub fn {}(&self{parameters}) -> Result<{returns}, SdkError> {{\n        self.0.call({}, {arguments})\n    }}",
            method_name(&transaction.name),
            quoted(&wire)
        );
    }

    /// The type of an argument or a result.
    fn wire_type(&mut self, shape: &Shape, subject: &str) -> String {
        match shape {
            Shape::None => "()".to_owned(),
            Shape::Bytes => "Bytes".to_owned(),
            other => self.json_type(other, subject),
        }
    }

    /// The type of a value inside JSON; `subject` names an enumeration that has no name of its own.
    fn json_type(&mut self, shape: &Shape, subject: &str) -> String {
        match shape {
            Shape::None | Shape::Any => "selvedge_sdk::serde_json::Value".to_owned(),
            Shape::Text | Shape::Bytes => "String".to_owned(),
            Shape::Time => "Time".to_owned(),
            Shape::Bool => "bool".to_owned(),
            Shape::Number => "f64".to_owned(),
            Shape::Whole { minimum, maximum } => whole(*minimum, *maximum).to_owned(),
            Shape::List(element) => match self.json_type(element, subject).as_str() {
                // A list of `u8` is bytes.
                "u8" => "Vec<u16>".to_owned(),
                element => format!("Vec<{element}>"),
            },
            Shape::Map(value) => format!(
                "std::collections::BTreeMap<String, {}>",
                self.json_type(value, subject)
            ),
            Shape::Named(name) => type_name(name),
            Shape::Words(words) => self
                .words
                .entry(words.clone())
                .or_insert_with(|| type_name(subject))
                .clone(),
        }
    }
}

/// The smallest type that holds the numbers.
fn whole(minimum: i128, maximum: i128) -> &'static str {
    let types: [(&str, i128, i128); 8] = [
        ("u8", 0, u8::MAX.into()),
        ("i8", i8::MIN.into(), i8::MAX.into()),
        ("u16", 0, u16::MAX.into()),
        ("i16", i16::MIN.into(), i16::MAX.into()),
        ("u32", 0, u32::MAX.into()),
        ("i32", i32::MIN.into(), i32::MAX.into()),
        ("u64", 0, u64::MAX.into()),
        ("i64", i64::MIN.into(), i64::MAX.into()),
    ];
    let fits = |(_, low, high): &&(&str, i128, i128)| *low <= minimum && maximum <= *high;
    types.iter().find(fits).map_or("i64", |(name, _, _)| name)
}

fn comment(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{indent}/// {line}");
    }
}

fn quoted(text: &str) -> String {
    constant(text)
}
