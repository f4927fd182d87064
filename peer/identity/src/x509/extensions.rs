//! The extensions that decide about a chain, in owned form.

use x509_parser::{
    certificate::X509Certificate,
    der_parser::oid,
    extensions::{GeneralName, NameConstraints, ParsedExtension},
};

use super::X509Error;

/// What the extensions of one certificate say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions {
    /// `None` when basic constraints are absent.
    pub(crate) basic: Option<Basic>,
    /// Bit 5 is keyCertSign; `None` when absent.
    pub(crate) key_usage: Option<u16>,
    /// Whether extended key usage is present, and whether it allows server authentication or any purpose.
    pub(crate) allows_server_auth: Option<bool>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) alternative_names: Option<Vec<Name>>,
    pub(crate) constraints: Option<Constraints>,
    pub(crate) unhandled_critical: bool,
    /// Value of the Fabric CA attribute extension, OID 1.2.3.4.5.6.7.8.1.
    pub(crate) attributes: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Basic {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

/// A name that constraints speak about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Dns(String),
    Email(String),
    Ip(Vec<u8>),
    Uri(String),
    Other,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Constraints {
    pub(crate) permitted: Vec<Name>,
    pub(crate) excluded: Vec<Name>,
}

pub(crate) fn read(certificate: &X509Certificate<'_>) -> Result<Extensions, X509Error> {
    // Go refuses a certificate in which an extension occurs twice.
    certificate
        .extensions_map()
        .map_err(|e| X509Error::Malformed(e.to_string()))?;
    let mut out = Extensions::default();
    for extension in certificate.iter_extensions() {
        let parsed = extension.parsed_extension();
        if let Some(error) = parsed.error() {
            return Err(X509Error::Malformed(format!(
                "invalid extension {}: {error}",
                extension.oid
            )));
        }
        if extension.oid == oid!(1.2.3.4.5.6.7.8.1) {
            out.attributes = Some(extension.value.to_vec());
        }
        if !out.take(parsed) && extension.critical {
            out.unhandled_critical = true;
        }
    }
    Ok(out)
}

impl Extensions {
    /// Remembers one extension; `false` when it is of no known kind.
    fn take(&mut self, parsed: &ParsedExtension<'_>) -> bool {
        match parsed {
            ParsedExtension::BasicConstraints(basic) => {
                self.basic = Some(Basic {
                    ca: basic.ca,
                    path_length: basic.path_len_constraint,
                });
            }
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usage.flags),
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.allows_server_auth = Some(usage.any || usage.server_auth);
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::SubjectAlternativeName(names) => {
                self.alternative_names = Some(names.general_names.iter().map(name).collect());
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.constraints = Some(subtrees(constraints));
            }
            // Understood by Go's parser, without influence on an MSP.
            ParsedExtension::AuthorityKeyIdentifier(_)
            | ParsedExtension::CertificatePolicies(_)
            | ParsedExtension::PolicyMappings(_)
            | ParsedExtension::PolicyConstraints(_)
            | ParsedExtension::InhibitAnyPolicy(_)
            | ParsedExtension::CRLDistributionPoints(_)
            | ParsedExtension::AuthorityInfoAccess(_) => {}
            _ => return false,
        }
        true
    }
}

fn subtrees(constraints: &NameConstraints<'_>) -> Constraints {
    let names = |list: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
        list.iter().flatten().map(|tree| name(&tree.base)).collect()
    };
    Constraints {
        permitted: names(&constraints.permitted_subtrees),
        excluded: names(&constraints.excluded_subtrees),
    }
}

fn name(name: &GeneralName<'_>) -> Name {
    match name {
        GeneralName::DNSName(text) => Name::Dns((*text).to_owned()),
        GeneralName::RFC822Name(text) => Name::Email((*text).to_owned()),
        GeneralName::IPAddress(bytes) => Name::Ip(bytes.to_vec()),
        GeneralName::URI(text) => Name::Uri((*text).to_owned()),
        _ => Name::Other,
    }
}
