//! A chaincode's definition: what the organisations of a channel agree on.

use super::{
    error::{Doing as _, Error},
    exact,
    keys::{self, CHAINCODE_SOURCES, NAMESPACES},
    record::{self, Record},
    serializer,
    state::Readable,
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::{
    lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateMetadata},
    protos::CollectionConfigPackage,
};

pub(super) const DEFINITION: &str = "ChaincodeDefinition";
pub(super) const PARAMETERS: &str = "ChaincodeParameters";
pub(super) const LOCAL_PACKAGE: &str = "ChaincodeLocalPackage";

/// What organisations approve: everything but the sequence, which is in the name of the approval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    pub endorsement: ChaincodeEndorsementInfo,
    pub validation: ChaincodeValidationInfo,
    /// `None` and an empty package are stored alike.
    pub collections: Option<CollectionConfigPackage>,
    /// The bytes of `collections`, where they hold fields that are not known here.
    pub exact_collections: Option<Bytes>,
}

/// What a channel committed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// From 1; 0 is "not defined".
    pub sequence: i64,
    pub parameters: Parameters,
}

/// The first difference between a committed definition and a passed one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Difference {
    #[error("expected Version '{0}' does not match passed Version '{1}'")]
    Version(String, String),
    #[error("expected EndorsementPlugin '{0}' does not match passed EndorsementPlugin '{1}'")]
    EndorsementPlugin(String, String),
    #[error("expected InitRequired '{0}' does not match passed InitRequired '{1}'")]
    InitRequired(bool, bool),
    #[error("expected ValidationPlugin '{0}' does not match passed ValidationPlugin '{1}'")]
    ValidationPlugin(String, String),
    #[error("expected ValidationParameter '{0}' does not match passed ValidationParameter '{1}'")]
    ValidationParameter(String, String),
    #[error("Collections do not match")]
    Collections,
}

impl Parameters {
    /// As each organisation stores its approval.
    pub fn record(&self) -> Record {
        Record {
            datatype: PARAMETERS,
            fields: self.fields(),
        }
    }

    fn fields(&self) -> Vec<(&'static str, Bytes)> {
        vec![
            ("EndorsementInfo", record::message(Some(&self.endorsement))),
            ("ValidationInfo", record::message(Some(&self.validation))),
            ("Collections", self.collections_field()),
        ]
    }

    fn collections_field(&self) -> Bytes {
        match &self.exact_collections {
            Some(exact) => record::bytes(exact.clone()),
            None => record::message(self.collections.as_ref()),
        }
    }

    /// Fabric: core/chaincode/lifecycle/lifecycle.go, ChaincodeParameters.Equal.
    pub(super) fn difference(&self, passed: &Self) -> Result<(), Difference> {
        let (ours, theirs) = (&self.endorsement, &passed.endorsement);
        if ours.version != theirs.version {
            return Err(Difference::Version(
                ours.version.clone(),
                theirs.version.clone(),
            ));
        }
        if ours.endorsement_plugin != theirs.endorsement_plugin {
            let plugins = (
                ours.endorsement_plugin.clone(),
                theirs.endorsement_plugin.clone(),
            );
            return Err(Difference::EndorsementPlugin(plugins.0, plugins.1));
        }
        if ours.init_required != theirs.init_required {
            return Err(Difference::InitRequired(
                ours.init_required,
                theirs.init_required,
            ));
        }
        let (ours, theirs) = (&self.validation, &passed.validation);
        if ours.validation_plugin != theirs.validation_plugin {
            let plugins = (
                ours.validation_plugin.clone(),
                theirs.validation_plugin.clone(),
            );
            return Err(Difference::ValidationPlugin(plugins.0, plugins.1));
        }
        if ours.validation_parameter != theirs.validation_parameter {
            let (ours, theirs) = (&ours.validation_parameter, &theirs.validation_parameter);
            return Err(Difference::ValidationParameter(
                hex::encode(ours),
                hex::encode(theirs),
            ));
        }
        if self.collections_field() != passed.collections_field() {
            return Err(Difference::Collections);
        }
        Ok(())
    }

