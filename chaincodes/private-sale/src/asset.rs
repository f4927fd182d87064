use selvedge_sdk::prelude::*;
use selvedge_sdk::{sha256, to_json};

/// What everybody may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
    pub id: String,
    /// The MSP ID of the organisation that owns it.
    pub owner_org: String,
    pub public_description: String,
    /// SHA-256 of the [`Properties`], in hexadecimal digits.
    pub properties_hash: String,
}

/// What the asset is, which never changes. Known to its owner, and to whom the owner tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Properties {
    pub color: String,
    pub size: u32,
    /// Random, so that nobody finds the properties by trying all there are.
    pub salt: String,
}

impl Properties {
    pub(crate) fn hash(&self) -> Result<String, SdkError> {
        let json = to_json(self).map_err(|error| SdkError::new(500, error.to_string()))?;
        Ok(hex(&sha256(&json)))
    }
}

/// What buyer and seller agree on. Their hashes are equal only if every field is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    pub asset_id: String,
    pub price: u64,
    /// Random, and the same for both: it keeps the price from being guessed.
    pub trade_id: String,
}

/// What each side keeps of a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Receipt {
    pub terms: Terms,
    pub seller: String,
    pub buyer: String,
    /// When the seller's client says it was.
    pub time: Time,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
