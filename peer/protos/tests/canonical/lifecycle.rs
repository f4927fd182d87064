//! What `_lifecycle` keeps in the state.

use bytes::Bytes;
use selvedge_protos::lifecycle::state_data::Type;
use selvedge_protos::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata,
};
use selvedge_protos::protos::CollectionConfigPackage;

use crate::policies;
use crate::tally::Tally;

/// A value by its key: `namespaces/metadata/<name>`, `namespaces/fields/<name>/<field>`, and the same below
/// `chaincode-sources`.
pub(crate) fn state(tally: &mut Tally, key: &str, value: &Bytes) {
    let mut segments = key.split('/').skip(1);
    match (segments.next(), segments.nth(1)) {
        (Some("metadata"), None) => {
            tally.exact::<StateMetadata>(value);
        }
        (Some("fields"), Some(field)) => {
            let data = tally.exact::<StateData>(value);
            if let Some(Type::Bytes(bytes)) = data.and_then(|data| data.r#type) {
                self::field(tally, field, &bytes);
            }
        }
        _ => tally.except(&format!("key {key}")),
    }
}

fn field(tally: &mut Tally, name: &str, bytes: &Bytes) {
    match name {
        "EndorsementInfo" => {
            tally.exact::<ChaincodeEndorsementInfo>(bytes);
        }
        "ValidationInfo" => {
            if let Some(info) = tally.exact::<ChaincodeValidationInfo>(bytes) {
                policies::application(tally, &info.validation_parameter);
            }
        }
        "Collections" => {
            tally.exact::<CollectionConfigPackage>(bytes);
        }
        _ => tally.except(&format!("field {name}")),
    }
}
