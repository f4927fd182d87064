use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

/// Longest line in the log, in bytes; the rest of it follows as another line.
const MAX_LINE: u64 = 8 * 1024;

/// Puts what a chaincode prints into the peer's log, line by line, under the chaincode's name.
pub(super) async fn log(chaincode: String, output: impl AsyncRead + Unpin) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .await
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                tracing::info!(target: "chaincode", chaincode, "{}", text.trim_end());
            }
        }
    }
}
