use super::bindings::fabric::chaincode::{private_data, types};
use super::guest::Guest;
use selvedge_interface::{Change, MetadataEntry, Selection, Space};

type Answer<T> = wasmtime::Result<Result<T, String>>;

/// The empty collection would be public state. Fabric's shims refuse it with this text.
fn collection(name: &str) -> Result<Space<'_>, String> {
    if name.is_empty() {
        Err("collection must not be an empty string".to_owned())
    } else {
        Ok(Space::Private(name))
    }
}

impl Guest {
    fn change_private(&mut self, name: &str, key: &str, change: Change) -> Answer<()> {
        self.charge_answer(name.len())?;
        match collection(name) {
            Ok(space) => self.change(space, key, change),
            Err(refused) => Ok(Err(refused)),
        }
    }
}

impl private_data::Host for Guest {
    fn get_private_data(&mut self, name: String, key: String) -> Answer<Option<Vec<u8>>> {
        self.charge(name.len() + key.len())?;
        let space = match collection(&name) {
            Ok(space) => space,
            Err(refused) => return Ok(Err(refused)),
        };
        let value = self.host()?.get_state(space, &key);
        self.found(value)
    }

    fn get_multiple_private_data(
        &mut self,
        name: String,
        keys: Vec<String>,
    ) -> Answer<Vec<Option<Vec<u8>>>> {
        match collection(&name) {
            Ok(space) => self.read_many(space, &keys),
            Err(refused) => Ok(Err(refused)),
        }
    }

    fn get_private_data_hash(&mut self, name: String, key: String) -> Answer<Option<Vec<u8>>> {
        self.charge(name.len() + key.len())?;
        if let Err(refused) = collection(&name) {
            return Ok(Err(refused));
        }
        let hash = self.host()?.get_private_data_hash(&name, &key);
        self.found(hash)
    }

    fn put_private_data(&mut self, name: String, key: String, value: Vec<u8>) -> Answer<()> {
        self.change_private(&name, &key, Change::Put(value.into()))
    }

    fn del_private_data(&mut self, name: String, key: String) -> Answer<()> {
        self.change_private(&name, &key, Change::Delete)
    }

    fn purge_private_data(&mut self, name: String, key: String) -> Answer<()> {
        self.change_private(&name, &key, Change::Purge)
    }

    fn get_private_data_metadata(
        &mut self,
        name: String,
        key: String,
    ) -> Answer<Vec<types::MetadataEntry>> {
        match collection(&name) {
            Ok(space) => self.read_metadata(space, &key),
            Err(refused) => Ok(Err(refused)),
        }
    }

    fn put_private_data_metadata(
        &mut self,
        name: String,
        key: String,
        entry: types::MetadataEntry,
    ) -> Answer<()> {
        let entry = MetadataEntry {
            name: entry.name,
            value: entry.value.into(),
        };
        self.change_private(&name, &key, Change::Metadata(entry))
    }

    fn get_private_data_by_range(
        &mut self,
        name: String,
        start: String,
        end: String,
    ) -> Answer<types::Scan> {
        match collection(&name) {
            Ok(space) => self.open(Selection::Range {
                space,
                start: &start,
                end: &end,
            }),
            Err(refused) => Ok(Err(refused)),
        }
    }

    fn get_private_data_query_result(
        &mut self,
        name: String,
        query: String,
    ) -> Answer<types::Scan> {
        self.charge_answer(query.len())?;
        match collection(&name) {
            Ok(space) => self.open(Selection::Rich {
                space,
                query: &query,
            }),
            Err(refused) => Ok(Err(refused)),
        }
    }
}
