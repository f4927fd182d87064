//! What is instantiated on the channel and installed on this peer.
//!
//! Fabric: core/scc/lscc/lscc.go.

use super::{Lscc, error::LsccError};
use crate::legacy::{LegacyPackage, state};
use bytes::Bytes;
use prost::Message as _;
use selvedge_interface::{Selection, Space};
use selvedge_protos::{
    ccprovider::ChaincodeData,
    protos::{ChaincodeInfo, ChaincodeInput, ChaincodeQueryResponse},
};

/// The record of a chaincode, as it was written.
pub(super) fn record(lscc: &mut Lscc<'_>, name: &str) -> Result<Bytes, LsccError> {
    lscc.host
        .get_state(Space::Public, name)
        .map_err(|error| LsccError::Transaction(error.to_string()))?
        .ok_or_else(|| LsccError::NotFound(name.to_owned()))
}

pub(super) fn decode(name: &str, record: Bytes) -> Result<ChaincodeData, LsccError> {
    let data = ChaincodeData::decode(record).map_err(|_| LsccError::Record(name.to_owned()))?;
    match data.name == name {
        true => Ok(data),
        false => Err(LsccError::OtherName {
            wanted: name.to_owned(),
            found: data.name,
        }),
    }
}

pub(super) fn name(lscc: &mut Lscc<'_>, name: &str) -> Result<Bytes, LsccError> {
    let record = record(lscc, name)?;
    Ok(decode(name, record)?.name.into())
}

pub(super) fn data(lscc: &mut Lscc<'_>, name: &str) -> Result<Bytes, LsccError> {
    record(lscc, name)
}

/// The installed specification, if it is what was instantiated.
pub(super) fn specification(lscc: &mut Lscc<'_>, name: &str) -> Result<Bytes, LsccError> {
    let record = record(lscc, name)?;
    let data = decode(name, record)?;
    let store = lscc.call.peer.legacy().store();
    let package = store
        .load(&format!("{}:{}", data.name, data.version))
        .map_err(LsccError::InvalidSpecification)?;
    package
        .check_against(&data)
        .map_err(LsccError::Fingerprint)?;
    Ok(package.specification)
}

pub(super) fn collections(lscc: &mut Lscc<'_>, name: &str) -> Result<Bytes, LsccError> {
    let key = state::collections_key(name);
    let found = lscc.host.get_state(Space::Public, &key)?;
    found
        .filter(|found| !found.is_empty())
        .ok_or_else(|| LsccError::NoCollections(name.to_owned()))
}

/// Every chaincode of the channel, with what this peer knows of its package.
pub(super) fn instantiated(lscc: &mut Lscc<'_>) -> Result<Bytes, LsccError> {
    let mut found = Vec::new();
    let mut batch = lscc.host.open(Selection::Range {
        space: Space::Public,
        start: "",
        end: "",
    })?;
    loop {
        for row in batch.rows {
            if state::is_collections_key(&row.key) {
                continue;
            }
            let data = ChaincodeData::decode(row.value)
                .map_err(|error| LsccError::State(error.to_string()))?;
            found.push(data);
        }
        match batch.cursor {
            Some(cursor) => batch = lscc.host.next(cursor)?,
            None => break,
        }
    }
    let store = lscc.call.peer.legacy().store();
    let chaincodes = found.into_iter().map(|data| {
        let package = store.load(&format!("{}:{}", data.name, data.version)).ok();
        instantiated_info(data, package)
    });
    Ok(answer(chaincodes.collect()))
}

fn instantiated_info(data: ChaincodeData, package: Option<LegacyPackage>) -> ChaincodeInfo {
    let (path, input) = match package {
        Some(package) => (package.chaincode.path, package.input),
        None => (String::new(), Some(ChaincodeInput::default())),
    };
    ChaincodeInfo {
        name: data.name,
        version: data.version,
        path,
        input: show(input.as_ref()),
        escc: data.escc,
        vscc: data.vscc,
        id: Bytes::new(),
    }
}

/// Every legacy package of this peer. Files that hold something else, or another chaincode than their names say, are
/// left out.
pub(super) fn installed(lscc: &mut Lscc<'_>) -> Result<Bytes, LsccError> {
    let store = lscc.call.peer.legacy().store();
    let ids = store
        .list()
        .map_err(|error| LsccError::State(error.to_string()))?;
    let chaincodes = ids.into_iter().filter_map(|id| {
        let package = store.load(&id).ok()?;
        if package.id() != id {
            tracing::error!(file = id, "the file holds another chaincode");
            return None;
        }
        Some(ChaincodeInfo {
            id: package.fingerprint(),
            name: package.chaincode.name,
            version: package.chaincode.version,
            path: package.chaincode.path,
            ..Default::default()
        })
    });
    Ok(answer(chaincodes.collect()))
}

fn answer(chaincodes: Vec<ChaincodeInfo>) -> Bytes {
    ChaincodeQueryResponse { chaincodes }.encode_to_vec().into()
}

/// As Go prints a message on one line.
fn show(input: Option<&ChaincodeInput>) -> String {
    let Some(input) = input else {
        return "<nil>".to_owned();
    };
    let quoted = |arg: &Bytes| {
        let text: String = arg.iter().map(|byte| escape(*byte)).collect();
        format!("args:\"{text}\" ")
    };
    let mut shown: String = input.args.iter().map(quoted).collect();
    if input.is_init {
        shown.push_str("is_init:true ");
    }
    shown
}

fn escape(byte: u8) -> String {
    match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x20..0x7f => char::from(byte).to_string(),
        other => format!("\\{other:03o}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_shown_on_one_line() {
        let input = ChaincodeInput {
            args: vec![
                Bytes::from_static(b"init"),
                Bytes::from_static(b"a\"\x01\n"),
            ],
            ..Default::default()
        };
        assert_eq!(show(Some(&input)), r#"args:"init" args:"a\"\001\n" "#);
        assert_eq!(show(Some(&ChaincodeInput::default())), "");
        assert_eq!(show(None), "<nil>");
    }
}
