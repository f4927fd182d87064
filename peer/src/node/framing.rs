/// Tells apart the messages in the body of a gRPC request or answer, however it is cut: each message is a flag, its length
/// in four bytes, and so many bytes.
#[derive(Debug, Default)]
pub(super) struct Framing {
    head: [u8; 5],
    filled: usize,
    /// Of the message that is passing.
    left: u64,
    begun: bool,
}

/// What comes next in a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The head of a message is whole.
    Begins,
    /// So many bytes of the message that began last.
    Bytes(u64),
}

impl Framing {
    /// Takes from the front of `bytes`. `None`: they are used up.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Part> {
        if self.left > 0 && !bytes.is_empty() {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let passed = self.left.min(length);
            self.left -= passed;
            *bytes = &bytes[usize::try_from(passed).unwrap_or(bytes.len())..];
            return Some(Part::Bytes(passed));
        }
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            self.head[self.filled] = byte;
            self.filled += 1;
            if self.filled == self.head.len() {
                let [_, length @ ..] = self.head;
                self.left = u64::from(u32::from_be_bytes(length));
                (self.filled, self.begun) = (0, true);
                return Some(Part::Begins);
            }
        }
        None
    }

    /// Whether a message has come whole and no other has begun.
    pub(super) fn is_between(&self) -> bool {
        self.begun && self.left == 0 && self.filled == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_however_they_are_cut() {
        let stream = [
            [&[0, 0, 0, 0, 3][..], b"abc"].concat(),
            vec![0, 0, 0, 0, 0],
            [&[1, 0, 0, 0, 1][..], b"x"].concat(),
        ]
        .concat();
        for size in 1..=stream.len() {
            let mut framing = Framing::default();
            let mut messages = Vec::new();
            for mut piece in stream.chunks(size) {
                while let Some(part) = framing.next(&mut piece) {
                    match part {
                        Part::Begins => messages.push(0),
                        Part::Bytes(bytes) => *messages.last_mut().unwrap() += bytes,
                    }
                }
            }
            assert_eq!(messages, [3, 0, 1], "in pieces of {size}");
        }
    }

    #[test]
    fn between_messages_nothing_is_left_to_come() {
        let mut framing = Framing::default();
        assert!(!framing.is_between(), "nothing has come");
        let stream = [0, 0, 0, 0, 2, 7, 7, 0, 0, 0, 0, 0, 0];
        for (at, byte) in (1..).zip(stream) {
            let mut bytes = &[byte][..];
            while framing.next(&mut bytes).is_some() {}
            assert_eq!(
                framing.is_between(),
                [7, 12].contains(&at),
                "behind {at} bytes"
            );
        }
    }
}
