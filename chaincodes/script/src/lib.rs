//! Chaincode whose transactions are written by the caller: the operations of Fabric's stub as a JSON list, executed one
//! after another. What each does and answers is set down in `tests/golden/README.md`; real peers recorded it.

mod operation;
mod private;
mod queries;
mod run;
mod state;
mod surroundings;

use run::Stop;
use selvedge_sdk::raw::{Program, Stub};
use selvedge_sdk::{Bytes, Response, to_json};
use serde_json::Value;

/// Runs the operations in argument 1. Argument 0 is ignored.
#[derive(Debug)]
pub struct Script;

impl Program for Script {
    fn invoke(stub: &Stub) -> Response {
        let Some(text) = stub.args().get(1) else {
            return Response::ok("[]");
        };
        let Ok(script) = serde_json::from_slice::<Vec<Vec<Value>>>(text) else {
            return Response::error("bad script");
        };
        match run::all(stub, &script) {
            Ok(results) => to_json(&results)
                .map_or_else(|error| Response::error(error.to_string()), Response::ok),
            Err(Stop::Error(text)) => Response::error(text),
            Err(Stop::Answer {
                status,
                message,
                payload,
            }) => Response {
                status,
                message,
                payload: Bytes::from(payload),
            },
        }
    }
}

selvedge_sdk::raw_chaincode!(Script);
