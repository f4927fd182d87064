//! Metrics for a StatsD server, which is sent them. Fabric: core/operations/system.go; common/metrics/statsd of its library.

use super::{Metrics, Operations};
use prometheus::proto::{LabelPair, Metric, MetricFamily, MetricType};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinHandle;

/// Where metrics are sent. Fabric: `metrics.statsd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatsdOptions {
    pub network: StatsdNetwork,
    /// `host:port`.
    pub address: String,
    pub interval: Duration,
    /// Before every name, with a dot behind it.
    pub prefix: String,
}

/// How.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatsdNetwork {
    #[default]
    Udp,
    Tcp,
}

/// Sends until it is dropped.
#[derive(Debug)]
pub struct Statsd(JoinHandle<()>);

/// Bytes of a datagram that passes everywhere.
const DATAGRAM: usize = 1432;

impl Statsd {
    /// Call inside Tokio.
    ///
    /// # Errors
    /// When the server cannot be reached: under UDP, when its name cannot be resolved.
    pub async fn start(operations: Arc<Operations>, options: StatsdOptions) -> io::Result<Self> {
        let mut server = Server::connect(&options).await?;
        let task = async move {
            let mut pushed = Pushed::default();
            let mut ticks = tokio::time::interval(options.interval);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let lines = pushed.lines(&options.prefix, operations.metrics());
                if let Err(error) = server.send(&lines).await {
                    tracing::warn!(address = options.address, %error, "the metrics cannot be sent");
                    if let Ok(again) = Server::connect(&options).await {
                        server = again;
                    }
                }
            }
        };
        Ok(Self(tokio::spawn(task)))
    }
}

impl Drop for Statsd {
    fn drop(&mut self) {
        self.0.abort();
    }
}

enum Server {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Server {
    async fn connect(options: &StatsdOptions) -> io::Result<Self> {
        match options.network {
            StatsdNetwork::Tcp => Ok(Self::Tcp(TcpStream::connect(&options.address).await?)),
            StatsdNetwork::Udp => {
                let resolved = tokio::net::lookup_host(&options.address).await?.next();
                let server = resolved.ok_or(io::ErrorKind::AddrNotAvailable)?;
                let own = if server.is_ipv4() {
                    "0.0.0.0:0"
                } else {
                    "[::]:0"
                };
                let socket = UdpSocket::bind(own).await?;
                socket.connect(server).await?;
                Ok(Self::Udp(socket))
            }
        }
    }

    async fn send(&mut self, lines: &[String]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(lines.concat().as_bytes()).await,
            Self::Udp(socket) => {
                for datagram in datagrams(lines) {
                    socket.send(datagram.as_bytes()).await?;
                }
                Ok(())
            }
        }
    }
}

/// As many lines together as a datagram takes.
fn datagrams(lines: &[String]) -> Vec<String> {
    let mut datagrams: Vec<String> = Vec::new();
    for line in lines {
        match datagrams.last_mut() {
            Some(last) if last.len() + line.len() <= DATAGRAM => last.push_str(line),
            _ => datagrams.push(line.clone()),
        }
    }
    datagrams
}

/// What counters and timings had come to when they were last sent.
#[derive(Default)]
struct Pushed(HashMap<String, (f64, u64)>);

impl Pushed {
    /// A line for everything that has changed, and for every gauge.
    fn lines(&mut self, prefix: &str, metrics: &Metrics) -> Vec<String> {
        let mut lines = Vec::new();
        for family in metrics.gather() {
            for metric in family.get_metric() {
                let name = name(prefix, &family, metric);
                lines.extend(self.line(&name, &family, metric));
            }
        }
        lines
    }

    fn line(&mut self, name: &str, family: &MetricFamily, metric: &Metric) -> Option<String> {
        match family.get_field_type() {
            MetricType::COUNTER => {
                let (more, _) = self.more(name, metric.get_counter().get_value(), 0);
                (more > 0.0).then(|| format!("{name}:{more:.6}|c\n"))
            }
            MetricType::HISTOGRAM => {
                let histogram = metric.get_histogram();
                let (sum, count) = (histogram.get_sample_sum(), histogram.get_sample_count());
                let (more, count) = self.more(name, sum, count);
                timing(name, more, count)
            }
            _ => Some(format!("{name}:{:.6}|g\n", metric.get_gauge().get_value())),
        }
    }

