/// Why a key or a signature was refused. Texts of the first group are Fabric's (fabric-lib-go `bccsp/utils/ecdsa.go`,
/// `bccsp/sw/ecdsa.go`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The signature is not DER of two integers.
    #[error("failed unmashalling signature [{0}]")]
    MalformedSignature(&'static str),
    /// `r` is zero or negative.
    #[error("invalid signature, R must be larger than zero")]
    ZeroR,
    /// `s` is zero or negative.
    #[error("invalid signature, S must be larger than zero")]
    ZeroS,
    /// `s` is the larger of the two possible values. Both numbers are hexadecimal here, decimal in Fabric's log.
    #[error("Invalid S. Must be smaller than half the order [{s}][{half}].")]
    HighS {
        /// The `s` that was given.
        s: String,
        /// Half the order of the curve.
        half: String,
    },
    /// Well formed, but not made by this key over this message.
    #[error("The signature is invalid")]
    Invalid,
    /// The public key is of a kind that no MSP accepts.
    #[error("public key algorithm {0} is not supported")]
    UnsupportedKey(String),
    /// The key bytes do not decode.
    #[error("cannot read the {what}: {why}")]
    BadKey {
        /// What was being read.
        what: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// The cryptographic library failed while signing.
    #[error("signing failed")]
    Sign,
}
