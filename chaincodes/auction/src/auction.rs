use selvedge_sdk::prelude::*;
use selvedge_sdk::{sha256, to_json};

/// What everybody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Auction {
    pub item: String,
    /// A client's ID.
    pub seller: String,
    /// MSP IDs. All of them endorse each change.
    pub organisations: Vec<String>,
    pub status: Status,
    /// A client's ID, when it has ended and somebody has revealed a bid.
    pub winner: Option<String>,
    pub price: u64,
}

/// An auction is open for bids, then closed for the bids to be revealed, then ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Closed,
    Ended,
}

/// What the bidder sends in the transient data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Secret {
    pub price: u64,
    /// Random, so that nobody finds the price by trying all there are.
    pub salt: String,
}

/// What its hash stands for until it is revealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Bid {
    /// A client's ID.
    pub bidder: String,
    pub price: u64,
    pub salt: String,
}

impl Bid {
    pub(crate) fn new(client: &Client, secret: Secret) -> Self {
        let Secret { price, salt } = secret;
        Self {
            bidder: client.id(),
            price,
            salt,
        }
    }

    /// The hash that the channel has of it.
    pub(crate) fn hash(&self) -> Result<String, SdkError> {
        let json = to_json(self).map_err(|error| SdkError::new(500, error.to_string()))?;
        Ok(hex(&sha256(&json)))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A bid that takes part.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// Of the bidder: the one that holds the bid.
    pub(crate) organisation: String,
    /// SHA-256 in hexadecimal digits.
    pub(crate) hash: String,
}
