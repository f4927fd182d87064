//! Which certificate may register as which chaincode.
//!
//! Fabric: core/chaincode/accesscontrol.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a certificate may be used to register, from when it was made. Fabric: accesscontrol/mapper.go ttl.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Certificates by the SHA-256 of their DER.
#[derive(Debug, Default)]
pub(crate) struct Access(Mutex<HashMap<[u8; 32], Entry>>);

#[derive(Debug)]
struct Entry {
    chaincode: String,
    until: Instant,
}

impl Access {
    /// Lets the bearer register as `chaincode`.
    pub(super) fn admit(&self, certificate: [u8; 32], chaincode: &str, now: Instant) {
        let mut entries = self.0.lock();
        entries.retain(|_, entry| entry.until > now);
        let entry = Entry {
            chaincode: chaincode.to_owned(),
            until: now + LIFETIME,
        };
        entries.insert(certificate, entry);
    }

    /// Whether the bearer of `shown` may register as `chaincode`.
    pub(crate) fn check(
        &self,
        chaincode: &str,
        shown: Option<[u8; 32]>,
        now: Instant,
    ) -> Result<(), String> {
        let Some(shown) = shown else {
            return Err(format!(
                "TLS is active but chaincode {chaincode} didn't send certificate"
            ));
        };
        let entries = self.0.lock();
        let known = entries.get(&shown).filter(|entry| entry.until > now);
        let hash = || decimal(&shown);
        match known {
            None => Err(format!(
                "Chaincode {chaincode} with given certificate hash {} not found in registry",
                hash()
            )),
            Some(entry) if entry.chaincode != chaincode => Err(format!(
                "Chaincode {chaincode} with given certificate hash {} belongs to a different chaincode",
                hash()
            )),
            Some(_) => Ok(()),
        }
    }
}

/// Bytes as Go prints them.
fn decimal(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    format!("[{}]", numbers.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_for_one_chaincode_and_ten_minutes() {
        let (access, now) = (Access::default(), Instant::now());
        access.admit([1; 32], "a", now);
        let check = |name, shown, now| access.check(name, shown, now);
        assert_eq!(check("a", Some([1; 32]), now), Ok(()));
        assert_eq!(
            check("a", None, now).unwrap_err(),
            "TLS is active but chaincode a didn't send certificate"
        );
        let text = check("b", Some([1; 32]), now).unwrap_err();
        assert!(
            text.starts_with("Chaincode b with given certificate hash [1 1 1 ")
                && text.ends_with(" 1] belongs to a different chaincode"),
            "{text}"
        );
        let text = check("a", Some([2; 32]), now).unwrap_err();
        assert!(text.ends_with(" 2] not found in registry"), "{text}");
        let text = check("a", Some([1; 32]), now + LIFETIME).unwrap_err();
        assert!(text.ends_with(" 1] not found in registry"), "{text}");
    }
}
