use crate::interface::{Contract, Interface, Parameter, Transaction};
use crate::shape::{Object, Shape};
use std::fmt::Write;

/// A typed client over `Contract` of `@hyperledger/fabric-gateway`: one class a contract, one method a transaction,
/// one interface an object.
pub fn typescript(interface: &Interface) -> String {
    let mut out = String::from(
        "// Made by `selvedge bindings` from the chaincode's metadata; do not edit.\n\
         import type { Contract } from '@hyperledger/fabric-gateway';\n\n\
         const utf8 = new TextDecoder();\n",
    );
    for (name, object) in &interface.objects {
        declare(&mut out, name, object);
    }
    for contract in &interface.contracts {
        class(&mut out, contract);
    }
    out
}

fn declare(out: &mut String, name: &str, object: &Object) {
    let _ = writeln!(out, "\nexport interface {} {{", type_name(name));
    for (field, about) in &object.fields {
        let mark = if about.required { "" } else { "?" };
        let null = if about.required { "" } else { " | null" };
        let _ = writeln!(
            out,
            "    {}{mark}: {}{null};",
            property(field),
            json_type(&about.shape)
        );
    }
    out.push_str("}\n");
}

fn class(out: &mut String, contract: &Contract) {
    out.push('\n');
    comment(out, "", &contract.description);
    let _ = writeln!(out, "export class {} {{", type_name(&contract.name));
    out.push_str("    constructor(private readonly contract: Contract) {}\n");
    for transaction in &contract.transactions {
        method(out, contract, transaction);
    }
    out.push_str("}\n");
}

fn method(out: &mut String, contract: &Contract, transaction: &Transaction) {
    let names: Vec<_> = transaction.parameters.iter().map(variable).collect();
    let parameters: Vec<_> = transaction
        .parameters
        .iter()
        .zip(&names)
        .map(|(parameter, name)| format!("{name}: {}", wire_type(&parameter.shape)))
        .collect();
    let arguments: Vec<_> = transaction
        .parameters
        .iter()
        .zip(&names)
        .map(|(parameter, name)| to_wire(&parameter.shape, name))
        .collect();
    let call = if transaction.submit {
        "submitTransaction"
    } else {
        "evaluateTransaction"
    };
    let wire_name = if contract.is_default {
        transaction.name.clone()
    } else {
        format!("{}:{}", contract.name, transaction.name)
    };
    let list: String = arguments
        .iter()
        .map(|argument| format!(", {argument}"))
        .collect();
    out.push('\n');
    comment(out, "    ", &transaction.description);
    let _ = writeln!(
        out,
        "    async {}({}): Promise<{}> {{",
        method_name(&transaction.name),
        parameters.join(", "),
        wire_type(&transaction.returns)
    );
    let invocation = format!("await this.contract.{call}({}{list})", quoted(&wire_name));
    let _ = writeln!(
        out,
        "        {}",
        from_wire(&transaction.returns, &invocation)
    );
    out.push_str("    }\n");
}

fn comment(out: &mut String, indent: &str, text: &str) {
    if !text.is_empty() {
        let text = text.replace("*/", "* /").replace('\n', " ");
        let _ = writeln!(out, "{indent}/** {text} */");
    }
}

/// The type of an argument or a result, where plain values travel as text.
fn wire_type(shape: &Shape) -> String {
    match shape {
        Shape::None => "void".to_owned(),
        Shape::Bytes => "Uint8Array".to_owned(),
        Shape::Whole { .. } if !safe(shape) => "bigint".to_owned(),
        other => json_type(other),
    }
}

/// The type of a value inside JSON.
fn json_type(shape: &Shape) -> String {
    match shape {
        Shape::None | Shape::Any => "unknown".to_owned(),
        Shape::Text | Shape::Bytes | Shape::Time => "string".to_owned(),
        Shape::Bool => "boolean".to_owned(),
        Shape::Whole { .. } | Shape::Number => "number".to_owned(),
        Shape::List(element) => format!("Array<{}>", json_type(element)),
        Shape::Map(value) => format!("Record<string, {}>", json_type(value)),
        Shape::Named(name) => type_name(name),
        Shape::Words(words) => words
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

/// Whether JavaScript's numbers hold every value exactly.
fn safe(shape: &Shape) -> bool {
    const SAFE: i128 = (1 << 53) - 1;
    matches!(shape, Shape::Whole { minimum, maximum } if *minimum >= -SAFE && *maximum <= SAFE)
}

fn to_wire(shape: &Shape, name: &str) -> String {
    match shape {
        Shape::None | Shape::Text | Shape::Time | Shape::Bytes => name.to_owned(),
        Shape::Bool | Shape::Whole { .. } | Shape::Number => format!("String({name})"),
        _ => format!("JSON.stringify({name})"),
    }
}

fn from_wire(shape: &Shape, bytes: &str) -> String {
    match shape {
        Shape::None => format!("{bytes};"),
        Shape::Bytes => format!("return {bytes};"),
        Shape::Text | Shape::Time => format!("return utf8.decode({bytes});"),
        Shape::Bool => format!("return utf8.decode({bytes}) === 'true';"),
        Shape::Whole { .. } if !safe(shape) => format!("return BigInt(utf8.decode({bytes}));"),
        Shape::Whole { .. } | Shape::Number => format!("return Number(utf8.decode({bytes}));"),
        other => format!(
            "return JSON.parse(utf8.decode({bytes})) as {};",
            wire_type(other)
        ),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn identifier(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        name.insert(0, '_');
    }
    name
}

fn type_name(name: &str) -> String {
    let name = identifier(name);
    // The names this file imports or relies on.
    match name.as_str() {
        "Contract" | "Array" | "Record" | "Promise" | "Uint8Array" | "String" | "Number"
        | "BigInt" | "JSON" => format!("{name}_"),
        _ => name,
    }
}

fn method_name(name: &str) -> String {
    let name = identifier(name);
    let mut chars = name.chars();
    let small: String = chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    });
    if small == "constructor" {
        "constructor_".to_owned()
    } else {
        small
    }
}

fn variable(parameter: &Parameter) -> String {
    const RESERVED: [&str; 36] = [
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "new",
        "null",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
    ];
    let name = identifier(&parameter.name);
    if RESERVED.contains(&name.as_str())
        || matches!(
            name.as_str(),
            "let" | "yield" | "await" | "static" | "utf8" | "arguments" | "eval"
        )
    {
        format!("{name}_")
    } else {
        name
    }
}

fn property(name: &str) -> String {
    if identifier(name) == name {
        name.to_owned()
    } else {
        quoted(name)
    }
}
