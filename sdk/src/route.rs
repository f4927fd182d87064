use crate::contract::{Call, Dialect, Entry, listed};
use crate::metadata::{GET_METADATA, SYSTEM_CONTRACT, describe};
use crate::raw::{Peer, Stub};
use crate::wire::excerpt;
use crate::{SdkError, View};
use selvedge_interface::{Bytes, Input, Response};

/// Answers an invocation by the contract that it names, the first being the default. Of the dialects only the default's counts
/// here; it is known while this is compiled, so that a component has no other.
#[doc(hidden)]
pub fn run_contracts(entries: &[Entry], dialect: Dialect, host: Peer, input: Input) -> Response {
    let stub = Stub::new(host, input);
    if let Some(payload) = nothing_asked(dialect, &stub) {
        return Response::ok(payload);
    }
    let (entry, answer) = route(entries, dialect, stub);
    match answer {
        Ok(payload) => Response::ok(payload),
        Err(error) => {
            let message = entry.or(entries.first()).map(|entry| entry.message);
            Response {
                status: error.status(),
                message: message.unwrap_or(SdkError::into_text)(error),
                payload: Bytes::new(),
            }
        }
    }
}

/// The payload of a call without any argument, where that is a success.
fn nothing_asked(dialect: Dialect, stub: &Stub) -> Option<Bytes> {
    const DONE: Bytes = Bytes::from_static(b"Default initiator successful.");
    match dialect {
        Dialect::Strict | Dialect::Go => {
            let is_blank = stub.args().first().is_none_or(Bytes::is_empty);
            (stub.is_init() && is_blank).then_some(DONE)
        }
        Dialect::Node => stub.args().is_empty().then_some(DONE),
        Dialect::Java => stub.args().is_empty().then(Bytes::new),
    }
}

fn route(
    entries: &[Entry],
    dialect: Dialect,
    stub: Stub,
) -> (Option<&Entry>, Result<Bytes, SdkError>) {
    let (call, entry) = match read(entries, dialect, &stub) {
        Ok(found) => found,
        Err(error) => return (None, Err(error)),
    };
    let answer = match entry {
        Some(entry) => (entry.invoke)(View::new(stub), &call),
        None if call.lookup_name(dialect) == GET_METADATA => Ok(describe(entries)),
        None => Err(call.unknown_among(&[GET_METADATA], dialect)),
    };
    (entry, answer)
}

/// The call, and the contract that answers it unless it is Fabric's own.
fn read<'e>(
    entries: &'e [Entry],
    dialect: Dialect,
    stub: &Stub,
) -> Result<(Call, Option<&'e Entry>), SdkError> {
    let (asked, params) = stub
        .args()
        .split_first()
        .map_or((&[][..], &[][..]), |(name, rest)| (name.as_ref(), rest));
    let asked = std::str::from_utf8(asked)
        .map_err(|_| dialect.refusal("the function name is not valid UTF-8"))?;
    let (contract, function) = dialect.split(asked);
    let contract =
        contract.unwrap_or_else(|| entries.first().map_or("", |entry| entry.descriptor.name));
    let entry = entries
        .iter()
        .find(|entry| entry.descriptor.name == contract);
    if entry.is_none() && contract != SYSTEM_CONTRACT {
        return Err(no_contract(entries, dialect, contract));
    }
    if function.is_empty() && matches!(dialect, Dialect::Strict | Dialect::Go) {
        return Err(dialect.refusal("Blank function name passed"));
    }
    let call = Call::new(contract, function, asked, params.to_vec());
    Ok((call, entry))
}

fn no_contract(entries: &[Entry], dialect: Dialect, contract: &str) -> SdkError {
    let contract = excerpt(contract);
    dialect.refusal(match dialect {
        Dialect::Strict => {
            let names: Vec<_> = entries.iter().map(|entry| entry.descriptor.name).collect();
            format!(
                "Contract not found with name {contract}; this chaincode has {}",
                listed(&names)
            )
        }
        Dialect::Go => format!("Contract not found with name {contract}"),
        Dialect::Node => format!("Contract name is not known: {contract}"),
        Dialect::Java => crate::contract::UNEXPECTED.to_owned(),
    })
}
