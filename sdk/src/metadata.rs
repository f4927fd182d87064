use crate::contract::{Condition, Descriptor, Dialect, Entry, Transaction};
use crate::error::{ErrorForm, Errors};
use crate::wire::Components;
use serde_json::{Map, Value, json};

/// The contract every chaincode has: it answers `GetMetadata`.
pub(crate) const SYSTEM_CONTRACT: &str = "org.hyperledger.fabric";
pub(crate) const GET_METADATA: &str = "GetMetadata";

/// The chaincode's interface in the JSON form of contract-api.
pub(crate) fn describe(entries: &[Entry]) -> Value {
    let mut components = Components::default();
    let mut contracts = Map::new();
    for (position, entry) in entries.iter().enumerate() {
        let described = contract(entry.descriptor, position == 0, &mut components);
        contracts.insert(entry.descriptor.name.to_owned(), described);
    }
    contracts.insert(SYSTEM_CONTRACT.to_owned(), system_contract());
    json!({
        "info": {"title": "undefined", "version": "latest"},
        "contracts": contracts,
        "components": components.into_json(),
    })
}

fn contract(descriptor: &Descriptor, is_default: bool, components: &mut Components) -> Value {
    // In the order of their names.
    let mut transactions = Map::new();
    for found in descriptor.transactions {
        let described = transaction(found, descriptor.dialect, components);
        transactions.insert(found.name.to_owned(), described);
    }
    let transactions: Vec<_> = transactions.into_iter().map(|(_, found)| found).collect();
    let mut info = json!({"title": descriptor.name, "version": descriptor.version});
    put_text(&mut info, "description", descriptor.description);
    let mut described = json!({
        "info": info,
        "name": descriptor.name,
        "transactions": transactions,
        "default": is_default,
    });
    extensions(&mut described, descriptor, components);
    described
}

/// What contract-api's libraries do not say. Their schema of the metadata permits more at the contract and the
/// transaction, though not at parameters.
fn extensions(described: &mut Value, descriptor: &Descriptor, components: &mut Components) {
    let mut errors = Errors::default();
    for transaction in descriptor.transactions {
        (transaction.errors)(&mut errors);
    }
    let events: Vec<_> = descriptor
        .events
        .iter()
        .map(|event| json!({"name": event.name, "schema": (event.schema)(components)}))
        .collect();
    put_list(described, "x-errors", errors.into_json());
    put_list(described, "x-events", events);
    let state = descriptor.state.iter().map(|table| table.to_json());
    put_list(described, "x-state", state.collect());
    put_list(described, "x-allow", conditions(descriptor.allow));
    if descriptor.errors == ErrorForm::Json {
        put_text(described, "x-error-form", "json");
    }
    let dialect = match descriptor.dialect {
        Dialect::Strict => "",
        Dialect::Go => "go",
        Dialect::Node => "node",
        Dialect::Java => "java",
    };
    put_text(described, "x-dialect", dialect);
}

fn conditions(conditions: &[Condition]) -> Vec<Value> {
    conditions
        .iter()
        .map(|condition| condition.to_json())
        .collect()
}

fn transaction(transaction: &Transaction, dialect: Dialect, components: &mut Components) -> Value {
    let parameters: Vec<_> = transaction
        .parameters
        .iter()
        .map(|parameter| json!({"name": parameter.name, "schema": (parameter.schema)(components)}))
        .collect();
    let mut described = json!({"name": transaction.name});
    // Java's library has another name and other words for them.
    let (name, tags) = match dialect {
        Dialect::Java => ("tags", java_tags(transaction.submit)),
        Dialect::Strict | Dialect::Go | Dialect::Node => ("tag", tags(transaction.submit)),
    };
    put_list(&mut described, name, tags.map(Value::from).to_vec());
    put_text(&mut described, "description", transaction.description);
    put_list(&mut described, "x-allow", conditions(transaction.allow));
    if let Value::Object(fields) = &mut described {
        if !parameters.is_empty() {
            fields.insert("parameters".to_owned(), parameters.into());
        }
        let returns = (transaction.returns)(components);
        if !returns.is_null() {
            fields.insert("returns".to_owned(), returns);
        }
    }
    described
}

/// Both spellings, as contract-api for Go has them.
fn tags(submit: bool) -> [&'static str; 2] {
    if submit {
        ["submit", "SUBMIT"]
    } else {
        ["evaluate", "EVALUATE"]
    }
}

fn java_tags(submit: bool) -> [&'static str; 2] {
    if submit {
        ["SUBMIT", "INVOKE"]
    } else {
        ["EVALUATE", "QUERY"]
    }
}

fn put_list(object: &mut Value, name: &str, list: Vec<Value>) {
    if let (false, Value::Object(fields)) = (list.is_empty(), object) {
        fields.insert(name.to_owned(), list.into());
    }
}

fn put_text(object: &mut Value, name: &str, text: &str) {
    if let (false, Value::Object(fields)) = (text.is_empty(), object) {
        fields.insert(name.to_owned(), text.into());
    }
}

fn system_contract() -> Value {
    json!({
        "info": {"title": SYSTEM_CONTRACT, "version": "latest"},
        "name": SYSTEM_CONTRACT,
        "transactions": [{"name": GET_METADATA, "tag": tags(false), "returns": {"type": "string"}}],
        "default": false,
    })
}
