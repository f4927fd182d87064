//! What a contract needs: `use selvedge_sdk::prelude::*;`.

pub use crate::{
    Bytes, Call, Change, Client, Context, ContractError, Event, Find, Index, Key, Page, PageOf,
    Private, Query, Records, Schema, SdkError, Time, Tx, View, chaincode, contract, debug, error,
    info, trace, warn,
};
pub use serde::{Deserialize, Serialize};
