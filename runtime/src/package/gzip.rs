use flate2::bufread::MultiGzDecoder;
use std::io::{self, Read};

/// Reads a gzip stream of one or more members, and stops at `limit` decompressed bytes.
pub(crate) struct Gunzip<'a> {
    decoder: MultiGzDecoder<&'a [u8]>,
    left: u64,
    limit: u64,
}

impl<'a> Gunzip<'a> {
    /// Checks the header at once, with the texts of Go's `gzip.NewReader`.
    pub(crate) fn new(bytes: &'a [u8], limit: u64) -> Result<Self, String> {
        match bytes {
            [] => Err("EOF".to_owned()),
            [0x1f, 0x8b, 8, ..] if bytes.len() >= 10 => Ok(Self {
                decoder: MultiGzDecoder::new(bytes),
                left: limit,
                limit,
            }),
            _ if bytes.len() < 10 => Err("unexpected EOF".to_owned()),
            _ => Err("gzip: invalid header".to_owned()),
        }
    }
}

impl Read for Gunzip<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buf).map_err(as_go_says)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("more than {} bytes when decompressed", self.limit),
            )
        })?;
        Ok(read)
    }
}

fn as_go_says(error: io::Error) -> io::Error {
    let text = match (error.kind(), error.to_string().as_str()) {
        (io::ErrorKind::UnexpectedEof, _) => "unexpected EOF",
        (_, "corrupt gzip stream does not have a matching checksum") => "gzip: invalid checksum",
        (_, "invalid gzip header") => "gzip: invalid header",
        (_, text) if text.starts_with("corrupt deflate stream") => "flate: corrupt input",
        _ => return error,
    };
    io::Error::new(error.kind(), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8], limit: u64) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        Gunzip::new(bytes, limit)?
            .read_to_end(&mut out)
            .map_err(|e| e.to_string())?;
        Ok(out)
    }

    #[test]
    fn errors_are_those_of_go() {
        assert_eq!(read(b"", 9), Err("EOF".into()));
        assert_eq!(read(b"\x1f\x8b", 9), Err("unexpected EOF".into()));
        assert_eq!(
            read(b"not a gzip stream", 9),
            Err("gzip: invalid header".into())
        );
        let mut stream = gz(b"hello hello hello");
        assert_eq!(
            read(&stream[..stream.len() - 3], 99),
            Err("unexpected EOF".into())
        );
        let checksum = stream.len() - 6;
        stream[checksum] ^= 1;
        assert_eq!(read(&stream, 99), Err("gzip: invalid checksum".into()));
    }

    #[test]
    fn several_members_are_one_stream() {
        let both = [gz(b"one "), gz(b"two")].concat();
        assert_eq!(read(&both, 99), Ok(b"one two".to_vec()));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gz(&vec![0; 1 << 20]);
        assert!(bomb.len() < 10_000);
        assert_eq!(
            read(&bomb, 1000),
            Err("more than 1000 bytes when decompressed".into())
        );
    }
}
