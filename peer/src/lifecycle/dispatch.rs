//! The functions of `_lifecycle`: one argument in, one result out, both serialized messages.
//!
//! Fabric: core/chaincode/lifecycle/scc.go, Invoke; core/dispatcher/dispatcher.go.

use super::{answer, approve, call::Call, commit, error::Error, exact, install, query};
use crate::wire::why;
use bytes::Bytes;
use prost::Message;
use selvedge_interface::Response;

/// The field of the collections in the arguments of the functions that take a definition.
const COLLECTIONS: u32 = 7;

/// Why a function has no result.
#[derive(Debug, thiserror::Error)]
enum DispatchError {
    #[error("receiver *lifecycle.Invocation.{0} does not exist")]
    NoFunction(String),
    #[error(
        "could not decode input arg for *lifecycle.Invocation.{function}: {}",
        why(source)
    )]
    Argument {
        function: String,
        source: prost::DecodeError,
    },
    #[error(transparent)]
    Function(#[from] Error),
}

/// Runs one function.
pub(super) fn dispatch(call: &mut Call<'_>, function: &str, argument: Bytes) -> Response {
    match run(call, function, argument) {
        Ok(result) => Response::ok(result),
        Err(DispatchError::Function(error @ Error::NotDefined(_))) => Response {
            status: 404,
            message: error.to_string(),
            payload: Bytes::new(),
        },
        Err(error) => Response::error(format!(
            "failed to invoke backing implementation of '{function}': {error}"
        )),
    }
}

fn run(call: &mut Call<'_>, function: &str, argument: Bytes) -> Result<Bytes, DispatchError> {
    call.exact_collections = match function {
        "ApproveChaincodeDefinitionForMyOrg"
        | "CheckCommitReadiness"
        | "CommitChaincodeDefinition" => exact::within(&argument, COLLECTIONS),
        _ => None,
    };
    let invocation = Invocation {
        call,
        function,
        argument,
    };
    match function {
        "InstallChaincode" => invocation.run(install::install),
        "QueryInstalledChaincode" => invocation.run(install::query_one),
        "QueryInstalledChaincodes" => invocation.run(install::query_all),
        "GetInstalledChaincodePackage" => invocation.run(install::package),
        "ApproveChaincodeDefinitionForMyOrg" => invocation.run(approve::approve),
        "QueryApprovedChaincodeDefinition" => invocation.run(query::approved),
        "QueryApprovedChaincodeDefinitions" => invocation.run(query::all_approved),
        "CheckCommitReadiness" => invocation.run_as(commit::check_readiness, answer::readiness),
        "CommitChaincodeDefinition" => invocation.run(commit::commit),
        "QueryChaincodeDefinition" => invocation.run_as(query::committed, answer::definition),
        "QueryChaincodeDefinitions" => invocation.run(query::all_committed),
        _ => Err(DispatchError::NoFunction(function.to_owned())),
    }
}

struct Invocation<'c, 'a> {
    call: &'c mut Call<'a>,
    function: &'c str,
    argument: Bytes,
}

impl<'a> Invocation<'_, 'a> {
    fn run<A, R>(
        self,
        function: impl FnOnce(&mut Call<'a>, A) -> Result<R, Error>,
    ) -> Result<Bytes, DispatchError>
    where
        A: Message + Default,
        R: Message,
    {
        self.run_as(function, |result| result.encode_to_vec().into())
    }

    fn run_as<A, R>(
        self,
        function: impl FnOnce(&mut Call<'a>, A) -> Result<R, Error>,
        serialize: impl FnOnce(R) -> Bytes,
    ) -> Result<Bytes, DispatchError>
    where
        A: Message + Default,
    {
        let argument = A::decode(self.argument).map_err(|source| DispatchError::Argument {
            function: self.function.to_owned(),
            source,
        })?;
        Ok(serialize(function(self.call, argument)?))
    }
}
