use crate::chaincode::Entry;
use crate::contract::{Descriptor, Transaction};
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
    let mut transactions: Vec<_> = descriptor.transactions.iter().collect();
    transactions.sort_by_key(|transaction| transaction.name);
    let mut info = json!({"title": descriptor.name, "version": descriptor.version});
    put_text(&mut info, "description", descriptor.description);
    json!({
        "info": info,
        "name": descriptor.name,
        "transactions": transactions.into_iter().map(|t| transaction(t, components)).collect::<Vec<_>>(),
        "default": is_default,
    })
}

fn transaction(transaction: &Transaction, components: &mut Components) -> Value {
    let parameters: Vec<_> = transaction
        .parameters
        .iter()
        .map(|parameter| json!({"name": parameter.name, "schema": (parameter.schema)(components)}))
        .collect();
    let mut described = json!({"name": transaction.name, "tag": tags(transaction.submit)});
    put_text(&mut described, "description", transaction.description);
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
