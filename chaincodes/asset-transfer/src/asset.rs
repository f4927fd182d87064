use selvedge_sdk::prelude::*;

/// Something somebody owns. The JSON names and their order are those of the sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "PascalCase")]
pub struct Asset {
    /// In whole units of some currency.
    pub appraised_value: i64,
    /// As a word.
    pub color: String,
    /// The key it is stored under.
    #[serde(rename = "ID")]
    pub id: String,
    /// Who owns it.
    pub owner: String,
    /// In some unit of length.
    pub size: i64,
}

impl Asset {
    pub(crate) fn new(id: &str, color: &str, size: i64, owner: &str, appraised_value: i64) -> Self {
        Self {
            id: id.to_owned(),
            color: color.to_owned(),
            size,
            owner: owner.to_owned(),
            appraised_value,
        }
    }
}

/// One line of an asset's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "camelCase")]
pub struct AssetChange {
    /// The transaction that changed it.
    pub tx_id: String,
    /// When its client says it was made.
    pub timestamp: Option<Time>,
    /// Whether the asset was deleted.
    pub is_delete: bool,
    /// What it was from then on.
    pub record: Option<Asset>,
}

impl From<Change<Asset>> for AssetChange {
    fn from(change: Change<Asset>) -> Self {
        Self {
            tx_id: change.tx_id,
            timestamp: change.time,
            is_delete: change.value.is_none(),
            record: change.value,
        }
    }
}
