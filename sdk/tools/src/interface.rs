use crate::shape::{Object, Shape};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// The contract that answers `GetMetadata`; every chaincode has it and no tool needs to name it.
const SYSTEM_CONTRACT: &str = "org.hyperledger.fabric";

/// What a chaincode offers to its clients.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interface {
    /// The default contract first, then by name.
    pub contracts: Vec<Contract>,
    /// Named objects that parameters, results and other objects refer to.
    pub objects: BTreeMap<String, Object>,
}

/// A set of transactions under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    pub name: String,
    pub description: String,
    /// Whether its transactions may be called without its name.
    pub is_default: bool,
    /// By name.
    pub transactions: Vec<Transaction>,
    /// Where its records lie, if it says so.
    pub state: Vec<Table>,
    /// What it tells listeners, if it says so: the shape of the payload by name.
    pub events: BTreeMap<String, Shape>,
    /// The status of each error by its code, if it says so.
    pub errors: BTreeMap<String, i32>,
}

/// A table of the state, from the SDK's `x-state`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Table {
    /// `records`, `index`, `private` or `implicit`.
    pub kind: String,
    /// Of a composite key; empty for simple keys.
    #[serde(default)]
    pub name: String,
    /// Of private records.
    #[serde(default)]
    pub collection: String,
    /// How many parts the key has after the name.
    #[serde(default)]
    pub parts: usize,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { collection, .. } if !collection.is_empty() => {
                write!(f, "the private records of {collection}")
            }
            Self { name, kind, .. } if name.is_empty() => write!(f, "the {kind} under simple keys"),
            Self { name, kind, .. } if kind == "index" => write!(f, "the index {name}"),
            Self { name, kind, .. } if kind == "implicit" => {
                write!(f, "the records {name} of the implicit collections")
            }
            Self { name, .. } => write!(f, "the records {name}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    pub name: String,
    pub description: String,
    /// Whether clients submit it to be ordered, or only evaluate it.
    pub submit: bool,
    /// In the order of the wire.
    pub parameters: Vec<Parameter>,
    pub returns: Shape,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub shape: Shape,
}

/// Metadata that is not what contract-api's clients read.
#[derive(Debug, Error)]
#[error("the chaincode's metadata cannot be read: {0}")]
pub struct InterfaceError(#[from] serde_json::Error);

#[derive(Deserialize)]
struct Metadata {
    contracts: BTreeMap<String, RawContract>,
    #[serde(default)]
    components: Components,
}

#[derive(Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct RawContract {
    #[serde(default)]
    info: Info,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    transactions: Vec<RawTransaction>,
    #[serde(default, rename = "x-state")]
    state: Vec<Table>,
    #[serde(default, rename = "x-events")]
    events: Vec<RawEvent>,
    #[serde(default, rename = "x-errors")]
    errors: Vec<RawError>,
}

#[derive(Deserialize)]
struct RawEvent {
    name: String,
    #[serde(default)]
    schema: Value,
}

#[derive(Deserialize)]
struct RawError {
    code: String,
    status: i32,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct RawTransaction {
    name: String,
    #[serde(default)]
    description: String,
    /// Go and Rust write `tag`; Java and some versions of Node's library write `tags`.
    #[serde(default, alias = "tags")]
    tag: Vec<String>,
    #[serde(default)]
    parameters: Vec<RawParameter>,
    #[serde(default)]
    returns: Value,
}

#[derive(Deserialize)]
struct RawParameter {
    name: String,
    #[serde(default)]
    schema: Value,
}

impl Interface {
    /// Reads what `org.hyperledger.fabric:GetMetadata` answers.
    ///
    /// # Errors
    /// Text that is not JSON, or JSON without contracts.
    pub fn parse(metadata: &[u8]) -> Result<Self, InterfaceError> {
        let metadata: Metadata = serde_json::from_slice(metadata)?;
        let mut contracts: Vec<_> = metadata
            .contracts
            .into_iter()
            .filter(|(name, _)| name != SYSTEM_CONTRACT)
            .map(|(name, contract)| Contract::from_raw(name, contract))
            .collect();
        contracts.sort_by_key(|contract| !contract.is_default);
        let objects = metadata.components.schemas.iter();
        Ok(Self {
            contracts,
            objects: objects
                .map(|(name, schema)| (name.clone(), Object::read(schema)))
                .collect(),
        })
    }

    /// A transaction by `contract:name`, or by its name alone in the default contract. As contract-api for Go reads
    /// names, the first letter may be small.
    pub fn transaction(&self, name: &str) -> Option<(&Contract, &Transaction)> {
        let (contract, name) = match name.rsplit_once(':') {
            Some((contract, name)) => (
                self.contracts.iter().find(|known| known.name == contract)?,
                name,
            ),
            None => (self.contracts.first()?, name),
        };
        let found = contract
            .transactions
            .iter()
            .find(|known| known.name == name)
            .or_else(|| {
                contract
                    .transactions
                    .iter()
                    .find(|known| known.name == capitalized(name))
            })?;
        Some((contract, found))
    }
}

impl Contract {
    /// How clients call one of its transactions: the default contract's go by their own name, those of the others need
    /// the contract's.
    pub fn call_name(&self, transaction: &Transaction) -> String {
        match self.is_default {
            true => transaction.name.clone(),
            false => format!("{}:{}", self.name, transaction.name),
        }
    }

    fn from_raw(name: String, raw: RawContract) -> Self {
        let mut transactions: Vec<_> = raw
            .transactions
            .into_iter()
            .map(Transaction::from_raw)
            .collect();
        transactions.sort_by(|left, right| left.name.cmp(&right.name));
        Self {
            name,
            description: raw.info.description,
            is_default: raw.default,
            transactions,
            state: raw.state,
            events: raw
                .events
                .into_iter()
                .map(|event| (event.name, Shape::read(&event.schema)))
                .collect(),
            errors: raw
                .errors
                .into_iter()
                .map(|error| (error.code, error.status))
                .collect(),
        }
    }
}

impl Transaction {
    fn from_raw(raw: RawTransaction) -> Self {
        // A library that tags nothing means that everything may be submitted.
        let evaluate = raw
            .tag
            .iter()
            .any(|tag| tag.eq_ignore_ascii_case("evaluate"));
        let parameter = |parameter: RawParameter| Parameter {
            name: parameter.name,
            shape: Shape::read(&parameter.schema),
        };
        Self {
            name: raw.name,
            description: raw.description,
            submit: !evaluate,
            parameters: raw.parameters.into_iter().map(parameter).collect(),
            returns: match raw.returns {
                Value::Null => Shape::None,
                schema => Shape::read(&schema),
            },
        }
    }
}

fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
