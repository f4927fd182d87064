//! Packages of type `ccaas`: a `connection.json` that says where the chaincode serves.
//!
//! What Fabric's peer does through the builder that its images bring along, done here by the peer itself.
//!
//! Fabric: ccaas_builder/cmd, core/container/externalbuilder/instance.go.

mod builder;
mod remote;
mod template;

pub use builder::CcaasBuilder;
pub use remote::Remote;
