//! `channel fetch|getinfo|signconfigtx|update|create` against a running network: exit codes, both streams, files.

use std::path::{Path, PathBuf};

use super::{Network, ORDERER};
use prost::Message;
use selvedge_identity::compute_config_update;
use selvedge_protos::common::{
    Block, ChannelHeader, Config, ConfigEnvelope, ConfigGroup, ConfigUpdateEnvelope, ConfigValue,
    Envelope, Header, HeaderType, Payload,
};
use selvedge_protos::protos::{AnchorPeer, AnchorPeers};

/// A network, and a folder that commands run in.
struct Bench {
    network: Network,
    files: tempfile::TempDir,
}

impl Bench {
    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn run(&self, who: &str, line: &str) -> (bool, String, String) {
        let here = self.files.path().display();
        self.network.shell(who, &format!("cd {here} && {line}"))
    }

    /// Succeeds, with nothing on standard output and this on standard error.
    fn says(&self, who: &str, line: &str, expected: &str) {
        let (ok, out, said) = self.run(who, line);
        let found = (ok, out.as_str(), said.as_str());
        assert_eq!(found, (true, "", expected), "{line}");
    }

    /// Fails, and says why on standard error alone.
    fn refuses(&self, who: &str, line: &str, expected: &str) {
        let (ok, out, said) = self.run(who, line);
        assert!(!ok && out.is_empty(), "{line}: {out}");
        assert_eq!(said, format!("Error: {expected}\n"), "{line}");
    }

    fn block(&self, name: &str) -> Block {
        Block::decode(std::fs::read(self.file(name)).unwrap().as_slice()).unwrap()
    }

    /// The configuration in force, as the orderer has it.
    fn config(&self) -> Config {
        let line = format!("selvedge channel fetch config now.block -c dev {ORDERER}");
        let (ok, _, said) = self.run("Org1-user", &line);
        assert!(ok, "{said}");
        let envelope = self.block("now.block").data.unwrap().data.remove(0);
        let payload = Payload::decode(Envelope::decode(envelope).unwrap().payload).unwrap();
        let config = ConfigEnvelope::decode(payload.data).unwrap();
        config.config.unwrap()
    }

    /// Writes an update of the configuration in force that nobody has signed.
    fn propose(&self, name: &str, change: impl FnOnce(&mut ConfigGroup)) {
        let original = self.config();
        let mut updated = original.clone();
        let root = updated.channel_group.as_mut().unwrap();
        change(root.groups.get_mut("Application").unwrap());
        let update = compute_config_update("dev", &original, &updated).unwrap();
        write_update(&self.file(name), "dev", update.encode_to_vec());
    }
}

/// As configtxlator and configtxgen write them.
fn write_update(file: &Path, channel: &str, config_update: Vec<u8>) {
    let channel_header = ChannelHeader {
        r#type: HeaderType::ConfigUpdate.into(),
        channel_id: channel.to_owned(),
        ..Default::default()
    };
    let update = ConfigUpdateEnvelope {
        config_update: config_update.into(),
        signatures: Vec::new(),
    };
    let payload = Payload {
        header: Some(Header {
            channel_header: channel_header.encode_to_vec().into(),
            ..Default::default()
        }),
        data: update.encode_to_vec().into(),
    };
    let envelope = Envelope {
        payload: payload.encode_to_vec().into(),
        ..Default::default()
    };
    std::fs::write(file, envelope.encode_to_vec()).unwrap();
}

#[test]
fn channels_are_looked_at_and_reconfigured() {
    let bench = Bench {
        network: Network::start(),
        files: tempfile::tempdir().unwrap(),
    };
    blocks_are_fetched(&bench);
    one_organisation_moves_its_anchor_peers(&bench);
    both_organisations_sign_what_concerns_both(&bench);
    a_channel_is_not_created_by_a_transaction(&bench);
    assert!(bench.network.interrupt());
}

fn blocks_are_fetched(bench: &Bench) {
    let fetch = "selvedge channel fetch";
    let from_orderer = format!("{fetch} 0 -c dev {ORDERER}");
    bench.says("Org1-user", &from_orderer, "Received block: 0\n");
    // From the peer without an orderer, and as a member of the other organisation.
    let from_peer = format!("{fetch} oldest here.block -c dev");
    bench.says("Org2-user", &from_peer, "Received block: 0\n");
    let header = |name| bench.block(name).header.unwrap();
    assert_eq!(header("dev_0.block"), header("here.block"));
    let (ok, out, said) = bench.run("Org1-user", "selvedge channel getinfo -c dev");
    assert!(ok && said.is_empty(), "{said}");
    let height = out.strip_prefix("Blockchain info: {\"height\":");
    let height: u64 = height.unwrap().split(',').next().unwrap().parse().unwrap();
    let newest = format!("Received block: {}\n", height - 1);
    bench.says("Org1-user", &format!("{fetch} newest -c dev"), &newest);
    assert_eq!(header("dev_newest.block").number, height - 1);
    let config = format!("{fetch} config -c dev --bestEffort {ORDERER}");
    bench.says("Org1-user", &config, "Received block: 0\n");
    assert_eq!(header("dev_config.block").number, 0);
    let nothing = "fetch target required, oldest, newest, config, or a number";
    for (what, why) in [
        ("-c dev", nothing),
        (
            "latest -c dev",
            "fetch target illegal: latest; it is oldest, newest, config, or a number",
        ),
        ("newest", "Must supply channel ID"),
        ("99999 -c dev", "can't read the block: NOT_FOUND"),
        ("0 -c nowhere", "can't read the block: NOT_FOUND"),
    ] {
        bench.refuses("Org1-user", &format!("{fetch} {what}"), why);
    }
    let plain = format!("{fetch} oldest -c dev -o $SELVEDGE_ORDERER");
    let (ok, _, said) = bench.run("Org1-user", &plain);
    let hint = "if either side speaks TLS, the other must (an orderer's: --tls and --cafile;";
    assert!(
        !ok && said.contains(" broke: ") && said.contains(hint),
        "{said}"
    );
}

