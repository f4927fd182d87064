use super::Net;

impl Net {
    /// How many requests of this kind a chaincode has made of a peer and was answered, as the peer's metrics count them.
    pub(crate) fn requests(&self, peer: usize, chaincode: &str, kind: &str) -> u64 {
        let labels = [
            format!("chaincode=\"{chaincode}\""),
            format!("type=\"{kind}\""),
        ];
        self.counted(peer, "chaincode_shim_requests_completed", &labels)
    }

    /// The sum of a metric's values that have these labels.
    pub(crate) fn counted(&self, peer: usize, metric: &str, labels: &[String]) -> u64 {
        let peer = self.network().members[peer].running.peer();
        let text = peer.operations().metrics().text().unwrap();
        let start = format!("{metric}{{");
        let lines = text.lines().filter(|line| line.starts_with(&start));
        let ours = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
        let value = |line: &str| line.rsplit(' ').next()?.parse::<f64>().ok();
        ours.filter_map(value).sum::<f64>() as u64
    }
}
