use std::fmt;

/// One request of a contract to its peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCall {
    /// Who asked.
    pub chaincode: String,
    /// Fabric's name of the request, such as `GET_STATE`.
    pub operation: &'static str,
    /// The key, range, query or chaincode.
    pub subject: String,
    /// Whether it asked for one page of a query.
    pub page: bool,
    /// The peer's refusal.
    pub error: Option<String>,
    /// Bytes of keys and values to the peer.
    pub sent: usize,
    /// Bytes of keys and values from the peer.
    pub received: usize,
}

impl fmt::Display for HostCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation, self.subject)?;
        match &self.error {
            Some(error) => write!(f, " refused: {error}"),
            None => Ok(()),
        }
    }
}

/// What one simulation of a transaction used, together with all the chaincode it called. For the same contract, arguments
/// and state the numbers are the same on every machine; a certificate that a contract reads may differ by a few bytes
/// from process to process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Executed Wasm operations; 0 for a native run, which does not count them.
    pub fuel: u64,
    /// Pages of 64 KiB that the largest instance had; 0 for a native run.
    pub memory_pages: usize,
    /// Requests to the peer.
    pub host_calls: usize,
    /// Keys read, those of ranges included.
    pub reads: usize,
    /// Keys written.
    pub writes: usize,
    /// Bytes of keys and values from the peer to the contract, and the arguments.
    pub bytes_in: usize,
    /// Bytes of keys and values from the contract to the peer, and the payload.
    pub bytes_out: usize,
    /// Bytes of the public read-write set, which goes into the block.
    pub rwset_bytes: usize,
}

impl Cost {
    /// Names and values, in a fixed order.
    pub fn entries(&self) -> [(&'static str, u64); 8] {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        [
            ("fuel", self.fuel),
            ("memory-pages", number(self.memory_pages)),
            ("host-calls", number(self.host_calls)),
            ("reads", number(self.reads)),
            ("writes", number(self.writes)),
            ("bytes-in", number(self.bytes_in)),
            ("bytes-out", number(self.bytes_out)),
            ("rwset-bytes", number(self.rwset_bytes)),
        ]
    }
}

/// `fuel=1 memory-pages=2 …`
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.entries().into_iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{name}={value}")?;
        }
        Ok(())
    }
}
