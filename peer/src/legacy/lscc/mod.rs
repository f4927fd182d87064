//! The system chaincode `lscc`: its functions, who may call them, and what they answer.
//!
//! Fabric: core/scc/lscc/lscc.go of release 2.5, Invoke.

mod collections;
mod deploy;
mod error;
mod install;
mod query;

pub use deploy::{Deployment, DeploymentError};

use crate::scc::SystemCall;
use bytes::Bytes;
use error::LsccError;
use selvedge_interface::{Host, Response};

/// One call, and what it works on.
struct Lscc<'a> {
    call: &'a SystemCall<'a>,
    host: &'a mut dyn Host,
}

/// Serves one call.
pub fn lscc(call: &SystemCall<'_>, host: &mut dyn Host, args: &[Bytes]) -> Response {
    match serve(&mut Lscc { call, host }, args) {
        Ok(payload) => Response::ok(payload),
        Err(error) => Response::error(error.to_string()),
    }
}

fn serve(lscc: &mut Lscc<'_>, args: &[Bytes]) -> Result<Bytes, LsccError> {
    let Some(name) = args.first() else {
        return Err(LsccError::Arguments(0));
    };
    let name = String::from_utf8_lossy(name).into_owned();
    let Some(function) = Function::from_name(&name) else {
        return Err(LsccError::Function(name));
    };
    let (least, most) = function.arguments();
    if args.len() < least || args.len() > most {
        return Err(LsccError::Arguments(args.len()));
    }
    lscc.check_access(function, &name, args)?;
    match function {
        Function::Install => install::install(lscc, argument(args, 1)),
        Function::Deploy => deploy::deploy(lscc, deploy::Kind::Deploy, args),
        Function::Upgrade => deploy::deploy(lscc, deploy::Kind::Upgrade, args),
        Function::Exists => query::name(lscc, &text(args, 2)),
        Function::DeploymentSpecification => query::specification(lscc, &text(args, 2)),
        Function::Data => query::data(lscc, &text(args, 2)),
        Function::Chaincodes => query::instantiated(lscc),
        Function::InstalledChaincodes => query::installed(lscc),
        Function::Collections => query::collections(lscc, &text(args, 1)),
    }
}

fn argument(args: &[Bytes], index: usize) -> Bytes {
    args.get(index).cloned().unwrap_or_default()
}

fn text(args: &[Bytes], index: usize) -> String {
    String::from_utf8_lossy(&argument(args, index)).into_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Install,
    Deploy,
    Upgrade,
    Exists,
    DeploymentSpecification,
    Data,
    Chaincodes,
    InstalledChaincodes,
    Collections,
}

impl Function {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "install" => Self::Install,
            "deploy" => Self::Deploy,
            "upgrade" => Self::Upgrade,
            "getid" | "ChaincodeExists" => Self::Exists,
            "getdepspec" | "GetDeploymentSpec" => Self::DeploymentSpecification,
            "getccdata" | "GetChaincodeData" => Self::Data,
            "getchaincodes" | "GetChaincodes" => Self::Chaincodes,
            "getinstalledchaincodes" | "GetInstalledChaincodes" => Self::InstalledChaincodes,
            "getcollectionsconfig" | "GetCollectionsConfig" => Self::Collections,
            _ => return None,
        })
    }

    /// How many there may be, the function's name included. How many are too many for an instantiation depends on the
    /// channel.
    fn arguments(self) -> (usize, usize) {
        match self {
            Self::Install => (2, usize::MAX),
            Self::Deploy | Self::Upgrade => (3, usize::MAX),
            Self::Exists | Self::DeploymentSpecification | Self::Data => (3, 3),
            Self::Chaincodes | Self::InstalledChaincodes => (1, 1),
            Self::Collections => (2, 2),
        }
    }
}

impl Lscc<'_> {
    /// Who may instantiate is for the instantiation policy to say.
    fn check_access(
        &self,
        function: Function,
        name: &str,
        args: &[Bytes],
    ) -> Result<(), LsccError> {
        let own = self.call.channel_id;
        let (resource, channel, shows_channel) = match function {
            Function::Deploy | Function::Upgrade => return Ok(()),
            Function::Install => ("lscc/Install", String::new(), false),
            Function::InstalledChaincodes => ("lscc/GetInstalledChaincodes", String::new(), false),
            Function::Exists => ("lscc/ChaincodeExists", text(args, 1), true),
            Function::DeploymentSpecification => ("lscc/GetDeploymentSpec", text(args, 1), true),
            Function::Data => ("lscc/GetChaincodeData", text(args, 1), true),
            Function::Chaincodes => ("lscc/GetInstantiatedChaincodes", own.to_owned(), true),
            Function::Collections => ("lscc/GetCollectionsConfig", own.to_owned(), false),
        };
        let checked = self.call.check(resource, &channel);
        checked.map_err(|source| match shows_channel {
            true => LsccError::DeniedOnChannel {
                function: name.to_owned(),
                channel,
                source,
            },
            false => LsccError::Denied {
                function: name.to_owned(),
                source,
            },
        })
    }
}
