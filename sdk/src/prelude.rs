//! What a contract needs: `use selvedge_sdk::prelude::*;`.

pub use crate::{
    Bytes, Call, Change, Client, Context, ContractError, Event, Events, Find, Implicit, Index, Key,
    Page, PageOf, Private, Query, Records, Schema, SdkError, Time, Tx, View, after, before,
    chaincode, contract, debug, endorsed_by_all, error, info, trace, transaction, unknown, warn,
};
pub use serde::{Deserialize, Serialize};
