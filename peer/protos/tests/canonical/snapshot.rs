//! The files of a ledger snapshot: a format byte, then records, each preceded by its length as a varint.

use bytes::{Buf, Bytes};
use prost::encoding::decode_varint;
use selvedge_protos::privacyenabledstate::SnapshotRecord;
use selvedge_protos::protos::CollectionConfigPackage;

use crate::golden;
use crate::tally::Tally;

fn records(file: &str) -> Vec<Bytes> {
    let mut data = golden::read(file);
    assert_eq!(data.get_u8(), 1, "format of {file}");
    let mut records = Vec::new();
    while data.has_remaining() {
        let length = usize::try_from(decode_varint(&mut data).unwrap()).unwrap();
        records.push(data.split_to(length));
    }
    records
}

#[test]
fn snapshot_records_come_back() {
    let mut tally = Tally::default();
    for file in [
        "snapshot/public_state.data",
        "snapshot/private_state_hashes.data",
    ] {
        tally.at(file);
        for record in records(file) {
            tally.exact::<SnapshotRecord>(&record);
        }
    }
    tally.at("snapshot/confighistory.data");
    for pair in records("snapshot/confighistory.data").chunks(2) {
        tally.exact::<CollectionConfigPackage>(&pair[1]);
    }
    tally.assert_exceptions(&[]);
    tally.assert_at_least(&[
        ("privacyenabledstate::SnapshotRecord", 50),
        ("protos::CollectionConfigPackage", 1),
    ]);
}
