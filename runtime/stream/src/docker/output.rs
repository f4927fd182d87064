//! What a chaincode's container prints, in the peer's log. Fabric: core/container/dockercontroller/dockercontroller.go
//! streamOutput.

use bollard::container::AttachContainerResults;
use futures::StreamExt;

/// A longer line is cut into several.
const MAX_LINE: usize = 8 << 10;

/// Logs until the container ends.
pub(super) async fn log(
    chaincode: String,
    container: String,
    mut attached: AttachContainerResults,
) {
    let mut lines = Lines::default();
    let print =
        |line: &str| tracing::info!(target: "peer.chaincode", chaincode, container, "{line}");
    loop {
        match attached.output.next().await {
            Some(Ok(part)) => lines.add(&part.into_bytes(), print),
            Some(Err(error)) => {
                tracing::warn!(chaincode, container, %error, "reading a container's output");
                break;
            }
            None => break,
        }
    }
    lines.end(print);
}

/// Makes lines of pieces.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn add(&mut self, part: &[u8], print: impl Fn(&str)) {
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            for piece in piece.chunks(MAX_LINE) {
                if self.0.len() + piece.len() > MAX_LINE {
                    self.end(&print);
                }
                self.0.extend(piece);
            }
            if self.0.ends_with(b"\n") {
                self.end(&print);
            }
        }
    }

    fn end(&mut self, print: impl Fn(&str)) {
        let line = String::from_utf8_lossy(&self.0);
        if !line.trim_end().is_empty() {
            print(line.trim_end());
        }
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn lines_are_put_together_and_long_ones_cut() {
        let printed = RefCell::new(Vec::new());
        let print = |line: &str| printed.borrow_mut().push(line.to_owned());
        let mut lines = Lines::default();
        lines.add(b"one\ntw", print);
        lines.add(b"o\r\n\nthree", print);
        lines.end(print);
        assert_eq!(printed.take(), ["one", "two", "three"]);
        lines.add(&[b'x'; 3 * MAX_LINE], print);
        lines.add(b"\n", print);
        assert_eq!(
            printed.take().iter().map(String::len).sum::<usize>(),
            3 * MAX_LINE
        );
    }
}
