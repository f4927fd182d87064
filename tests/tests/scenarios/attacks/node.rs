use crate::harness::{CHANNEL, Net, PATIENCE, block_on, call, dial, sign};
use bytes::Bytes;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use selvedge_peer::client::{Call, Fresh, Proposal};
use selvedge_protos::common::HeaderType;
use selvedge_protos::protos::SignedProposal;
use selvedge_protos::protos::endorser_client::EndorserClient;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tonic::transport::Channel;

/// `selvedge node start` on the channel of a network.
pub(super) struct Node {
    process: Child,
    pub(super) address: String,
    /// Of its TLS authority, PEM.
    pub(super) roots: String,
}

/// Room for messages that are under way; a tenth of the default, so that it can be filled here.
pub(super) const REQUEST_BYTES: usize = 128 << 20;

/// How long a client may take to begin.
const OPENING: &str = "3s";

/// As many as the system lets this process have; the peers that it starts have as many.
pub(super) fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}

impl Node {
    pub(super) fn start(net: &Net) -> Self {
        let (folder, roots) = net.write_peer("peer9.org1.example.com");
        let data = net.dir().join("outside/data");
        let core = format!(
            "peer:\n  id: outside\n  listenAddress: 127.0.0.1:0\n  address: 127.0.0.1:7051\n  localMspId: Org1MSP\n  \
             mspConfigPath: {folder}/msp\n  fileSystemPath: {data}\n  connectionTimeout: {OPENING}\n  \
             limits: {{requestBytes: {REQUEST_BYTES}}}\n  \
             tls:\n    cert: {{file: {folder}/tls/server.crt}}\n    key: {{file: {folder}/tls/server.key}}\n",
            folder = folder.display(),
            data = data.display(),
        );
        fs::write(folder.join("core.yaml"), core).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_peer-program"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CORE_") {
                command.env_remove(name);
            }
        }
        let mut process = command
            .args(["node", "start"])
            .env("FABRIC_CFG_PATH", &folder)
            .env_remove("FABRIC_LOGGING_SPEC")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                let line = line.unwrap();
                Some(line.split_once("serving on ")?.1.trim().to_owned())
            })
            .expect("the peer serves");
        // Whoever does not read what the peer says would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let node = Self {
            process,
            address,
            roots,
        };
        node.join(net);
        node
    }

    fn join(&self, net: &Net) {
        let join = Call {
            chaincode: "cscc".to_owned(),
            args: vec![Bytes::from_static(b"JoinChain"), net.genesis()],
            ..Call::default()
        };
        let fresh = Fresh::from_system().unwrap();
        let proposal = Proposal::of_type(HeaderType::Config, &join, net.admin(0), &fresh);
        assert_eq!(self.ask(proposal.unwrap().signed), 200);
        self.has_all(net);
    }

    /// Waits until the peer has the blocks that the network's own has.
    pub(super) fn has_all(&self, net: &Net) {
        let height = net.channel(0).ledger().height();
        self.until("the peer has the channel's blocks", |node| {
            node.height(net) >= height
        });
    }

    /// A new connection.
    pub(super) fn connection(&self) -> Channel {
        dial(&self.address, &self.roots)
    }

    fn ask(&self, signed: SignedProposal) -> i32 {
        let mut endorser = EndorserClient::new(self.connection());
        let asked =
            async { tokio::time::timeout(PATIENCE, endorser.process_proposal(signed)).await };
        let answer = block_on(asked).expect("an answer in time").unwrap();
        answer.into_inner().response.unwrap().status
    }

    /// Number of blocks; none before the channel is there.
    fn height(&self, net: &Net) -> u64 {
        let info = call("qscc", &[b"GetChainInfo", CHANNEL.as_bytes()]);
        let mut endorser = EndorserClient::new(self.connection());
        let answer = block_on(endorser.process_proposal(sign(&info, net.user(0)).signed));
        let response = answer.unwrap().into_inner().response.unwrap();
        let info: selvedge_protos::common::BlockchainInfo =
            selvedge_peer::client::decode(&response.payload).unwrap();
        info.height
    }

    /// A client that behaves gets a proposal endorsed.
    pub(super) fn answers(&self, net: &Net) {
        let info = call("qscc", &[b"GetChainInfo", CHANNEL.as_bytes()]);
        assert_eq!(self.ask(sign(&info, net.user(0)).signed), 200);
    }

    /// Kibibytes of a line of `/proc/<pid>/status`.
    fn memory(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let found = status.lines().find_map(|it| it.strip_prefix(line));
        let number = found.unwrap().trim().trim_end_matches(" kB");
        number.parse().unwrap()
    }

    /// Resident memory in KiB; the peak is counted from here on.
    pub(super) fn begin(&self) -> u64 {
        fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5").unwrap();
        self.memory("VmRSS:")
    }

    /// Most resident memory since, in KiB.
    pub(super) fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Open file descriptors.
    pub(super) fn descriptors(&self) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.process.id()));
        open.unwrap().count()
    }

    /// Waits until something is so.
    pub(super) fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < deadline, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends when it is told to, without complaint.
    pub(super) fn stops(mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