    pub(super) fn read(
        name: &str,
        datatype: &'static str,
        metadata: &StateMetadata,
        state: &mut dyn Readable,
    ) -> Result<Self, Error> {
        serializer::expect_type(datatype, metadata)?;
        let (collections, exact_collections) = collections(name, state)?;
        Ok(Self {
            endorsement: serializer::message(
                name,
                "EndorsementInfo",
                "*lifecycle.ChaincodeEndorsementInfo",
                state,
            )?,
            validation: serializer::message(
                name,
                "ValidationInfo",
                "*lifecycle.ChaincodeValidationInfo",
                state,
            )?,
            collections: Some(collections),
            exact_collections,
        })
    }
}

fn collections(
    name: &str,
    state: &mut dyn Readable,
) -> Result<(CollectionConfigPackage, Option<Bytes>), Error> {
    let go_type = "*peer.CollectionConfigPackage";
    let (package, bytes) = serializer::message_and_bytes(name, "Collections", go_type, state)?;
    Ok((package, exact::with_unknown(&bytes)))
}

impl Definition {
    /// As it is committed to public state.
    pub fn record(&self) -> Record {
        let mut fields = vec![("Sequence", record::integer(self.sequence))];
        fields.extend(self.parameters.fields());
        Record {
            datatype: DEFINITION,
            fields,
        }
    }

    pub(super) fn read(
        name: &str,
        metadata: &StateMetadata,
        state: &mut dyn Readable,
    ) -> Result<Self, Error> {
        serializer::expect_type(DEFINITION, metadata)?;
        let sequence = serializer::integer(NAMESPACES, name, "Sequence", state)?;
        Ok(Self {
            sequence,
            parameters: Parameters::read(name, DEFINITION, metadata, state)?,
        })
    }

    /// The definition committed under `name`. `_lifecycle` is always defined, and nothing is read for it.
    ///
    /// Fabric: core/chaincode/lifecycle/lifecycle.go, ChaincodeDefinitionIfDefined.
    pub fn committed(name: &str, state: &mut dyn Readable) -> Result<Option<Self>, Error> {
        if name == keys::NAMESPACE {
            return Ok(Some(Self::default()));
        }
        let metadata = serializer::metadata(NAMESPACES, name, state)
            .doing(|| format!("could not deserialize metadata for chaincode {name}"))?;
        let Some(metadata) = metadata else {
            return Ok(None);
        };
        if metadata.datatype != DEFINITION {
            return Err(Error::NotADefinition(metadata.datatype));
        }
        Self::read(name, &metadata, state)
            .map(Some)
            .doing(|| format!("could not deserialize chaincode definition for chaincode {name}"))
    }
}

/// Which package an organisation runs for an approval; empty for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LocalPackage(pub(super) String);

impl LocalPackage {
    pub(super) fn record(&self) -> Record {
        Record {
            datatype: LOCAL_PACKAGE,
            fields: vec![("PackageID", record::string(&self.0))],
        }
    }

    pub(super) fn read(
        name: &str,
        metadata: &StateMetadata,
        state: &mut dyn Readable,
    ) -> Result<Self, Error> {
        serializer::expect_type(LOCAL_PACKAGE, metadata)?;
        Ok(Self(serializer::string(
            CHAINCODE_SOURCES,
            name,
            "PackageID",
            state,
        )?))
    }
}

/// The value hash under which an approval names this package: what lets a peer find the package it must run without
/// holding the private data.
pub fn package_hash(package_id: &str) -> [u8; 32] {
    record::hash(&record::string(package_id))
}

/// What a definition gets that leaves plugins or policy out.
pub(super) fn default_policy() -> Bytes {
    super::policy::reference(super::policy::DEFAULT_ENDORSEMENT)
        .encode_to_vec()
        .into()
}
