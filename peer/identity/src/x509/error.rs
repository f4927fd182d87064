use crate::CryptoError;

/// Why a certificate, a chain or a revocation list was refused. Texts beginning `x509:` are those of Go's
/// `crypto/x509`, which Fabric shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum X509Error {
    /// No PEM block was found.
    #[error("could not decode the PEM structure")]
    NotPem,
    /// The bytes are not a certificate.
    #[error("x509: malformed certificate: {0}")]
    Malformed(String),
    /// The bytes are not a revocation list.
    #[error("x509: malformed crl: {0}")]
    MalformedCrl(String),
    /// The public key cannot be used.
    #[error("failed to import certificate's public key: {0}")]
    Key(#[from] CryptoError),
    /// No chain leads to a root.
    #[error("x509: certificate signed by unknown authority")]
    UnknownAuthority,
    /// A certificate that is no CA stands where a CA should.
    #[error(
        "failed to traverse certificate verification chain for leaf or intermediate certificate, with subject {0}"
    )]
    NoIssuer(String),
    /// A certificate of the chain does not cover the instant asked for.
    #[error(
        "x509: certificate has expired or is not yet valid: current time {now} is {relation} {limit}"
    )]
    Expired {
        /// The instant, in seconds since 1970.
        now: i64,
        /// `before` or `after`.
        relation: &'static str,
        /// The bound that was crossed, in seconds since 1970.
        limit: i64,
    },
    /// A critical extension nobody understands.
    #[error("x509: unhandled critical extension")]
    UnhandledCriticalExtension,
    /// The issuer may not sign certificates.
    #[error("x509: certificate is not authorized to sign other certificates")]
    NotAuthorizedToSign,
    /// A path length limit was exceeded.
    #[error("x509: too many intermediates for path length constraint")]
    TooManyIntermediates,
    /// No chain allows server authentication, Go's default purpose.
    #[error("x509: certificate specifies an incompatible key usage")]
    IncompatibleUsage,
    /// A name of the leaf is not allowed by a CA.
    #[error(
        "x509: a root or intermediate certificate is not authorized to sign for this name: {0}"
    )]
    NotAuthorizedForName(String),
    /// Name constraints with a leaf that has only a common name.
    #[error("x509: issuer has name constraints but leaf doesn't have a SAN extension")]
    NameConstraintsWithoutSans,
    /// The signature algorithm is unknown, or broken as SHA-1 is.
    #[error("x509: cannot verify signature: algorithm {0} unimplemented or insecure")]
    SignatureAlgorithm(String),
    /// The signature is not the issuer's.
    #[error("x509: signature verification failed")]
    BadSignature,
    /// More chains than one.
    #[error("this MSP only supports a single validation chain, got {0}")]
    ManyChains(usize),
    /// The search for a chain was given up.
    #[error("x509: signature check attempts limit reached while verifying certificate chain")]
    TooMuchWork,
    /// The extension is absent.
    #[error("subjectKeyIdentifier not found in certificate")]
    NoSubjectKeyIdentifier,
}
