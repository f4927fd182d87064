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

    /// `None`: not what [`Version::ordered_bytes`] makes.
    pub(crate) fn from_ordered_bytes(mut bytes: &[u8]) -> Option<Self> {
        let block = pull_ordered(&mut bytes)?;
        let tx = pull_ordered(&mut bytes)?;
        bytes.is_empty().then_some(Self { block, tx })
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

fn pull_ordered(bytes: &mut &[u8]) -> Option<u64> {
    let (count, rest) = bytes.split_first()?;
    let count = usize::from(*count);
    let (digits, rest) = (rest.get(..count)?, rest.get(count..)?);
    let mut number = [0; 8];
    number
        .get_mut(8usize.checked_sub(count)?..)?
        .copy_from_slice(digits);
    *bytes = rest;
    Some(u64::from_be_bytes(number))
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
    fn ordered_bytes_come_back() {
        for version in [(0, 0), (1, 255), (256, u64::MAX), (u64::MAX, 1)] {
            let version = Version::new(version.0, version.1);
            let bytes = version.ordered_bytes();
            assert_eq!(Version::from_ordered_bytes(&bytes), Some(version));
            assert_eq!(Version::from_ordered_bytes(&bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(Version::from_ordered_bytes(&[9; 20]), None);
    }

    #[test]
    fn prints_as_fabric_does() {
        assert_eq!(Version::new(7, 2).to_string(), "{BlockNum: 7, TxNum: 2}");
    }
}
