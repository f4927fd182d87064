use super::key::Key;
use super::names::Names;
use super::table::record;
use crate::SdkError;
use crate::wire::{Components, Element, Json, Object, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    fn schema(components: &mut Components) -> Cow<'static, str> {
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
    /// Starts the next page. After the last page of a range it is empty where the channel's state database is LevelDB;
    /// with CouchDB, and for rich queries everywhere, there is no last bookmark: the pages end with one that holds fewer
    /// records than were asked for.
    pub bookmark: String,
}

impl<T: DeserializeOwned> PageOf<T> {
    /// Rows of other tables, which a rich query may find, are left out.
    pub(super) fn read(names: Names, page: selvedge_interface::Page) -> Result<Self, SdkError> {
        let own = page.rows.iter().filter(|row| names.holds(&row.key));
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

impl<K: Key> PageOf<K> {
    /// The keys instead of the values.
    pub(super) fn read_keys(
        names: Names,
        page: selvedge_interface::Page,
    ) -> Result<Self, SdkError> {
        let keys = page.rows.iter().map(|row| names.read_key(&row.key));
        Ok(Self {
            records: keys.collect::<Result<_, _>>()?,
            fetched_records_count: page.fetched,
            bookmark: page.bookmark,
        })
    }
}

impl<T> PageOf<T> {
    /// A page of what `make` makes of each record, such as the record that an index entry points to.
    ///
    /// # Errors
    /// The first that `make` gives.
    pub fn try_map<U, E>(self, make: impl FnMut(T) -> Result<U, E>) -> Result<PageOf<U>, E> {
        Ok(PageOf {
            records: self
                .records
                .into_iter()
                .map(make)
                .collect::<Result<_, _>>()?,
            fetched_records_count: self.fetched_records_count,
            bookmark: self.bookmark,
        })
    }
}

impl<T: Element> Schema for PageOf<T> {
    fn schema(components: &mut Components) -> Cow<'static, str> {
        let records = <Vec<T> as Schema>::schema(components);
        let mut properties = Object::new();
        properties.member("bookmark", &String::schema(components));
        properties.member("fetchedRecordsCount", &i32::schema(components));
        properties.member("records", &records);
        let mut object = Object::new();
        object.member("properties", &properties.finish());
        object.member(
            "required",
            r#"["records","fetchedRecordsCount","bookmark"]"#,
        );
        object.text("type", "object").finish().into()
    }
}

impl<T: Element> Json for PageOf<T> {}
