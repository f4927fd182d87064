//! What Fabric forbids in a transaction of this kind.
use selvedge_sdk::prelude::*;

const NAMES: Records<String, String> = Records::plain();
const SECRETS: Private<String, String> = Private::new("secrets");
const INDEX: Index<(String, String)> = Index::new("name~id");

#[derive(Serialize, Event)]
struct Renamed;

/// Pages, and ranges and rich queries of private data: only in transactions that write nothing.
fn writing(tx: &Tx, page: &Page, find: &Find) -> Result<(), SdkError> {
    NAMES.page(tx, .., page)?;
    NAMES.prefix_page(tx, "a", page)?;
    NAMES.find(tx, find)?;
    NAMES.find_page(tx, find, page)?;
    INDEX.page(tx, "a", page)?;
    SECRETS.range(tx, ..)?;
    SECRETS.find(tx, find)?;
    Ok(())
}

/// Writes, events, and calls that could write: only in transactions that are submitted.
fn reading(query: &Query) -> Result<(), SdkError> {
    let (id, text) = ("a".to_owned(), "b".to_owned());
    NAMES.put(query, &id, &text)?;
    NAMES.try_insert(query, &id, &text)?;
    NAMES.delete(query, &id)?;
    NAMES.set_policy(query, &id, Bytes::new())?;
    INDEX.insert(query, &(id.clone(), text.clone()))?;
    INDEX.remove(query, &(id.clone(), text.clone()))?;
    SECRETS.put(query, &id, &text)?;
    SECRETS.delete(query, &id)?;
    SECRETS.purge(query, &id)?;
    SECRETS.set_policy(query, &id, Bytes::new())?;
    query.emit(&Renamed)?;
    query.emit_all(Events::new())?;
    query.chaincode("other");
    query.overlay();
    Ok(())
}

/// A view is either.
fn viewing(view: &View, page: &Page) -> Result<(), SdkError> {
    let id = "a".to_owned();
    NAMES.put(view, &id, &id)?;
    NAMES.page(view, .., page)?;
    SECRETS.range(view, ..)?;
    view.emit(&Renamed)?;
    Ok(())
}

fn main() {}
