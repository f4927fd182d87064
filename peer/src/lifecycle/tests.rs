//! Fabric's own bytes, and the serializer's reads and writes on a map.

use super::{
    definition::{self, Definition, LocalPackage, Parameters},
    keys, record, serializer,
    state::HostState,
};
use bytes::Bytes;
use selvedge_interface::{
    Change, Cursor, Host, HostError, HostResult, Level, MetadataEntry, Modifications, Operation,
    Page, PageRequest, Response, Scan, Selection, Space, Transaction, Write,
};
use selvedge_protos::lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo};
use std::collections::BTreeMap;

fn hex_and_hash(bytes: &[u8]) -> (String, String) {
    (hex::encode(bytes), hex::encode(record::hash(bytes)))
}

fn parameters() -> Parameters {
    Parameters {
        endorsement: ChaincodeEndorsementInfo {
            version: "1.0".into(),
            init_required: false,
            endorsement_plugin: "escc".into(),
        },
        validation: ChaincodeValidationInfo {
            validation_plugin: "vscc".into(),
            validation_parameter: definition::default_policy(),
        },
        collections: None,
        exact_collections: None,
    }
}

/// Computed with protoc from Fabric's own message definitions.
#[test]
fn records_are_encoded_as_fabric_encodes_them() {
    let record = parameters().record();
    let (metadata, hash) = hex_and_hash(&record.metadata());
    assert_eq!(
        metadata,
        "0a13436861696e636f6465506172616d6574657273120f456e646f7273656d656e74496e666f120e56616c69646174696f6e496e666f120b436f6c6c656374696f6e73"
    );
    assert_eq!(
        hash,
        "991432db73fede13edbd2a61b0e0e92bb12f3c484be0b660caf8b0c31ef14706"
    );
    let expected = [
        (
            "120b0a03312e301a0465736363",
            "2d718b88473f63f937847f91113afcfe1aa708cad412ea39eca39b68d95640bb",
        ),
        (
            "122a0a0476736363122212202f4368616e6e656c2f4170706c69636174696f6e2f456e646f7273656d656e74",
            "18a308f4889f4e6d5cb478488d8a11dfd1fbc98cc790a5e591f274c45075b752",
        ),
        (
            "1200",
            "08da7c45cb204377e7e42249cda5713fa865116ddbb4cb5a1949b2e5b438a6ab",
        ),
    ];
    let found: Vec<_> = record
        .fields
        .iter()
        .map(|(_, bytes)| hex_and_hash(bytes))
        .collect();
    assert_eq!(
        found,
        expected.map(|(hex, hash)| (hex.to_owned(), hash.to_owned()))
    );
}

#[test]
fn definitions_and_packages_too() {
    let record = Definition {
        sequence: 1,
        parameters: parameters(),
    }
    .record();
    assert_eq!(
        hex::encode(record.metadata()),
        "0a13436861696e636f6465446566696e6974696f6e120853657175656e6365120f456e646f7273656d656e74496e666f120e56616c69646174696f6e496e666f120b436f6c6c656374696f6e73"
    );
    assert_eq!(
        hex_and_hash(&record.fields[0].1),
        (
            "0801".into(),
            "fb8da7eb5b1b399e7321179dac9e9f65773d7331e1e30554e3911e4325e1ef19".into()
        )
    );
    let package = LocalPackage(String::new()).record();
    let (metadata, hash) = hex_and_hash(&package.metadata());
    assert_eq!(
        metadata,
        "0a15436861696e636f64654c6f63616c5061636b61676512095061636b6167654944"
    );
    assert_eq!(
        hash,
        "6952ede022cbae959e1b4aa0dad47e85bc9e1e4e9d8dfcf088507934880bbe75"
    );
    assert_eq!(
        hex_and_hash(&package.fields[0].1),
        (
            "1a00".into(),
            "fdbb66f97af044e4b88b0bb0a4789f8f014f98b53f5fe11102bd19f45d53c45b".into()
        )
    );
    assert_eq!(
        hex::encode(record::hash(
            keys::metadata(keys::NAMESPACES, "mycc#1").as_bytes()
        )),
        "bdb258aa700407fbf0bb0024b1d5f12326d62253418d705fb31f1c24c0bd2431"
    );
}

