//! What a contract says of itself beyond contract-api: tables, events and errors. A version that says nothing is not
//! compared: it may have them all the same.

use crate::compare::{Found, Weight};
use crate::interface::{Contract, Table};

pub(crate) fn declared(old: &Contract, new: &Contract, found: &mut Found) {
    if !old.state.is_empty() && !new.state.is_empty() {
        tables(old, new, found);
    }
    if !old.events.is_empty() && !new.events.is_empty() {
        events(old, new, found);
    }
    if !old.errors.is_empty() && !new.errors.is_empty() {
        errors(old, new, found);
    }
}

/// The same keys on the ledger.
fn same_place(one: &Table, other: &Table) -> bool {
    (&one.name, &one.collection) == (&other.name, &other.collection)
}

fn tables(old: &Contract, new: &Contract, found: &mut Found) {
    for before in &old.state {
        match new.state.iter().find(|after| same_place(before, after)) {
            None => {
                let change = format!("without {before}: what is on the ledger stays there unread");
                found.add(Weight::Breaking, &old.name, change);
            }
            Some(after) if after.kind != before.kind => {
                let change = format!("{before} became {after}");
                found.add(Weight::Breaking, &old.name, change);
            }
            Some(after) if after.parts != before.parts => {
                let change = format!(
                    "keys of {before} have {} parts instead of {}: those on the ledger cannot be read",
                    after.parts, before.parts
                );
                found.add(Weight::Breaking, &old.name, change);
            }
            Some(_) => {}
        }
    }
    for after in &new.state {
        if !old.state.iter().any(|before| same_place(before, after)) {
            found.add(Weight::Addition, &new.name, format!("new: {after}"));
        }
    }
}

fn events(old: &Contract, new: &Contract, found: &mut Found) {
    for (name, before) in &old.events {
        match new.events.get(name) {
            None => found.add(
                Weight::Breaking,
                &old.name,
                format!("the event {name} is gone: listeners wait for it"),
            ),
            Some(after) if after != before => found.add(
                Weight::Breaking,
                &old.name,
                format!("the event {name} is {after} instead of {before}"),
            ),
            Some(_) => {}
        }
    }
    for name in new
        .events
        .keys()
        .filter(|name| !old.events.contains_key(*name))
    {
        found.add(Weight::Addition, &new.name, format!("new event {name}"));
    }
}

/// Clients go on, but may look for what no longer comes.
fn errors(old: &Contract, new: &Contract, found: &mut Found) {
    for (code, before) in &old.errors {
        match new.errors.get(code) {
            None => found.add(
                Weight::Notable,
                &old.name,
                format!("the error {code} is gone"),
            ),
            Some(after) if after != before => found.add(
                Weight::Notable,
                &old.name,
                format!("the error {code} has status {after} instead of {before}"),
            ),
            Some(_) => {}
        }
    }
    for code in new
        .errors
        .keys()
        .filter(|code| !old.errors.contains_key(*code))
    {
        found.add(Weight::Addition, &new.name, format!("new error {code}"));
    }
}
