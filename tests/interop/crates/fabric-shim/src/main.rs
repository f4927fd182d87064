//! The `script` chaincode on the crate `fabric-shim`: a service, since the crate has nothing that dials. What each
//! operation does is set down in tests/golden/README.md; those that the crate has no call for are unknown here.

mod operations;
mod values;

use fabric_shim::{Chaincode, ChaincodeStub, Error, Response, Server, async_trait};
use operations::perform;
use serde_json::Value;

struct Script;

/// Why nothing more runs.
enum Stop {
    Failed(String),
    Answer(Response),
}

impl From<Error> for Stop {
    /// The peer's own words, without the crate's in front of them.
    fn from(error: Error) -> Self {
        Self::Failed(match error {
            Error::Peer(text) => text,
            other => other.to_string(),
        })
    }
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

#[async_trait]
impl Chaincode for Script {
    async fn invoke(&self, stub: ChaincodeStub) -> Response {
        let script = stub.get_args().get(1).cloned();
        let script = script.unwrap_or_else(|| b"[]".to_vec());
        let Ok(script) = serde_json::from_slice::<Vec<Vec<Value>>>(&script) else {
            return Response::error("bad script");
        };
        match all(&stub, &script).await {
            Ok(results) => Response::success(values::json(&Value::from(results))),
            Err(Stop::Failed(text)) => Response::error(text),
            Err(Stop::Answer(response)) => response,
        }
    }
}

async fn all(stub: &ChaincodeStub, script: &[Vec<Value>]) -> Result<Vec<Value>, Stop> {
    let mut results = Vec::new();
    for (index, line) in script.iter().enumerate() {
        let (name, parameters) = line.split_first().ok_or_else(|| "no name".to_owned())?;
        let name = name.as_str().unwrap_or_default();
        match perform(stub, name, parameters).await {
            Ok(result) => results.push(result),
            Err(Stop::Failed(text)) => {
                return Err(Stop::Failed(format!("op {index}: {name}: {text}")));
            }
            Err(answer) => return Err(answer),
        }
    }
    Ok(results)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    Server::from_env()?.start(Script).await
}
