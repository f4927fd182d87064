use std::fmt;

/// The height at which a key was last written: a transaction's place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub block: u64,
    /// Index in the block, from 0.
    pub tx: u64,
}

impl Version {
    pub fn new(block: u64, tx: u64) -> Self {
        Self { block, tx }
    }

    /// Order-preserving bytes, as they enter the commit hash: for each number the count of its significant bytes, then
    /// those bytes, big-endian (Fabric: core/ledger/internal/version/version.go).
    pub fn ordered_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(18);
        push_ordered(&mut out, self.block);
        push_ordered(&mut out, self.tx);
        out
    }
}

/// Fabric's text of a version, as its error messages carry it.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{BlockNum: {}, TxNum: {}}}", self.block, self.tx)
    }
}

pub(crate) fn push_ordered(out: &mut Vec<u8>, number: u64) {
    let bytes = number.to_be_bytes();
    let skip = (number.leading_zeros() / 8) as usize;
    out.push((bytes.len() - skip) as u8);
    out.extend(bytes.iter().skip(skip));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_bytes_count_significant_bytes() {
        assert_eq!(Version::new(0, 0).ordered_bytes(), [0, 0]);
        assert_eq!(Version::new(1, 0).ordered_bytes(), [1, 1, 0]);
        assert_eq!(Version::new(256, 255).ordered_bytes(), [2, 1, 0, 1, 255]);
        assert_eq!(
            Version::new(u64::MAX, 0).ordered_bytes(),
            [8, 255, 255, 255, 255, 255, 255, 255, 255, 0]
        );
    }

    #[test]
    fn prints_as_fabric_does() {
        assert_eq!(Version::new(7, 2).to_string(), "{BlockNum: 7, TxNum: 2}");
    }
}
