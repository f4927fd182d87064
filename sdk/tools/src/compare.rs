use crate::compare_declared::declared;
use crate::interface::{Contract, Interface, Transaction};
use crate::shape::{Object, Shape};
use std::collections::BTreeMap;
use std::fmt;

/// For whom a change matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nobody has to do anything.
    Addition,
    /// Clients go on working, but see something else than before.
    Notable,
    /// A client, or a record that is already on the ledger, is no longer understood.
    Breaking,
}

/// One change between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub weight: Weight,
    /// `Contract:Transaction`, or the name of an object.
    pub subject: String,
    pub change: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Addition => "added   ",
            Weight::Notable => "changed ",
            Weight::Breaking => "BREAKING",
        };
        write!(f, "{weight}  {}: {}", self.subject, self.change)
    }
}

/// What changed from `old` to `new`, the heaviest first.
pub fn compare(old: &Interface, new: &Interface) -> Vec<Difference> {
    let mut found = Found::default();
    contracts(old, new, &mut found);
    objects(old, new, &mut found);
    found.0.sort_by(|left, right| {
        right
            .weight
            .cmp(&left.weight)
            .then_with(|| left.subject.cmp(&right.subject))
    });
    found.0
}

#[derive(Default)]
pub(crate) struct Found(Vec<Difference>);

impl Found {
    pub(crate) fn add(&mut self, weight: Weight, subject: &str, change: impl Into<String>) {
        self.0.push(Difference {
            weight,
            subject: subject.to_owned(),
            change: change.into(),
        });
    }
}

fn contracts(old: &Interface, new: &Interface, found: &mut Found) {
    let named = |interface: &Interface| -> BTreeMap<String, Contract> {
        let contracts = interface.contracts.iter();
        contracts
            .map(|contract| (contract.name.clone(), contract.clone()))
            .collect()
    };
    let (before, after) = (named(old), named(new));
    for (name, contract) in &before {
        match after.get(name) {
            None => found.add(Weight::Breaking, name, "the contract is gone"),
            Some(now) => {
                transactions(contract, now, found);
                declared(contract, now, found);
            }
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        found.add(Weight::Addition, name, "new contract");
    }
    let default =
        |interface: &Interface| interface.contracts.first().map(|first| first.name.clone());
    if let (Some(before), Some(after)) = (default(old), default(new))
        && before != after
    {
        let change = format!(
            "no longer the default contract, which is {after}: calls without a contract's name go there"
        );
        found.add(Weight::Breaking, &before, change);
    }
}

fn transactions(old: &Contract, new: &Contract, found: &mut Found) {
    let find = |contract: &Contract, name: &str| {
        contract
            .transactions
            .iter()
            .find(|known| known.name == name)
            .cloned()
    };
    for before in &old.transactions {
        let subject = format!("{}:{}", old.name, before.name);
        match find(new, &before.name) {
            None => found.add(Weight::Breaking, &subject, "the transaction is gone"),
            Some(after) => transaction(&subject, before, &after, found),
        }
    }
    for after in &new.transactions {
        if find(old, &after.name).is_none() {
            found.add(
                Weight::Addition,
                &format!("{}:{}", new.name, after.name),
                "new transaction",
            );
        }
    }
}

fn transaction(subject: &str, old: &Transaction, new: &Transaction, found: &mut Found) {
    if old.parameters.len() != new.parameters.len() {
        let change = format!(
            "takes {} arguments instead of {}",
            new.parameters.len(),
            old.parameters.len()
        );
        found.add(Weight::Breaking, subject, change);
    }
    for (position, (before, after)) in old.parameters.iter().zip(&new.parameters).enumerate() {
        if before.shape != after.shape {
            let weight = if widens(&before.shape, &after.shape) {
                Weight::Notable
            } else {
                Weight::Breaking
            };
            let change = format!(
                "argument {} ({}) is {} instead of {}",
                position + 1,
                after.name,
                after.shape,
                before.shape
            );
            found.add(weight, subject, change);
        }
        if before.name != after.name {
            let change = format!(
                "argument {} is called {} instead of {}",
                position + 1,
                after.name,
                before.name
            );
            // Fabric passes arguments by position; only tools go by the name.
            found.add(Weight::Notable, subject, change);
        }
    }
    if old.returns != new.returns {
        let change = format!("returns {} instead of {}", new.returns, old.returns);
        found.add(Weight::Breaking, subject, change);
    }
    match (old.submit, new.submit) {
        (false, true) => found.add(
            Weight::Breaking,
            subject,
            "writes now: clients have to submit it",
        ),
        (true, false) => found.add(
            Weight::Notable,
            subject,
            "only reads now: clients may evaluate it",
        ),
        _ => {}
    }
}

/// Whether every value of the one is a value of the other.
fn widens(old: &Shape, new: &Shape) -> bool {
    match (old, new) {
        (_, Shape::Any) => true,
        (
            Shape::Whole { minimum, maximum },
            Shape::Whole {
                minimum: low,
                maximum: high,
            },
        ) => low <= minimum && high >= maximum,
        (Shape::Whole { .. }, Shape::Number) => true,
        (Shape::Words(old), Shape::Words(new)) => old.iter().all(|word| new.contains(word)),
        (Shape::List(old), Shape::List(new)) | (Shape::Map(old), Shape::Map(new)) => {
            old == new || widens(old, new)
        }
        _ => false,
    }
}

fn objects(old: &Interface, new: &Interface, found: &mut Found) {
    for (name, before) in &old.objects {
        match new.objects.get(name) {
            // Whatever used it has changed as well, and says so.
            None => found.add(
                Weight::Notable,
                name,
                "the object is no longer in the interface",
            ),
            Some(after) => fields(name, before, after, found),
        }
    }
    for name in new
        .objects
        .keys()
        .filter(|name| !old.objects.contains_key(*name))
    {
        found.add(Weight::Addition, name, "new object");
    }
}

/// Objects are usually records of the state too: what was written in the old form is read in the new one.
fn fields(name: &str, old: &Object, new: &Object, found: &mut Found) {
    for (field, before) in &old.fields {
        let Some(after) = new.fields.get(field) else {
            found.add(Weight::Breaking, name, format!("the field {field} is gone"));
            continue;
        };
        if before.shape != after.shape {
            let weight = if widens(&before.shape, &after.shape) {
                Weight::Notable
            } else {
                Weight::Breaking
            };
            found.add(
                weight,
                name,
                format!(
                    "the field {field} is {} instead of {}",
                    after.shape, before.shape
                ),
            );
        }
        if !before.required && after.required {
            let change =
                format!("the field {field} is required now: records without it cannot be read");
            found.add(Weight::Breaking, name, change);
        }
    }
    for (field, after) in new
        .fields
        .iter()
        .filter(|(field, _)| !old.fields.contains_key(*field))
    {
        if after.required {
            let change = format!(
                "the new field {field} is required: records that lack it cannot be read; make it optional or give it a default"
            );
            found.add(Weight::Breaking, name, change);
        } else {
            found.add(
                Weight::Addition,
                name,
                format!("new optional field {field}"),
            );
        }
    }
}
