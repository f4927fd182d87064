//! Legacy packages: a chaincode deployment specification as it is, or one with an instantiation policy and the
//! signatures of its owners.
//!
//! Fabric: core/common/ccprovider/cdspackage.go and sigcdspackage.go.

use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::{
    ccprovider::{CdsData, ChaincodeData, SignedCdsData},
    common::{ChannelHeader, Envelope, Header, HeaderType, Payload},
    protos::{
        ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, SignedChaincodeDeploymentSpec,
        chaincode_spec,
    },
};
use sha2::{Digest as _, Sha256};

/// Why bytes are no legacy package, or not the one a definition means; `Display` is Fabric's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    #[error("could not unmarshal chaincode package to CDS or SignedCDS")]
    Unrecognized,
    #[error("failed to unmarshal envelope from bytes")]
    NoEnvelope,
    #[error("channel header cannot be nil")]
    NoHeader,
    #[error("invalid type of envelope for chaincode package")]
    EnvelopeType,
    #[error("error getting deployment spec")]
    NoSpecification,
    #[error("instantiation policy cannot be nil for chaincode ({name}:{version})")]
    NoInstantiationPolicy { name: String, version: String },
    #[error("invalid chaincode name: {0:?}")]
    Name(String),
    #[error("invalid chaincode data {found} ({expected})")]
    OtherChaincode { found: String, expected: String },
    #[error("{0}")]
    Data(prost::DecodeError),
    #[error("data mismatch")]
    DataMismatch,
}

/// What identifies a package's content on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Data {
    Plain(CdsData),
    Signed(SignedCdsData),
}

/// A legacy package.
#[derive(Clone, Debug, PartialEq)]
pub struct LegacyPackage {
    /// As installed.
    pub bytes: Bytes,
    /// The serialized `protos.ChaincodeDeploymentSpec`.
    pub specification: Bytes,
    pub chaincode: ChaincodeId,
    /// `protos.ChaincodeSpec.Type`.
    pub kind: i32,
    pub input: Option<ChaincodeInput>,
    /// A gzipped tar.
    pub code: Bytes,
    /// Serialized `common.SignaturePolicyEnvelope`; only a signed package has one.
    pub instantiation_policy: Option<Bytes>,
    data: Data,
}

impl LegacyPackage {
    /// What an install brings. Bytes that could be both kinds are taken for a signed package.
    ///
    /// Fabric: core/common/ccprovider/ccprovider.go, GetCCPackage.
    pub fn parse(bytes: &Bytes) -> Result<Self, PackageError> {
        Self::signed(bytes)
            .or_else(|_| Self::plain(bytes).ok_or(PackageError::Unrecognized))
            .and_then(Self::checked)
            .map_err(|_| PackageError::Unrecognized)
    }

    /// What a file holds. Bytes that could be both kinds are taken for a plain specification.
    ///
    /// Fabric: core/common/ccprovider/ccprovider.go, GetChaincodeFromPath.
    pub fn read(bytes: &Bytes) -> Result<Self, PackageError> {
        match Self::plain(bytes).map(Self::checked) {
            Some(Ok(package)) => Ok(package),
            _ => Self::signed(bytes),
        }
    }

    fn plain(bytes: &Bytes) -> Option<Self> {
        let code_of = |code: &Bytes, id: &ChaincodeId| {
            Data::Plain(CdsData {
                code_hash: sha256(&[code]),
                meta_data_hash: sha256(&[id.name.as_bytes(), id.version.as_bytes()]),
            })
        };
        Self::of(bytes, bytes, None, code_of)
    }