    fn more(&mut self, name: &str, sum: f64, count: u64) -> (f64, u64) {
        let before = self.0.insert(name.to_owned(), (sum, count));
        let (sum_before, count_before) = before.unwrap_or_default();
        (sum - sum_before, count.saturating_sub(count_before))
    }
}

/// Fabric sends each of them; here they have been added up by then, and their mean stands for all: a sample of one in
/// `count`, from which the server counts as many. Seconds, as Fabric has them, although the unit says otherwise.
fn timing(name: &str, sum: f64, count: u64) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("{name}:{sum:.6}|ms\n")),
        #[allow(
            clippy::cast_precision_loss,
            reason = "a count of what happened in an interval"
        )]
        count => {
            let count = count as f64;
            Some(format!(
                "{name}:{:.6}|ms|@{:.9}\n",
                sum / count,
                count.recip()
            ))
        }
    }
}

/// Beginnings of Fabric's names, whose dots Prometheus writes as underscores.
const NAMESPACES: &[&str] = &[
    "chaincode.",
    "deliver.",
    "dockercontroller.",
    "endorser.",
    "gossip.comm.",
    "gossip.leader_election.",
    "gossip.membership.",
    "gossip.payload_buffer.",
    "gossip.privdata.",
    "gossip.state.",
    "grpc.comm.",
    "grpc.server.",
    "ledger.",
    "logging.",
];

/// The order in which Fabric's names have their labels; those of others follow.
const LABELS: &[&str] = &[
    "type",
    "service",
    "method",
    "channel",
    "filtered",
    "data_type",
    "transaction_type",
    "chaincode",
    "validation_code",
    "chaincodeerror",
    "code",
    "success",
];

