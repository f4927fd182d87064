use std::time::{SystemTime, UNIX_EPOCH};

use prost_types::Timestamp;

/// What makes a proposal unique: a random nonce and the time. Values, so that a test can repeat a proposal.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// 24 bytes, as Fabric's clients have it.
    pub nonce: [u8; 24],
    pub now: Timestamp,
}

impl Fresh {
    /// The system's clock and random source.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn from_system() -> std::io::Result<Self> {
        let mut nonce = [0; 24];
        aws_lc_rs::rand::fill(&mut nonce)
            .map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        let nanos = i32::try_from(since.subsec_nanos()).unwrap_or_default();
        Ok(Self {
            nonce,
            now: Timestamp { seconds, nanos },
        })
    }
}