    fn signed(bytes: &Bytes) -> Result<Self, PackageError> {
        let envelope = Envelope::decode(bytes.clone()).map_err(|_| PackageError::NoEnvelope)?;
        let payload = Payload::decode(envelope.payload).map_err(|_| PackageError::NoEnvelope)?;
        let header = payload.header.ok_or(PackageError::NoHeader)?;
        let header =
            ChannelHeader::decode(header.channel_header).map_err(|_| PackageError::NoEnvelope)?;
        let signed = SignedChaincodeDeploymentSpec::decode(payload.data)
            .map_err(|_| PackageError::NoEnvelope)?;
        if header.r#type != HeaderType::ChaincodePackage as i32 {
            return Err(PackageError::EnvelopeType);
        }
        let policy = signed.instantiation_policy.clone();
        let mut signatures: Vec<&[u8]> = vec![&policy];
        signatures.extend(signed.owner_endorsements.iter().map(|e| &e.endorser[..]));
        let signature_hash = sha256(&signatures);
        let data = |code: &Bytes, id: &ChaincodeId| {
            Data::Signed(SignedCdsData {
                code_hash: sha256(&[code]),
                meta_data_hash: sha256(&[id.name.as_bytes(), id.version.as_bytes()]),
                signature_hash,
            })
        };
        let specification = &signed.chaincode_deployment_spec;
        let package = Self::of(bytes, specification, Some(policy.clone()), data)
            .ok_or(PackageError::NoSpecification)?;
        if policy.is_empty() {
            let ChaincodeId { name, version, .. } = package.chaincode;
            return Err(PackageError::NoInstantiationPolicy { name, version });
        }
        Ok(package)
    }

    /// `None` where no specification with a chaincode ID can be read. (A Go peer panics at one without.)
    fn of(
        bytes: &Bytes,
        specification: &Bytes,
        instantiation_policy: Option<Bytes>,
        data: impl FnOnce(&Bytes, &ChaincodeId) -> Data,
    ) -> Option<Self> {
        let ChaincodeDeploymentSpec {
            chaincode_spec,
            code_package,
        } = ChaincodeDeploymentSpec::decode(specification.clone()).ok()?;
        let spec = chaincode_spec?;
        let chaincode = spec.chaincode_id?;
        Some(Self {
            bytes: bytes.clone(),
            specification: specification.clone(),
            data: data(&code_package, &chaincode),
            chaincode,
            kind: spec.r#type,
            input: spec.input,
            code: code_package,
            instantiation_policy,
        })
    }

    /// The file of a package that owners sign; `header` tells the kind and the time.
    ///
    /// Fabric: core/common/ccpackage.
    pub fn enclose(signed: &SignedChaincodeDeploymentSpec, header: &ChannelHeader) -> Bytes {
        let payload = Payload {
            header: Some(Header {
                channel_header: header.encode_to_vec().into(),
                signature_header: Bytes::new(),
            }),
            data: signed.encode_to_vec().into(),
        };
        let envelope = Envelope {
            payload: payload.encode_to_vec().into(),
            signature: Bytes::new(),
        };
        envelope.encode_to_vec().into()
    }

    /// Bytes that are something else altogether often decode; a name that nobody can print gives them away.
    fn checked(self) -> Result<Self, PackageError> {
        match self.chaincode.name.chars().any(char::is_control) {
            true => Err(PackageError::Name(self.chaincode.name)),
            false => Ok(self),
        }
    }

    /// What identifies it, for as long as it is remembered.
    pub fn without_code(self) -> Self {
        Self {
            bytes: Bytes::new(),
            specification: Bytes::new(),
            code: Bytes::new(),
            ..self
        }
    }

    /// Fabric's name of the type, such as `GOLANG`.
    pub fn kind_name(&self) -> String {
        match chaincode_spec::Type::try_from(self.kind) {
            Ok(kind) => kind.as_str_name().to_owned(),
            Err(_) => self.kind.to_string(),
        }
    }

    /// `name:version`: what it is built, run and looked up under.
    pub fn id(&self) -> String {
        format!("{}:{}", self.chaincode.name, self.chaincode.version)
    }

    /// SHA-256 over the hashes of everything that counts.
    pub fn fingerprint(&self) -> Bytes {
        match &self.data {
            Data::Plain(data) => sha256(&[&data.code_hash, &data.meta_data_hash]),
            Data::Signed(data) => {
                sha256(&[&data.code_hash, &data.meta_data_hash, &data.signature_hash])
            }
        }
    }

    /// What an instantiation writes, but for plugins and policies.
    pub fn chaincode_data(&self) -> ChaincodeData {
        ChaincodeData {
            name: self.chaincode.name.clone(),
            version: self.chaincode.version.clone(),
            data: self.data_bytes(),
            id: self.fingerprint(),
            instantiation_policy: self.instantiation_policy.clone().unwrap_or_default(),
            ..Default::default()
        }
    }

    fn data_bytes(&self) -> Bytes {
        match &self.data {
            Data::Plain(data) => data.encode_to_vec().into(),
            Data::Signed(data) => data.encode_to_vec().into(),
        }
    }

    /// Whether this is the package that was instantiated.
    ///
    /// Fabric: core/common/ccprovider, ValidateCC.
    pub fn check_against(&self, committed: &ChaincodeData) -> Result<(), PackageError> {
        if committed.name.chars().any(char::is_control) {
            return Err(PackageError::Name(committed.name.clone()));
        }
        let ChaincodeId { name, version, .. } = &self.chaincode;
        if committed.name != *name || committed.version != *version {
            return Err(PackageError::OtherChaincode {
                found: format!("name:{:?} version:{:?}", committed.name, committed.version),
                expected: format!("name:{name:?} version:{version:?}"),
            });
        }
        let same = match &self.data {
            Data::Plain(data) => {
                CdsData::decode(committed.data.clone()).map(|found| found == *data)
            }
            Data::Signed(data) => {
                SignedCdsData::decode(committed.data.clone()).map(|found| found == *data)
            }
        };
        match same {
            Ok(true) => Ok(()),
            Ok(false) => Err(PackageError::DataMismatch),
            Err(error) => Err(PackageError::Data(error)),
        }
    }
}

fn sha256(parts: &[&[u8]]) -> Bytes {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Bytes::copy_from_slice(&hash.finalize())
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
