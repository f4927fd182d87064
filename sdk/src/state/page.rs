use super::table::{Table, record};
use crate::SdkError;
use crate::wire::{Components, Element, Json, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which page of a query the client wants. As an argument it is JSON: `{"size": 20, "bookmark": ""}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// How many records at most.
    pub size: i32,
    /// Empty for the first page; then what the page before came with.
    #[serde(default)]
    pub bookmark: String,
}

impl Schema for Page {
    fn schema(components: &mut Components) -> Value {
        components.object("Page", |fields| {
            fields
                .field::<i32>("size", false)
                .field::<String>("bookmark", true);
        })
    }
}

impl Json for Page {}

/// One page of records, in the form fabric-samples gives its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageOf<T> {
    /// In key order, or in the order of a rich query.
    pub records: Vec<T>,
    /// How many rows the peer fetched for this page.
    pub fetched_records_count: i32,
    /// Starts the next page; of a range, empty after the last. A rich query has no last bookmark: its pages end with one
    /// that holds fewer records than were asked for.
    pub bookmark: String,
}

impl<T: DeserializeOwned> PageOf<T> {
    /// Rows of other tables, which a rich query may find, are left out.
    pub(super) fn read(table: Table, page: selvedge_interface::Page) -> Result<Self, SdkError> {
        let own = page.rows.iter().filter(|row| table.holds(&row.key));
        let records = own
            .map(|row| record(&row.key, &row.value))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            records,
            fetched_records_count: page.fetched,
            bookmark: page.bookmark,
        })
    }
}

impl<T: Element> Schema for PageOf<T> {
    fn schema(components: &mut Components) -> Value {
        let records = <Vec<T> as Schema>::schema(components);
        serde_json::json!({
            "type": "object",
            "properties": {
                "records": records,
                "fetchedRecordsCount": {"type": "integer", "format": "int32"},
                "bookmark": {"type": "string"},
            },
            "required": ["records", "fetchedRecordsCount", "bookmark"],
        })
    }
}

impl<T: Element> Json for PageOf<T> {}