#[test]
fn an_empty_collection_package_and_none_are_one_thing() {
    let some = Parameters {
        collections: Some(Default::default()),
        ..parameters()
    };
    assert_eq!(some.record(), parameters().record());
    assert_eq!(some.difference(&parameters()), Ok(()));
}

#[test]
fn the_first_difference_is_named() {
    let text = |change: fn(&mut Parameters)| {
        let mut other = parameters();
        change(&mut other);
        parameters().difference(&other).unwrap_err().to_string()
    };
    assert_eq!(
        text(|p| p.endorsement.version = "2".into()),
        "expected Version '1.0' does not match passed Version '2'"
    );
    assert_eq!(
        text(|p| p.endorsement.endorsement_plugin = "x".into()),
        "expected EndorsementPlugin 'escc' does not match passed EndorsementPlugin 'x'"
    );
    assert_eq!(
        text(|p| p.endorsement.init_required = true),
        "expected InitRequired 'false' does not match passed InitRequired 'true'"
    );
    assert_eq!(
        text(|p| p.validation.validation_plugin = "x".into()),
        "expected ValidationPlugin 'vscc' does not match passed ValidationPlugin 'x'"
    );
    assert!(
        text(|p| p.validation.validation_parameter = Bytes::from_static(b"\x01"))
            .ends_with("does not match passed ValidationParameter '01'")
    );
    assert_eq!(
        text(
            |p| p.collections = Some(selvedge_protos::protos::CollectionConfigPackage {
                config: vec![Default::default()]
            })
        ),
        "Collections do not match"
    );
}

/// Public state as a map that remembers what was asked of it.
#[derive(Default)]
struct Map {
    state: BTreeMap<String, Bytes>,
    reads: Vec<String>,
    writes: BTreeMap<String, Option<Bytes>>,
    transaction: Transaction,
}

