// Made by `selvedge bindings` from the chaincode's metadata; do not edit.

#![allow(
    dead_code,
    unused_imports,
    clippy::too_many_arguments,
    reason = "generated"
)]

use selvedge_sdk::{Bytes, Remote, RemoteQuery, Schema, SdkError, Time, Tx, View};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum ParcelGrade {
    #[serde(rename = "low")]
    Low,
    #[serde(rename = "high")]
    High,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Parcel {
    pub grade: ParcelGrade,
    pub id: String,
    pub inner: Vec<Parcel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub r#type: String,
    #[serde(rename = "weightGrams")]
    pub weight_grams: u32,
}

/// Parcels by id.
#[derive(Clone, Copy, Debug)]
pub struct DepotClient<'v>(Remote<'v>);

impl<'v> DepotClient<'v> {
    /// On this channel: what it reads and writes joins the transaction.
    pub fn on(tx: &'v Tx, chaincode: &'v str) -> Self {
        Self(tx.chaincode(chaincode))
    }

    pub fn find(&self, id: &str) -> Result<Parcel, SdkError> {
        self.0.call("Find", (id,))
    }

    pub fn of_grade(&self, grade: ParcelGrade, most: u8) -> Result<Vec<String>, SdkError> {
        self.0.call("OfGrade", (grade, most))
    }

    pub fn on_(&self) -> Result<Time, SdkError> {
        self.0.call("On", ())
    }

    /// Keeps a parcel.
    pub fn store(&self, parcel: Parcel) -> Result<(), SdkError> {
        self.0.call("Store", (parcel,))
    }
}

/// Parcels by id.
#[derive(Clone, Copy, Debug)]
pub struct DepotQueries<'v>(RemoteQuery<'v>);

impl<'v> DepotQueries<'v> {
    /// On another channel: only its answers count.
    pub fn on_channel(view: &'v View, channel: &'v str, chaincode: &'v str) -> Self {
        Self(view.chaincode_on(channel, chaincode))
    }

    pub fn find(&self, id: &str) -> Result<Parcel, SdkError> {
        self.0.call("Find", (id,))
    }

    pub fn of_grade(&self, grade: ParcelGrade, most: u8) -> Result<Vec<String>, SdkError> {
        self.0.call("OfGrade", (grade, most))
    }

    pub fn on_(&self) -> Result<Time, SdkError> {
        self.0.call("On", ())
    }
}

#[derive(Clone, Copy, Debug)]
pub struct EchoClient<'v>(Remote<'v>);

impl<'v> EchoClient<'v> {
    /// On this channel: what it reads and writes joins the transaction.
    pub fn on(tx: &'v Tx, chaincode: &'v str) -> Self {
        Self(tx.chaincode(chaincode))
    }

    pub fn bytes(&self, bytes: Bytes, big: u64, yes: bool, float: f64) -> Result<Bytes, SdkError> {
        self.0.call("echo:Bytes", (bytes, big, yes, float))
    }
}

#[derive(Clone, Copy, Debug)]
pub struct EchoQueries<'v>(RemoteQuery<'v>);

impl<'v> EchoQueries<'v> {
    /// On another channel: only its answers count.
    pub fn on_channel(view: &'v View, channel: &'v str, chaincode: &'v str) -> Self {
        Self(view.chaincode_on(channel, chaincode))
    }

    pub fn bytes(&self, bytes: Bytes, big: u64, yes: bool, float: f64) -> Result<Bytes, SdkError> {
        self.0.call("echo:Bytes", (bytes, big, yes, float))
    }
}
