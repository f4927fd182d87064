//! A certificate authority: its own certificate, and those it issues.

use std::{net::IpAddr, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, SanType, SignatureAlgorithm, SigningKey,
};

use super::CryptogenError;
use crate::{Certificate, PrivateKey};

/// When certificates are valid, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First second.
    pub not_before: i64,
    /// Last second.
    pub not_after: i64,
}

/// Ten years, as `cryptogen` has it.
const LIFETIME: i64 = 3650 * 24 * 3600;

/// Clocks of other machines may be this much behind.
const SLACK: i64 = 5 * 60;

impl Validity {
    /// Ten years from a little before `now`, which is in seconds since 1970, on a whole minute.
    pub fn starting(now: i64) -> Self {
        let not_before = (now - SLACK).div_euclid(60) * 60;
        Self {
            not_before,
            not_after: not_before + LIFETIME,
        }
    }
}

/// What a certificate is for.
pub(super) enum Purpose<'a> {
    /// An identity that signs; the extension holds attributes.
    Identity {
        unit: &'a str,
        attributes: Option<Vec<u8>>,
    },
    /// A TLS certificate for these host names and addresses.
    Tls { names: &'a [String] },
}

pub(super) struct Authority {
    pub(super) key: PrivateKey,
    pub(super) certificate: Certificate,
    params: CertificateParams,
    validity: Validity,
}

impl Authority {
    /// A self-signed CA with a new key.
    pub(super) fn generate(
        organisation: &str,
        common_name: &str,
        validity: Validity,
    ) -> Result<Self, CryptogenError> {
        let key = PrivateKey::generate()?;
        let params = authority_params(organisation, common_name, &key, validity)?;
        let made = params
            .self_signed(&Signer(&key))
            .map_err(make_error(common_name))?;
        let certificate = Certificate::from_der(made.der().to_vec().into())?;
        Ok(Self {
            key,
            certificate,
            params,
            validity,
        })
    }

    /// A CA that was written before.
    pub(super) fn restore(
        organisation: &str,
        certificate: &[u8],
        key: &[u8],
    ) -> Result<Self, CryptogenError> {
        let certificate = Certificate::from_pem(certificate)?;
        let key = PrivateKey::from_pem(key)?;
        let validity = Validity {
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        };
        let params = authority_params(organisation, certificate.common_name(), &key, validity)?;
        Ok(Self {
            key,
            certificate,
            params,
            validity,
        })
    }

    /// A certificate for a key.
    pub(super) fn issue(
        &self,
        common_name: &str,
        key: &PrivateKey,
        purpose: Purpose<'_>,
    ) -> Result<Certificate, CryptogenError> {
        self.issue_within(common_name, key, purpose, self.validity)
    }

    /// A certificate that is valid for another time than the CA's own.
    pub(super) fn issue_within(
        &self,
        common_name: &str,
        key: &PrivateKey,
        purpose: Purpose<'_>,
        validity: Validity,
    ) -> Result<Certificate, CryptogenError> {
        let mut params = params(validity)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_identifier_method = KeyIdMethod::PreSpecified(key.public_key().ski().to_vec());
        let mut subject = locality();
        match purpose {
            Purpose::Identity { unit, attributes } => {
                subject.push(DnType::OrganizationalUnitName, printable(unit));
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                params.custom_extensions.extend(attributes.map(|json| {
                    CustomExtension::from_oid_content(&[1, 2, 3, 4, 5, 6, 7, 8, 1], json)
                }));
            }
            Purpose::Tls { names } => {
                params.key_usages = vec![
                    KeyUsagePurpose::DigitalSignature,
                    KeyUsagePurpose::KeyEncipherment,
                ];
                params.extended_key_usages = vec![
                    ExtendedKeyUsagePurpose::ServerAuth,
                    ExtendedKeyUsagePurpose::ClientAuth,
                ];
                for name in names {
                    params.subject_alt_names.push(alternative_name(name)?);
                }
            }
        }
        subject.push(DnType::CommonName, printable(common_name));
        params.distinguished_name = subject;
        let issuer = Issuer::from_params(&self.params, Signer(&self.key));
        let made = params
            .signed_by(&Signer(key), &issuer)
            .map_err(make_error(common_name))?;
        Ok(Certificate::from_der(made.der().to_vec().into())?)
    }
}

fn authority_params(
    organisation: &str,
    common_name: &str,
    key: &PrivateKey,
    validity: Validity,
) -> Result<CertificateParams, CryptogenError> {
    let mut params = params(validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_identifier_method = KeyIdMethod::PreSpecified(key.public_key().ski().to_vec());
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::ServerAuth,
    ];
    params.distinguished_name = locality();
    params
        .distinguished_name
        .push(DnType::OrganizationName, printable(organisation));
    params
        .distinguished_name
        .push(DnType::CommonName, printable(common_name));
    Ok(params)
}

fn params(validity: Validity) -> Result<CertificateParams, CryptogenError> {
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let offset = |seconds: i64| match u64::try_from(seconds) {
        // The year 9999 is the last that a certificate can name.
        Ok(seconds) if seconds < 253_402_300_800 => Ok(Duration::from_secs(seconds)),
        _ => Err(CryptogenError::Time(seconds)),
    };
    params.not_before = epoch + offset(validity.not_before)?;
    params.not_after = epoch + offset(validity.not_after)?;
    Ok(params)
}

/// Where `cryptogen` places everybody.
fn locality() -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, printable("US"));
    name.push(DnType::StateOrProvinceName, printable("California"));
    name.push(DnType::LocalityName, printable("San Francisco"));
    name
}

/// PrintableString where the text allows it, as Go encodes names.
fn printable(text: &str) -> DnValue {
    match text.try_into() {
        Ok(printable) => DnValue::PrintableString(printable),
        Err(_) => DnValue::Utf8String(text.to_owned()),
    }
}

fn alternative_name(name: &str) -> Result<SanType, CryptogenError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let name = name
        .try_into()
        .map_err(|_| CryptogenError::Name(name.to_owned()))?;
    Ok(SanType::DnsName(name))
}

fn make_error(subject: &str) -> impl FnOnce(rcgen::Error) -> CryptogenError {
    let subject = subject.to_owned();
    move |source| CryptogenError::Make { subject, source }
}

/// A key as rcgen wants it. Signatures are low-S, so that no reader has to rewrite the certificates.
struct Signer<'a>(&'a PrivateKey);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().point()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0
            .sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}