impl Map {
    fn store(&mut self, definition: &Definition) {
        self.reads.clear();
        self.writes.clear();
        let record = definition.record();
        serializer::store(
            keys::NAMESPACES,
            "mycc",
            &record,
            &mut HostState::public(self),
        )
        .unwrap();
        for (key, value) in self.writes.clone() {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }

    fn written(&self) -> Vec<&str> {
        self.writes
            .keys()
            .map(|key| key.rsplit('/').next().unwrap())
            .collect()
    }
}

fn refuse<T>() -> HostResult<T> {
    Err(HostError::new(
        Operation::GetState,
        "tx",
        "not of this test",
    ))
}

impl Host for Map {
    fn transaction(&self) -> &Transaction {
        &self.transaction
    }
    fn get_state(&mut self, _: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        self.reads.push(key.to_owned());
        Ok(self.state.get(key).cloned())
    }
    fn get_multiple_states(
        &mut self,
        _: Space<'_>,
        _: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        refuse()
    }
    fn get_private_data_hash(&mut self, _: &str, key: &str) -> HostResult<Option<Bytes>> {
        self.reads.push(key.to_owned());
        Ok(self
            .state
            .get(key)
            .map(|value| Bytes::copy_from_slice(&record::hash(value))))
    }
    fn write(&mut self, _: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        let value = match change {
            Change::Put(value) => Some(value),
            Change::Delete | Change::Purge => None,
            Change::Metadata(_) => return refuse(),
        };
        self.writes.insert(key.to_owned(), value);
        Ok(())
    }
    fn write_batch(&mut self, _: Vec<Write>) -> HostResult<()> {
        refuse()
    }
    fn get_state_metadata(&mut self, _: Space<'_>, _: &str) -> HostResult<Vec<MetadataEntry>> {
        refuse()
    }
    fn open(&mut self, _: Selection<'_>) -> HostResult<Scan> {
        refuse()
    }
    fn page(&mut self, _: Selection<'_>, _: PageRequest<'_>) -> HostResult<Page> {
        refuse()
    }
    fn history(&mut self, _: &str) -> HostResult<Modifications> {
        refuse()
    }
    fn next(&mut self, _: Cursor) -> HostResult<Scan> {
        refuse()
    }
    fn next_modifications(&mut self, _: Cursor) -> HostResult<Modifications> {
        refuse()
    }
    fn close(&mut self, _: Cursor) {}
    fn invoke_chaincode(&mut self, _: &str, _: &str, _: Vec<Bytes>) -> Response {
        Response::default()
    }
    fn set_event(&mut self, _: &str, _: Bytes) {}
    fn log(&mut self, _: Level, _: &str) {}
}

#[test]
fn a_first_commit_writes_everything_and_a_second_what_changed() {
    let mut map = Map::default();
    let mut definition = Definition {
        sequence: 1,
        parameters: parameters(),
    };
    map.store(&definition);
    assert_eq!(map.reads, ["namespaces/metadata/mycc"]);
    assert_eq!(map.writes.len(), 5);

    definition.sequence = 2;
    definition.parameters.endorsement.version = "2.0".into();
    map.store(&definition);
    assert_eq!(map.reads.len(), 5);
    assert_eq!(map.written(), ["EndorsementInfo", "Sequence"]);

    let read = Definition::committed("mycc", &mut HostState::public(&mut map))
        .unwrap()
        .unwrap();
    assert_eq!(read.sequence, 2);
    assert_eq!(read.parameters.endorsement.version, "2.0");
}

#[test]
fn fields_that_are_no_more_are_deleted() {
    let mut map = Map::default();
    let old = record::Record {
        datatype: "ChaincodeDefinition",
        fields: vec![
            ("Sequence", record::integer(1)),
            ("Old", record::string("x")),
        ],
    };
    serializer::store(
        keys::NAMESPACES,
        "mycc",
        &old,
        &mut HostState::public(&mut map),
    )
    .unwrap();
    for (key, value) in map.writes.clone() {
        map.state.insert(key, value.unwrap());
    }
    map.store(&Definition {
        sequence: 1,
        parameters: parameters(),
    });
    assert_eq!(map.writes.get("namespaces/fields/mycc/Old"), Some(&None));
    assert!(map.writes.contains_key("namespaces/metadata/mycc"));
    assert!(!map.writes.contains_key("namespaces/fields/mycc/Sequence"));
}

#[test]
fn approvals_are_compared_by_hash_and_all_hashes_are_read() {
    let mut map = Map::default();
    let record = parameters().record();
    let check = |map: &mut Map| {
        map.reads.clear();
        let mut state = HostState::collection(map, "_implicit_org_Org1MSP");
        let missing =
            serializer::mismatches(keys::NAMESPACES, "mycc#1", &record, &mut state).unwrap();
        assert_eq!(map.reads.len(), 4);
        missing
    };
    assert_eq!(check(&mut map), ["ChaincodeParameters"]);
    let other = Parameters {
        endorsement: ChaincodeEndorsementInfo {
            version: "2".into(),
            ..parameters().endorsement
        },
        ..parameters()
    };
    serializer::store(
        keys::NAMESPACES,
        "mycc#1",
        &other.record(),
        &mut HostState::public(&mut map),
    )
    .unwrap();
    for (key, value) in map.writes.clone() {
        map.state.insert(key, value.unwrap());
    }
    assert_eq!(check(&mut map), ["EndorsementInfo"]);
    serializer::store(
        keys::NAMESPACES,
        "mycc#1",
        &parameters().record(),
        &mut HostState::public(&mut map),
    )
    .unwrap();
    for (key, value) in map.writes.clone() {
        map.state.insert(key, value.unwrap());
    }
    assert_eq!(check(&mut map), [""; 0]);
}

#[test]
fn metadata_of_another_type_and_values_of_another_kind_are_refused() {
    let mut map = Map::default();
    serializer::store(
        keys::NAMESPACES,
        "mycc",
        &parameters().record(),
        &mut HostState::public(&mut map),
    )
    .unwrap();
    for (key, value) in map.writes.clone() {
        map.state.insert(key, value.unwrap());
    }
    let error = Definition::committed("mycc", &mut HostState::public(&mut map)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a chaincode type: ChaincodeParameters"
    );
    map.state.insert(
        "namespaces/fields/mycc/Sequence".into(),
        record::string("x"),
    );
    let error = serializer::integer(
        keys::NAMESPACES,
        "mycc",
        "Sequence",
        &mut HostState::public(&mut map),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "expected key namespaces/fields/mycc/Sequence to encode a value of type Int64, but was *lifecycle.StateData_String_"
    );
}