/// Fabric: docs/source/metrics_reference.rst.
fn name(prefix: &str, family: &MetricFamily, metric: &Metric) -> String {
    let mut name = prefix.to_owned();
    if !name.is_empty() && !name.ends_with('.') {
        name.push('.');
    }
    let flat = family.name();
    let namespace = NAMESPACES.iter().find_map(|namespace| {
        let rest = flat.strip_prefix(namespace.replace('.', "_").as_str())?;
        Some((namespace, rest))
    });
    let _ = match namespace {
        Some((namespace, rest)) => write!(name, "{namespace}{rest}"),
        None => write!(name, "{flat}"),
    };
    let place = |label: &&LabelPair| LABELS.iter().position(|known| *known == label.name());
    let mut labels: Vec<_> = metric.get_label().iter().collect();
    labels.sort_by_key(|label| place(label).unwrap_or(LABELS.len()));
    for label in labels {
        let value = label.value();
        let unwanted = |character: char| ".|:".contains(character) || character.is_whitespace();
        let _ = write!(name, ".{}", value.replace(unwanted, "_"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Names of StatsD, with a label's name for its value.
    const FABRIC: &str = "
chaincode.launch_duration.chaincode.success
chaincode.shim_requests_completed.type.channel.chaincode.success
deliver.blocks_sent.channel.filtered.data_type
deliver.requests_completed.channel.filtered.data_type.success
deliver.streams_opened
dockercontroller.chaincode_container_build_duration.chaincode.success
endorser.endorsement_failures.channel.chaincode.chaincodeerror
endorser.proposal_duration.channel.chaincode.success
endorser.proposals_received
fabric_version.version
gossip.comm.messages_received
gossip.membership.total_peers_known.channel
gossip.privdata.commit_block_duration.channel
gossip.state.height.channel
grpc.comm.conn_opened
grpc.server.stream_messages_received.service.method
grpc.server.unary_requests_completed.service.method.code
ledger.block_processing_time.channel
ledger.blockchain_height.channel
ledger.blockstorage_and_pvtdata_commit_time.channel
ledger.transaction_count.channel.transaction_type.chaincode.validation_code
logging.entries_written.level
";

    fn family(name: &str) -> MetricFamily {
        let mut family = MetricFamily::default();
        family.set_name(name.to_owned());
        family
    }

    fn labelled(labels: &[(&str, &str)]) -> Metric {
        // In the order of their names, as they are gathered.
        let labels: BTreeSet<_> = labels.iter().collect();
        let pairs = labels.into_iter().map(|(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value((*value).to_owned());
            pair
        });
        Metric::from_label(pairs.collect())
    }

    #[test]
    fn names_are_fabrics() {
        for expected in FABRIC.lines().filter(|line| !line.is_empty()) {
            let words: Vec<&str> = expected.split('.').collect();
            let known =
                |word: &&&str| LABELS.contains(*word) || ["version", "level"].contains(*word);
            let labels: Vec<_> = words.iter().skip(1).filter(known).collect();
            let labels: Vec<_> = labels.into_iter().map(|label| (*label, *label)).collect();
            let flat = words[..words.len() - labels.len()].join("_");
            let found = name("", &family(&flat), &labelled(&labels));
            assert_eq!(found, expected);
        }
        let odd = labelled(&[("channel", "a.b:c|d e")]);
        let found = name("peer1", &family("gossip_state_height"), &odd);
        assert_eq!(found, "peer1.gossip.state.height.a_b_c_d_e");
    }

    #[test]
    fn counters_and_timings_are_sent_once() {
        let metrics = Metrics::default();
        let mut pushed = Pushed::default();
        let line = |lines: &[String], name: &str| {
            let found: Vec<_> = lines.iter().filter(|line| line.starts_with(name)).collect();
            found.into_iter().cloned().collect::<String>()
        };
        metrics.grpc.opened.inc_by(3);
        metrics.gossip.peers_known.with_label_values(&["c"]).set(4);
        let received = ["s", "m", "OK"];
        let duration = metrics.grpc.unary.duration.with_label_values(&received);
        duration.observe(0.5);
        let lines = pushed.lines("", &metrics);
        assert_eq!(
            line(&lines, "grpc.comm.conn_opened"),
            "grpc.comm.conn_opened:3.000000|c\n"
        );
        let timing = "grpc.server.unary_request_duration.s.m.OK";
        assert_eq!(line(&lines, timing), format!("{timing}:0.500000|ms\n"));
        let gauge = "gossip.membership.total_peers_known.c:4.000000|g\n";
        assert_eq!(line(&lines, "gossip.membership"), gauge);

        metrics.grpc.opened.inc();
        duration.observe(1.0);
        duration.observe(2.0);
        let lines = pushed.lines("", &metrics);
        assert_eq!(
            line(&lines, "grpc.comm.conn_opened"),
            "grpc.comm.conn_opened:1.000000|c\n"
        );
        assert_eq!(
            line(&lines, timing),
            format!("{timing}:1.500000|ms|@0.500000000\n")
        );
        let lines = pushed.lines("", &metrics);
        assert_eq!(
            line(&lines, "grpc.comm.conn_opened") + &line(&lines, timing),
            ""
        );
        assert_eq!(line(&lines, "gossip.membership"), gauge);
    }

    #[test]
    fn datagrams_are_not_cut_within_lines() {
        let lines: Vec<String> = (0..300)
            .map(|number| format!("name.{number}:1|c\n"))
            .collect();
        let sent = datagrams(&lines);
        assert!(
            sent.len() > 1
                && sent
                    .iter()
                    .all(|one| one.len() <= DATAGRAM && one.ends_with('\n'))
        );
        assert_eq!(sent.concat(), lines.concat());
    }

    async fn server(network: StatsdNetwork, address: String) -> io::Result<Statsd> {
        let options = StatsdOptions {
            network,
            address,
            interval: Duration::from_millis(10),
            prefix: "p".to_owned(),
        };
        Statsd::start(Arc::default(), options).await
    }

    #[tokio::test]
    async fn a_server_is_sent_what_there_is() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let _sending = server(StatsdNetwork::Udp, address).await.unwrap();
        let mut datagram = [0; 2048];
        let mut seen = String::new();
        while !seen.contains("p.fabric_version.v3_1_5:1.000000|g\n") {
            let size = socket.recv(&mut datagram).await.unwrap();
            seen.push_str(std::str::from_utf8(&datagram[..size]).unwrap());
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let _sending = server(StatsdNetwork::Tcp, address.clone()).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut line = [0; 2];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut line)
            .await
            .unwrap();
        assert_eq!(&line, b"p.");
        drop(listener);
        assert!(server(StatsdNetwork::Tcp, address).await.is_err());
    }
}
