use crate::contract::{Condition, Descriptor, Dialect, Entry, Transaction};
use crate::error::{ErrorForm, Errors};
use crate::wire::{Components, Members, Object, list};
use selvedge_interface::Bytes;

/// The contract every chaincode has: it answers `GetMetadata`.
pub(crate) const SYSTEM_CONTRACT: &str = "org.hyperledger.fabric";
pub(crate) const GET_METADATA: &str = "GetMetadata";
const SYSTEM: &str = concat!(
    r#"{"default":false,"info":{"title":"org.hyperledger.fabric","version":"latest"},"name":"org.hyperledger.fabric","#,
    r#""transactions":[{"name":"GetMetadata","returns":{"type":"string"},"tag":["evaluate","EVALUATE"]}]}"#
);

/// The chaincode's interface in the JSON form of contract-api.
pub(crate) fn describe(entries: &[Entry]) -> Bytes {
    let mut components = Components::default();
    let mut contracts = Members::default();
    for (position, entry) in entries.iter().enumerate() {
        let described = contract(entry.descriptor, position == 0, &mut components);
        contracts.put(entry.descriptor.name, described);
    }
    contracts.put(SYSTEM_CONTRACT, SYSTEM.to_owned());
    let mut described = Object::new();
    described.member("components", &components.into_json());
    described.member("contracts", &contracts.to_json());
    described.member("info", r#"{"title":"undefined","version":"latest"}"#);
    described.finish().into()
}

/// What begins with `x-` contract-api's libraries do not say. Their schema of the metadata permits more at the contract and
/// the transaction, though not at parameters.
fn contract(descriptor: &Descriptor, is_default: bool, components: &mut Components) -> String {
    let mut transactions = Members::default();
    let mut errors = Errors::default();
    for found in descriptor.transactions {
        let described = transaction(found, descriptor.dialect, components);
        transactions.put(found.name, described);
        (found.errors)(&mut errors);
    }
    let events = descriptor.events.iter().map(|event| {
        let mut described = Object::new();
        described.text("name", event.name);
        described.member("schema", &(event.schema)(components));
        described.finish()
    });
    let events = list(events);
    let mut info = Object::new();
    put_text(&mut info, "description", descriptor.description);
    info.text("title", descriptor.name);
    info.text("version", descriptor.version);
    let mut described = Object::new();
    described.member("default", if is_default { "true" } else { "false" });
    described.member("info", &info.finish());
    described.text("name", descriptor.name);
    described.member("transactions", &list(transactions.values()));
    put_list(&mut described, "x-allow", &conditions(descriptor.allow));
    put_text(&mut described, "x-dialect", dialect(descriptor.dialect));
    if descriptor.errors == ErrorForm::Json {
        described.text("x-error-form", "json");
    }
    put_list(&mut described, "x-errors", &list(errors.values()));
    put_list(&mut described, "x-events", &events);
    let state = descriptor.state.iter().map(|table| table.to_json());
    put_list(&mut described, "x-state", &list(state));
    described.finish()
}

fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Strict => "",
        Dialect::Go => "go",
        Dialect::Node => "node",
        Dialect::Java => "java",
    }
}

fn conditions(conditions: &[Condition]) -> String {
    list(conditions.iter().map(|condition| condition.to_json()))
}

fn transaction(transaction: &Transaction, dialect: Dialect, components: &mut Components) -> String {
    let parameters = transaction.parameters.iter().map(|parameter| {
        let mut described = Object::new();
        described.text("name", parameter.name);
        described.member("schema", &(parameter.schema)(components));
        described.finish()
    });
    let parameters = list(parameters);
    let returns = (transaction.returns)(components);
    let mut described = Object::new();
    put_text(&mut described, "description", transaction.description);
    described.text("name", transaction.name);
    put_list(&mut described, "parameters", &parameters);
    if !returns.is_empty() {
        described.member("returns", &returns);
    }
    // Java's library has another name and other words for them.
    match dialect {
        Dialect::Java => described.member("tags", java_tags(transaction.submit)),
        Dialect::Strict | Dialect::Go | Dialect::Node => {
            described.member("tag", tags(transaction.submit))
        }
    };
    put_list(&mut described, "x-allow", &conditions(transaction.allow));
    described.finish()
}

/// Both spellings, as contract-api for Go has them.
fn tags(submit: bool) -> &'static str {
    if submit {
        r#"["submit","SUBMIT"]"#
    } else {
        r#"["evaluate","EVALUATE"]"#
    }
}

fn java_tags(submit: bool) -> &'static str {
    if submit {
        r#"["SUBMIT","INVOKE"]"#
    } else {
        r#"["EVALUATE","QUERY"]"#
    }
}

fn put_list(object: &mut Object, name: &str, list: &str) {
    if list != "[]" {
        object.member(name, list);
    }
}

fn put_text(object: &mut Object, name: &str, text: &str) {
    if !text.is_empty() {
        object.text(name, text);
    }
}
