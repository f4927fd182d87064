use crate::operation::Operation;
use crate::{private, queries, state, surroundings};
use selvedge_sdk::HostError;
use selvedge_sdk::raw::Stub;
use serde_json::Value;

/// Why nothing more runs.
pub(crate) enum Stop {
    /// An operation failed, or was asked to.
    Error(String),
    /// `return`.
    Answer {
        status: i32,
        message: String,
        payload: Vec<u8>,
    },
}

/// How one operation ends.
pub(crate) enum Ended {
    Stop(Stop),
    /// The text still lacks the operation's index and name.
    Failed(String),
}

impl From<HostError> for Ended {
    fn from(error: HostError) -> Self {
        Self::Failed(error.as_str().to_owned())
    }
}

impl From<String> for Ended {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

pub(crate) type Outcome = Result<Value, Ended>;

/// Runs all operations and collects their results.
pub(crate) fn all(stub: &Stub, script: &[Vec<Value>]) -> Result<Vec<Value>, Stop> {
    script
        .iter()
        .enumerate()
        .map(|(index, line)| one(stub, index, line))
        .collect()
}

fn one(stub: &Stub, index: usize, line: &[Value]) -> Result<Value, Stop> {
    let Some(operation) = Operation::parse(line) else {
        return Err(Stop::Error(format!(
            "op {index}: an operation begins with its name"
        )));
    };
    perform(stub, &operation).map_err(|ended| match ended {
        Ended::Stop(stop) => stop,
        Ended::Failed(text) => Stop::Error(format!("op {index}: {}: {text}", operation.name)),
    })
}

fn perform(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    match operation.name {
        "batch" => batch(stub, operation),
        // Not of Fabric's recording: what runs the chaincode is gone, or traps, in the middle of a transaction.
        "abort" => std::process::abort(),
        "fail" => Err(Ended::Stop(Stop::Error(operation.text(0)?.to_owned()))),
        "return" => Err(Ended::Stop(Stop::Answer {
            status: operation.int32(0)?,
            message: operation.text(1)?.to_owned(),
            payload: operation.bytes(2)?,
        })),
        _ => state::perform(stub, operation)
            .or_else(|| queries::perform(stub, operation))
            .or_else(|| private::perform(stub, operation))
            .or_else(|| surroundings::perform(stub, operation))
            .unwrap_or_else(|| Err(Ended::Failed("unknown operation".to_owned()))),
    }
}

/// The inner operations between the start and the end of a write batch.
fn batch(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let inner: Option<Vec<Vec<Value>>> = operation
        .list(0)?
        .iter()
        .map(|line| line.as_array().cloned())
        .collect();
    let Some(inner) = inner else {
        return Err(Ended::Failed("an operation is an array".to_owned()));
    };
    stub.start_write_batch();
    let results = all(stub, &inner).map_err(|stop| match stop {
        Stop::Error(text) => Ended::Failed(text),
        answer @ Stop::Answer { .. } => Ended::Stop(answer),
    })?;
    stub.finish_write_batch()?;
    Ok(results.into())
}
