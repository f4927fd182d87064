use super::*;
use crate::rwset::TxSet;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Entry {
    Read(String, String, Option<(u64, u64)>),
    Write(String, String, Vec<u8>),
    Metadata(String, String, Vec<(String, Vec<u8>)>),
    HashedRead(String, String, String, Option<(u64, u64)>),
    Private(String, String, String, Vec<u8>),
    Purge(String, String, String),
    PrivateMetadata(String, String, String, Vec<(String, Vec<u8>)>),
}

fn entry() -> impl Strategy<Value = Entry> {
    let name = || "[ab]{1,2}";
    let version = || proptest::option::of((0_u64..300, 0_u64..3));
    let value = || proptest::collection::vec(any::<u8>(), 0..3);
    let entries = || proptest::collection::vec((name(), value()), 0..3);
    prop_oneof![
        (name(), ".{0,3}", version()).prop_map(|(ns, key, version)| Entry::Read(ns, key, version)),
        (name(), ".{0,3}", value()).prop_map(|(ns, key, value)| Entry::Write(ns, key, value)),
        (name(), ".{0,3}", entries())
            .prop_map(|(ns, key, entries)| Entry::Metadata(ns, key, entries)),
        (name(), name(), ".{0,3}", version())
            .prop_map(|(ns, coll, key, version)| Entry::HashedRead(ns, coll, key, version)),
        (name(), name(), ".{0,3}", value())
            .prop_map(|(ns, coll, key, value)| Entry::Private(ns, coll, key, value)),
        (name(), name(), ".{0,3}").prop_map(|(ns, coll, key)| Entry::Purge(ns, coll, key)),
        (name(), name(), ".{0,3}", entries()).prop_map(|(ns, coll, key, entries)| {
            Entry::PrivateMetadata(ns, coll, key, entries)
        }),
    ]
}

fn add(builder: &mut Builder, entry: &Entry) {
    let version = |version: &Option<(u64, u64)>| version.map(|(block, tx)| Version { block, tx });
    let metadata = |entries: &[(String, Vec<u8>)]| {
        entries
            .iter()
            .map(|(name, value)| MetadataEntry {
                name: name.clone(),
                value: value.clone().into(),
            })
            .collect()
    };
    match entry {
        Entry::Read(ns, key, read) => builder.read(ns, key, version(read)),
        Entry::Write(ns, key, value) => builder.write(ns, key, value.clone().into()),
        Entry::Metadata(ns, key, entries) => builder.metadata_write(ns, key, metadata(entries)),
        Entry::HashedRead(ns, coll, key, read) => builder.hashed_read(ns, coll, key, version(read)),
        Entry::Private(ns, coll, key, value) => {
            builder.private_write(ns, coll, key, value.clone().into())
        }
        Entry::Purge(ns, coll, key) => builder.purge(ns, coll, key),
        Entry::PrivateMetadata(ns, coll, key, entries) => {
            builder.private_metadata_write(ns, coll, key, metadata(entries));
        }
    }
}

fn build(entries: &[Entry]) -> Built {
    let mut builder = Builder::default();
    entries.iter().for_each(|entry| add(&mut builder, entry));
    builder.build()
}

proptest! {
    #[test]
    fn sets_are_sorted_canonical_and_bound_to_their_private_part(entries in proptest::collection::vec(entry(), 0..12)) {
        let built = build(&entries);
        let outer = rwset::TxReadWriteSet::decode(built.public.clone()).unwrap();
        prop_assert_eq!(&Bytes::from(outer.encode_to_vec()), &built.public);
        prop_assert!(outer.ns_rwset.is_sorted_by(|one, other| one.namespace < other.namespace));
        for namespace in &outer.ns_rwset {
            let set = kvrwset::KvrwSet::decode(namespace.rwset.clone()).unwrap();
            prop_assert_eq!(&Bytes::from(set.encode_to_vec()), &namespace.rwset);
            prop_assert!(set.reads.is_sorted_by(|one, other| one.key < other.key));
            prop_assert!(set.writes.is_sorted_by(|one, other| one.key < other.key));
            prop_assert!(set.metadata_writes.is_sorted_by(|one, other| one.key < other.key));
            prop_assert!(set.writes.iter().all(|write| write.is_delete == write.value.is_empty()));
            let collections = &namespace.collection_hashed_rwset;
            prop_assert!(collections.is_sorted_by(|one, other| one.collection_name < other.collection_name));
        }
        // Every private set named by a hash is there, and no other.
        let named: Vec<_> = outer
            .ns_rwset
            .iter()
            .flat_map(|ns| &ns.collection_hashed_rwset)
            .map(|set| set.pvt_rwset_hash.clone())
            .filter(|hash| !hash.is_empty())
            .collect();
        let private = rwset::TxPvtReadWriteSet::decode(built.private.unwrap_or_default()).unwrap();
        let sets = private.ns_pvt_rwset.iter().flat_map(|ns| &ns.collection_pvt_rwset);
        prop_assert_eq!(named, sets.map(|set| sha256(&set.rwset)).collect::<Vec<_>>());
        prop_assert!(TxSet::decode(built.public).is_ok());
    }

    #[test]
    fn order_of_operations_on_different_keys_does_not_show(
        entries in proptest::collection::vec(entry(), 0..8),
        seed: u64,
    ) {
        // The last entry of a place wins, so keep one of each.
        let mut places = BTreeMap::new();
        for entry in entries {
            let place = match &entry {
                Entry::Read(ns, key, _) => (0, ns.clone(), String::new(), key.clone()),
                Entry::Write(ns, key, _) => (1, ns.clone(), String::new(), key.clone()),
                Entry::Metadata(ns, key, _) => (2, ns.clone(), String::new(), key.clone()),
                Entry::HashedRead(ns, coll, key, _) => (3, ns.clone(), coll.clone(), key.clone()),
                Entry::Private(ns, coll, key, _) | Entry::Purge(ns, coll, key) => {
                    (4, ns.clone(), coll.clone(), key.clone())
                }
                Entry::PrivateMetadata(ns, coll, key, _) => (5, ns.clone(), coll.clone(), key.clone()),
            };
            places.insert(place, entry);
        }
        let mut entries: Vec<Entry> = places.into_values().collect();
        let one = build(&entries);
        let length = entries.len().max(1);
        entries.rotate_left(seed as usize % length);
        entries.reverse();
        let other = build(&entries);
        prop_assert_eq!((one.public, one.private), (other.public, other.private));
    }
}
