use super::base64;
use super::certificate::Certificate;
use super::proto::serialized_identity;
use crate::SdkError;

/// The identity that signed the proposal. The peer has checked that it is valid on the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    msp_id: String,
    certificate: Certificate,
}

impl Client {
    /// Reads a serialized identity (`msp.SerializedIdentity` holding an X.509 certificate in PEM).
    ///
    /// # Errors
    /// 500 with what could not be read.
    pub fn parse(creator: &[u8]) -> Result<Self, SdkError> {
        let (msp_id, pem) = serialized_identity(creator).ok_or_else(|| {
            SdkError::internal("failed to unmarshal transaction invoker's identity")
        })?;
        let der = pem_block(pem).ok_or_else(|| {
            SdkError::internal(
                "the transaction invoker's identity is not a certificate in PEM form",
            )
        })?;
        let certificate = Certificate::parse(&der).ok_or_else(|| {
            SdkError::internal("failed to parse the transaction invoker's certificate")
        })?;
        Ok(Self {
            msp_id: msp_id.to_owned(),
            certificate,
        })
    }

    /// The organisation's MSP ID.
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// Unique within the MSP and the same after the certificate is renewed: the base64 form of
    /// `x509::<subject>::<issuer>`, as Fabric's client identity libraries make it.
    pub fn id(&self) -> String {
        base64::encode(format!("x509::{}::{}", self.subject(), self.issuer()).as_bytes())
    }

    /// The certificate's subject as RFC 2253 text, such as `CN=User1@org1.example.com,OU=client`.
    pub fn subject(&self) -> &str {
        &self.certificate.subject
    }

    /// The certificate's issuer as RFC 2253 text.
    pub fn issuer(&self) -> &str {
        &self.certificate.issuer
    }

    /// An attribute that the organisation's certificate authority wrote into the certificate.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.certificate.attributes.get(name).map(String::as_str)
    }

    /// Refuses a client without this attribute value.
    ///
    /// # Errors
    /// 403, in the words of Fabric's client identity library.
    pub fn require_attribute(&self, name: &str, value: &str) -> Result<(), SdkError> {
        const FORBIDDEN: i32 = 403;
        match self.attribute(name) {
            Some(found) if found == value => Ok(()),
            Some(found) => Err(SdkError::new(
                FORBIDDEN,
                format!("attribute '{name}' equals '{found}', not '{value}'"),
            )),
            None => Err(SdkError::new(
                FORBIDDEN,
                format!("attribute '{name}' was not found"),
            )),
        }
    }

    /// Whether the certificate's subject names this organizational unit.
    pub fn has_unit(&self, unit: &str) -> bool {
        self.certificate
            .organizational_units
            .iter()
            .any(|found| found == unit)
    }
}

/// The content of the first PEM block.
fn pem_block(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (_, body) = rest.split_once("-----")?;
    let (body, _) = body.split_once("-----END ")?;
    base64::decode(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A certificate that Fabric's cryptogen made.
    const USER: &str = include_str!(
        "../../../tests/golden/crypto/peerOrganizations/org1.example.com/users/User1@org1.example.com/msp/signcerts/User1@org1.example.com-cert.pem"
    );

    fn serialized(msp_id: &str, pem: &str) -> Vec<u8> {
        let mut bytes = vec![0x0a, u8::try_from(msp_id.len()).unwrap()];
        bytes.extend(msp_id.as_bytes());
        bytes.push(0x12);
        let length = u16::try_from(pem.len()).unwrap();
        bytes.extend([(length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
        bytes.extend(pem.as_bytes());
        bytes
    }

    #[test]
    fn a_client_has_the_id_that_fabrics_libraries_give_it() {
        let client = Client::parse(&serialized("Org1MSP", USER)).unwrap();
        assert_eq!(client.msp_id(), "Org1MSP");
        let id = base64::decode(&client.id()).unwrap();
        assert_eq!(
            String::from_utf8(id).unwrap(),
            "x509::CN=User1@org1.example.com,OU=client,L=San Francisco,ST=California,C=US\
             ::CN=ca.org1.example.com,O=org1.example.com,L=San Francisco,ST=California,C=US"
        );
        assert!(client.has_unit("client") && !client.has_unit("admin"));
        assert_eq!(client.attribute("role"), None);
    }

    #[test]
    fn what_is_no_certificate_is_named() {
        let text = |creator: &[u8]| Client::parse(creator).unwrap_err().message().to_owned();
        assert_eq!(
            text(b"\xff"),
            "failed to unmarshal transaction invoker's identity"
        );
        assert_eq!(
            text(&serialized("Org1MSP", "no")),
            "the transaction invoker's identity is not a certificate in PEM form"
        );
        let broken = USER.replacen("MII", "AII", 1);
        assert_eq!(
            text(&serialized("Org1MSP", &broken)),
            "failed to parse the transaction invoker's certificate"
        );
    }

    proptest! {
        #[test]
        fn no_broken_certificate_panics(at in 0usize..2000, byte: u8) {
            let mut der = pem_block(USER.as_bytes()).unwrap();
            let length = der.len();
            der[at % length] = byte;
            let _ = Certificate::parse(&der);
            let _ = Certificate::parse(&der[..at % length]);
        }
    }
}
