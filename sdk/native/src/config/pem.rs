//! Fabric's peer writes PKCS#8 into a block that calls itself `EC PRIVATE KEY`; Go looks into it, others believe the name.
//!
//! Fabric: common/crypto/tlsgen/key.go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN EC PRIVATE KEY-----";
const END: &str = "-----END EC PRIVATE KEY-----";

/// The key with the name that its content deserves. Anything not understood stays as it is: TLS has its own errors.
pub(super) fn honest_key(pem: &[u8]) -> Vec<u8> {
    relabelled(pem).unwrap_or_else(|| pem.to_vec())
}

fn relabelled(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(&body).ok()?;
    is_pkcs8(&der).then(|| {
        text.replace(BEGIN, "-----BEGIN PRIVATE KEY-----")
            .replace(END, "-----END PRIVATE KEY-----")
            .into_bytes()
    })
}

/// PKCS#8 begins with version 0 (`02 01 00`), an EC key of its own (RFC 5915) with version 1.
fn is_pkcs8(der: &[u8]) -> bool {
    let after_header = match der {
        // One length byte, or a length of one or two more bytes.
        [0x30, length, rest @ ..] if *length < 0x80 => rest,
        [0x30, 0x81, _, rest @ ..] => rest,
        [0x30, 0x82, _, _, rest @ ..] => rest,
        _ => return false,
    };
    after_header.starts_with(&[0x02, 0x01, 0x00])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(der: &[u8]) -> String {
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der))
    }

    #[test]
    fn a_block_that_holds_pkcs8_is_called_so() {
        for der in [
            &[0x30, 0x03, 0x02, 0x01, 0x00][..],
            &[0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30],
            &[0x30, 0x82, 0x01, 0x87, 0x02, 0x01, 0x00],
        ] {
            let honest = String::from_utf8(honest_key(pem(der).as_bytes())).unwrap();
            assert_eq!(honest, pem(der).replace("EC PRIVATE", "PRIVATE"));
        }
    }

    #[test]
    fn everything_else_stays() {
        let sec1 = pem(&[0x30, 0x03, 0x02, 0x01, 0x01]);
        for text in [sec1.as_str(), "no key", BEGIN, ""] {
            assert_eq!(honest_key(text.as_bytes()), text.as_bytes());
        }
        assert_eq!(honest_key(b"\xff"), b"\xff");
    }
}