fn one_organisation_moves_its_anchor_peers(bench: &Bench) {
    let anchors = AnchorPeers {
        anchor_peers: vec![AnchorPeer {
            host: "127.0.0.1".to_owned(),
            port: 7051,
        }],
    };
    bench.propose("anchors.tx", |application| {
        let own = application.groups.get_mut("Org1").unwrap();
        let value = ConfigValue {
            value: anchors.encode_to_vec().into(),
            mod_policy: "Admins".to_owned(),
            ..Default::default()
        };
        let old = own.values.insert("AnchorPeers".to_owned(), value);
        own.values.get_mut("AnchorPeers").unwrap().version = old.unwrap().version;
    });
    let sequence = bench.config().sequence;
    let update = format!("selvedge channel update -f anchors.tx -c dev {ORDERER}");
    let (ok, _, said) = bench.run("Org2-admin", &update);
    let denied = "Error: got unexpected status: BAD_REQUEST -- error applying config update to existing channel 'dev': error authorizing update: ";
    assert!(!ok && said.starts_with(denied), "{said}");
    let elsewhere = format!("selvedge channel update -f anchors.tx -c other {ORDERER}");
    let mismatch = "Invalid channel create transaction : mismatched channel ID dev != other";
    bench.refuses("Org1-admin", &elsewhere, mismatch);
    bench.says(
        "Org1-admin",
        &update,
        "Successfully submitted channel update\n",
    );
    until_sequence(bench, sequence + 1);
}

/// What was sent is in a block a moment later.
fn until_sequence(bench: &Bench, sequence: u64) {
    while bench.config().sequence < sequence {
        std::thread::yield_now();
    }
}

fn both_organisations_sign_what_concerns_both(bench: &Bench) {
    let sequence = bench.config().sequence;
    bench.propose("policy.tx", |application| {
        let policy = application.policies["Readers"].clone();
        application.policies.insert("Lookers".to_owned(), policy);
    });
    let unsigned = std::fs::read(bench.file("policy.tx")).unwrap();
    let update = format!("selvedge channel update -f policy.tx -c dev {ORDERER}");
    let (ok, _, said) = bench.run("Org1-admin", &update);
    assert!(!ok && said.contains("error authorizing update"), "{said}");
    assert_eq!(std::fs::read(bench.file("policy.tx")).unwrap(), unsigned);
    bench.says(
        "Org2-admin",
        "selvedge channel signconfigtx -f policy.tx",
        "",
    );
    assert_ne!(std::fs::read(bench.file("policy.tx")).unwrap(), unsigned);
    bench.says(
        "Org1-admin",
        &update,
        "Successfully submitted channel update\n",
    );
    until_sequence(bench, sequence + 1);
    let application = bench.config().channel_group.unwrap().groups["Application"].clone();
    assert!(application.policies.contains_key("Lookers"));
    let sign = "selvedge channel signconfigtx";
    let nothing = "Invalid channel create transaction : No configtx file name supplied";
    bench.refuses("Org1-admin", sign, nothing);
    let gone = "channel create configuration tx file not found open gone.tx: No such file or directory (os error 2)";
    bench.refuses("Org1-admin", &format!("{sign} -f gone.tx"), gone);
}

const PROFILE: &str = "
Profiles:
  SampleSingleMSPChannel:
    Consortium: SampleConsortium
    Application:
      Organizations: [{Name: Org1}]
      Policies:
        Admins: {Type: ImplicitMeta, Rule: MAJORITY Admins}
        Readers: {Type: ImplicitMeta, Rule: ANY Readers}
        Writers: {Type: ImplicitMeta, Rule: ANY Writers}
";

/// Orderers have had no system channel since Fabric 3.0: whoever would create a channel so is told that there is none.
/// For a channel that is there the same verb is an update, and fetches the first block.
fn a_channel_is_not_created_by_a_transaction(bench: &Bench) {
    let create = "selvedge channel create";
    write_update(&bench.file("new.tx"), "new", Vec::new());
    let line = format!("{create} -c new -f new.tx {ORDERER}");
    let refused = "got unexpected status: BAD_REQUEST -- channel does not exist";
    // Twice: CVE-2022-45196 was said to be about the second time.
    bench.refuses("Org1-admin", &line, refused);
    bench.refuses("Org1-admin", &line, refused);
    assert!(!bench.file("new.block").exists());
    bench.refuses(
        "Org1-admin",
        &format!("{create} {ORDERER}"),
        "must supply channel ID",
    );
    // Without a transaction one is made from a profile.
    let line = format!("{create} -c made {ORDERER}");
    let missing =
        "Error reading configuration: configtx.yaml: No such file or directory (os error 2)";
    bench.refuses("Org1-admin", &line, missing);
    std::fs::write(bench.file("configtx.yaml"), PROFILE).unwrap();
    bench.refuses("Org1-admin", &line, refused);

    let alone = format!("{create} -c new -f new.tx");
    bench.refuses("Org1-admin", &alone, "must supply orderer address");

    bench.propose("again.tx", |application| {
        application.policies.remove("Lookers");
    });
    bench.says(
        "Org2-admin",
        "selvedge channel signconfigtx -f again.tx",
        "",
    );
    let line = format!("{create} -c dev -f again.tx --outputBlock first.block {ORDERER}");
    bench.says("Org1-admin", &line, "Received block: 0\n");
    assert_eq!(
        bench.block("first.block").header,
        bench.block("dev_0.block").header
    );
}
