//! Several byte strings as one, for targets that take more than one. Any bytes can be cut.

/// Bytes of the length in front of a piece, little-endian.
const LENGTH: usize = 3;

/// The pieces. A length that is more than what is left is taken modulo that.
pub(crate) fn cut(mut data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while data.len() > LENGTH {
        let (length, rest) = data.split_at(LENGTH);
        let length = length
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let (piece, rest) = rest.split_at(length % (rest.len() + 1));
        pieces.push(piece);
        data = rest;
    }
    pieces
}

/// What is cut into these pieces again.
pub(crate) fn join<P: AsRef<[u8]>>(pieces: &[P]) -> Vec<u8> {
    let mut joined = Vec::new();
    for piece in pieces.iter().map(AsRef::as_ref) {
        joined.extend(&piece.len().to_le_bytes()[..LENGTH]);
        joined.extend(piece);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_joined_is_cut_again() {
        let pieces: [&[u8]; 4] = [b"one", b"", &[7; 70_000], b"four"];
        assert_eq!(cut(&join(&pieces)), pieces);
        assert_eq!(cut(b"\xff\xff\xfeab"), [b"ab"]);
    }
}
