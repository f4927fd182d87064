//! `lifecycle chaincode …`. Fabric: internal/peer/lifecycle/chaincode.

mod definition;
mod packages;
mod policy;
mod queries;
mod submit;

pub use policy::collections_from_json;
pub(crate) use policy::{collections, policy_bytes};

use anyhow::{Result, bail};
use selvedge_protos::protos::Response;

use super::args::{LifecycleChaincode, LifecycleCommand};
use super::core_config::CoreConfig;

/// Runs a verb; what it returns goes to standard output.
pub(super) async fn run(config: CoreConfig, args: LifecycleChaincode) -> Result<String> {
    let orderer = args.orderer;
    match args.command {
        LifecycleCommand::Package(args) => packages::package(args),
        LifecycleCommand::Install(args) => packages::install(config, args).await,
        LifecycleCommand::Queryinstalled(args) => packages::query_installed(config, args).await,
        LifecycleCommand::Getinstalledpackage(args) => packages::get_installed(config, args).await,
        LifecycleCommand::Calculatepackageid(args) => packages::calculate_id(args),
        LifecycleCommand::Approveformyorg(args) => submit::approve(config, orderer, args).await,
        LifecycleCommand::Checkcommitreadiness(args) => queries::readiness(config, args).await,
        LifecycleCommand::Commit(args) => submit::commit(config, orderer, args).await,
        LifecycleCommand::Querycommitted(args) => queries::committed(config, args).await,
        LifecycleCommand::Queryapproved(args) => queries::approved(config, args).await,
    }
}

/// A response of `_lifecycle` that is not 200 ends the command; `what` is `query`, `proposal` and so on.
fn successful(what: &str, response: Response) -> Result<Response> {
    if response.status != 200 {
        bail!(
            "{what} failed with status: {} - {}",
            response.status,
            response.message
        );
    }
    Ok(response)
}
