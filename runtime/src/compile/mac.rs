use sha2::{Digest, Sha256};

pub(super) const LENGTH: usize = 32;
const BLOCK: usize = 64;

/// HMAC-SHA-256 (RFC 2104).
pub(super) struct Mac {
    inner: Sha256,
    outer: Sha256,
}

impl Mac {
    pub(super) fn new(key: &[u8; LENGTH]) -> Self {
        let mut padded = [0; BLOCK];
        padded[..LENGTH].copy_from_slice(key);
        let under = |mask: u8| Sha256::new().chain_update(padded.map(|byte| byte ^ mask));
        Self {
            inner: under(0x36),
            outer: under(0x5c),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; LENGTH] {
        self.outer
            .chain_update(self.inner.finalize())
            .finalize()
            .into()
    }
}

/// Takes the same time wherever the difference is.
pub(super) fn equal(a: &[u8; LENGTH], b: &[u8]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_a_published_vector() {
        // RFC 4231, test case 1, its 20-byte key padded with zeros as HMAC itself would.
        let mut key = [0; LENGTH];
        key[..20].fill(0x0b);
        let mut mac = Mac::new(&key);
        mac.update(b"Hi ");
        mac.update(b"There");
        let tag = mac.finish();
        assert_eq!(
            hex::encode(tag),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert!(equal(&tag, &tag));
        assert!(!equal(&tag, &tag[1..]));
        assert!(!equal(&tag, &[0; LENGTH]));
    }
}
