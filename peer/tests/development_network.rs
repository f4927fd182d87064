//! `selvedge dev` as a user runs it: the demonstration, and the command line against the network it leaves up.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

#[path = "development_network/channel_verbs.rs"]
mod channel_verbs;
#[path = "development_network/terms.rs"]
mod terms;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_selvedge");

fn dev(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    command
        .current_dir(root)
        .args(["dev", "--json"])
        .args(arguments);
    command
}

#[test]
fn the_session_shows_what_a_ledger_does() {
    let output = dev(&["--once"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &'static str| events.iter().filter(move |event| event["event"] == kind);
    assert_eq!(
        of("network-ready").next().unwrap()["peers"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(of("deployed").count(), 1);
    let codes: Vec<&str> = of("transaction")
        .map(|event| event["outcome"]["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["VALID", "VALID", "VALID", "VALID", "MVCC_READ_CONFLICT"]
    );
    let refused: Vec<&str> = of("refused")
        .map(|event| event["message"].as_str().unwrap())
        .collect();
    assert_eq!(refused, ["the asset asset1 already exists"]);

    let lost = of("transaction").next_back().unwrap();
    let conflict = &lost["outcome"]["conflicts"][0];
    assert_eq!(conflict["subject"], "asset1");
    let winner = of("transaction").nth(3).unwrap();
    assert_eq!(conflict["by"], winner["outcome"]["tx_id"]);

    let results: Vec<&Value> = of("query").map(|event| &event["result"]).collect();
    assert_eq!(results.len(), 2);
    let owners = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["Owner"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(owners(results[0]), ["Max", "Brad"]);
    assert_eq!(
        results[1].as_array().unwrap().len(),
        3,
        "created, transferred, transferred"
    );
}

/// Ledgers and a chaincode are at work when the signal comes.
#[test]
fn a_session_that_is_interrupted_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let here = tempfile::tempdir().unwrap();
        // The first transaction would wait so long for its block.
        let mut session = dev(&["--batch-timeout", "20s"]);
        let session = session.env("TMPDIR", here.path()).stdout(Stdio::piped());
        let mut session = session.spawn().unwrap();
        let mut lines = BufReader::new(session.stdout.take().unwrap()).lines();
        let deployed = lines.find(|line| line.as_ref().unwrap().contains("\"deployed\""));
        assert!(deployed.is_some(), "it ended");
        signal_to(&session, signal);
        // Its standard output stays open until it ends.
        let up = lines.find(|line| line.as_ref().unwrap().contains("\"up\""));
        assert!(up.is_none(), "the session was over");
        assert_eq!(session.wait().unwrap().code(), Some(0));
        assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0);
    }
}

fn signal_to(process: &Child, signal: &str) {
    let pid = process.id().to_string();
    let told = Command::new("kill").args([signal, &pid]).status();
    assert!(told.unwrap().success());
}

/// A network that is up; killed if the test fails.
struct Network {
    process: Child,
    environment: Value,
    /// Address of the page.
    page: String,
    _directory: tempfile::TempDir,
}

impl Network {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("network");
        let arguments = [&["--no-session", "--dir", path.to_str().unwrap()], more].concat();
        let mut process = dev(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let up = events
            .find(|event| event["event"] == "up")
            .expect("the network did not come up");
        Self {
            process,
            environment: up["environment"].clone(),
            page: up["page"].as_str().unwrap().to_owned(),
            _directory: directory,
        }
    }

    /// Runs a line in a shell that is somebody; gives standard output and standard error.
    fn shell(&self, who: &str, line: &str) -> (bool, String, String) {
        let file = PathBuf::from(self.environment[who].as_str().unwrap());
        let script = format!(". {} && {line}", file.display());
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn interrupt(mut self) -> bool {
        signal_to(&self.process, "-INT");
        self.process.wait().unwrap().success()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const ORDERER: &str = "-o $SELVEDGE_ORDERER --tls --cafile $SELVEDGE_ORDERER_CA";

#[test]
fn the_command_line_works_against_it() {
    let network = Network::start();
    let line = "test -s $TLS_CERT_PATH && test -d $CRYPTO_PATH/users/User1@org1.example.com && cat $KEY_DIRECTORY_PATH/* \
                $CERT_DIRECTORY_PATH/* && echo $MSP_ID $PEER_HOST_ALIAS $CHANNEL_NAME $CHAINCODE_NAME";
    let (found, read, said) = network.shell("Org1-user", line);
    assert!(found, "{said}");
    assert!(read.contains("PRIVATE KEY") && read.contains("CERTIFICATE"));
    assert!(
        read.contains("Org1MSP peer0.org1.example.com dev "),
        "{read}"
    );
    let line = "test $PEER_ENDPOINT = $CORE_PEER_ADDRESS && cat $CRYPTO_PATH/connection-org1.json";
    let (found, profile, _) = network.shell("Org1-user", line);
    let profile: Value = serde_json::from_str(&profile).unwrap();
    assert!(found);
    assert_eq!(profile["organizations"]["Org1"]["mspid"], "Org1MSP");
    let invoke = |args: &str, flags: &str| {
        let line = format!(
            "selvedge chaincode invoke -C dev -n asset-transfer -c '{args}' {ORDERER} {flags}"
        );
        network.shell("Org1-user", &line)
    };
    let create = r#"{"Args":["CreateAsset","a","blue","1","Ann","5"]}"#;
    let (ok, out, said) = invoke(create, "$SELVEDGE_PEERS --waitForEvent");
    assert!(ok && out.is_empty(), "{said}");
    assert!(
        said.contains("Chaincode invoke successful. result: status:200\n"),
        "{said}"
    );
    assert_eq!(
        said.matches("committed with status (VALID)").count(),
        2,
        "{said}"
    );

    let read = r#"selvedge chaincode query -C dev -n asset-transfer -c '{"function":"ReadAsset","Args":["a"]}'"#;
    let asset = r#"{"AppraisedValue":5,"Color":"blue","ID":"a","Owner":"Ann","Size":1}"#;
    assert_eq!(network.shell("Org2-user", read).1, format!("{asset}\n"));
    assert_eq!(
        network.shell("Org2-user", &format!("{read} --hex")).1,
        format!("{}\n", hex::encode(asset))
    );

    // The contract refuses; one organisation is not enough; a user is no administrator.
    let (ok, _, said) = invoke(create, "$SELVEDGE_PEERS");
    assert!(!ok);
    assert_eq!(
        said,
        "Error: endorsement failure during invoke. response: status:409 message:\"the asset a already exists\"\n"
    );
    let transfer = r#"{"Args":["TransferAsset","a","Bob"]}"#;
    let (ok, _, said) = invoke(transfer, "--waitForEvent");
    assert!(
        !ok && said.contains("transaction invalidated with status (ENDORSEMENT_POLICY_FAILURE)"),
        "{said}"
    );
    let installed = "selvedge lifecycle chaincode queryinstalled";
    assert!(!network.shell("Org1-user", installed).0);
    let (ok, out, said) = network.shell("Org1-admin", installed);
    assert!(
        ok && out.starts_with("Installed chaincodes on peer:\nPackage ID: asset-transfer_0.1.0:"),
        "{said}"
    );

    flags_named_as_the_parameters(&network);
    the_page_tells_what_happened(&network);
    upgrade(&network);
    let (ok, out, said) = network.shell("Org2-user", "selvedge channel list");
    assert_eq!(
        (ok, out.as_str()),
        (true, "Channels peers has joined: \ndev\n"),
        "{said}"
    );
    assert!(network.interrupt());
}

/// The file that was sourced says where peers and orderer are, the chaincode says what it takes.
fn flags_named_as_the_parameters(network: &Network) {
    let invoke = |words: &str| {
        network.shell(
            "Org1-user",
            &format!("selvedge invoke -C dev -n asset-transfer {words}"),
        )
    };
    let (ok, listed, said) = invoke("");
    assert!(ok, "{said}");
    for line in [
        "submit    TransferAsset --id <text> --new-owner <text>  →  text\n",
        "evaluate  AssetExists --id <text>  →  true or false\n",
    ] {
        assert!(listed.contains(line), "{listed}");
    }
    // The answer alone is on standard output: the owner before.
    let (ok, out, said) = invoke("TransferAsset --id a --new-owner Bob");
    assert!(ok && out == "Ann\n", "{out}{said}");
    assert_eq!(
        said.matches("committed with status (VALID)").count(),
        2,
        "{said}"
    );
    let (ok, out, _) = invoke("AssetExists --id=b");
    assert!(ok && out == "false\n", "{out}");
    for (words, error) in [
        (
            "TransferAsset --id a",
            "TransferAsset needs --new-owner <text>",
        ),
        (
            "TransferAsset --id a --to Bob",
            "TransferAsset has no --to; it takes --id --new-owner",
        ),
        (
            "ReadAsset --id nothing",
            "asset-transfer answered 404: the asset nothing does not exist",
        ),
        (
            "ReadAsse --id a",
            "asset-transfer has no transaction 'ReadAsse'. It has:",
        ),
    ] {
        let (ok, out, said) = invoke(words);
        assert!(
            !ok && out.is_empty() && said.contains(error),
            "{words}: {out}{said}"
        );
    }
}

/// What a browser that asks under this name gets: status line and headers, then the body.
fn get(page: &str, host: &str, path: &str) -> (String, String) {
    let address = page.trim_start_matches("http://").trim_end_matches('/');
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The page's files are there, and its questions are answered from the ledger.
fn the_page_tells_what_happened(network: &Network) {
    let json = |path: &str| {
        let (head, body) = get(&network.page, "localhost", path);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {head}");
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let (head, body) = get(&network.page, "127.0.0.1", "/");
    assert!(
        head.contains("default-src 'none'") && body.contains("page.js"),
        "{head}"
    );
    for file in ["/style.css", "/page.js", "/views.js"] {
        assert!(
            get(&network.page, "localhost", file)
                .0
                .starts_with("HTTP/1.1 200 OK")
        );
    }
    // A web site that sends its visitor's browser here, under a name of its own.
    let (head, _) = get(&network.page, "evil.example", "/api/channels");
    assert!(head.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{head}");

    let channel = &json("/api/channels")[0];
    assert_eq!(channel["id"], "dev");
    let height = channel["height"].as_u64().unwrap();
    let newest = &json("/api/blocks?channel=dev&count=1")[0];
    assert_eq!(newest["number"], height - 1);
    let transfers = json("/api/blocks?channel=dev");
    let transactions = transfers
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|block| block["transactions"].as_array().unwrap());
    let codes: Vec<_> = transactions
        .clone()
        .map(|transaction| transaction["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"ENDORSEMENT_POLICY_FAILURE"), "{codes:?}");
    let transfer = transactions
        .filter(|transaction| transaction["code"] == "VALID")
        .find(|transaction| transaction["args"][2]["text"] == "Bob");
    let transfer = transfer.unwrap();
    let set = transfer["namespaces"]
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["name"] == "asset-transfer")
        .unwrap();
    assert_eq!(set["writes"][0]["key"], "a");
    assert!(
        set["writes"][0]["value"]["text"]
            .as_str()
            .unwrap()
            .contains("Bob")
    );

    let definition = &json("/api/definitions?channel=dev")[0];
    assert_eq!(
        definition["approvals"],
        serde_json::json!({"Org1MSP": true, "Org2MSP": true})
    );
    assert!(
        definition["packages"]["Org2MSP"]
            .as_str()
            .unwrap()
            .starts_with("asset-transfer_0.1.0:")
    );
    let state = json("/api/state?channel=dev&namespace=asset-transfer&prefix=a");
    assert_eq!(state["rows"][0]["key"], "a");
    let history = json("/api/history?channel=dev&namespace=asset-transfer&key=a");
    assert_eq!(history[0]["tx_id"], transfer["tx_id"]);
    let (head, body) = get(&network.page, "localhost", "/api/blocks?channel=other");
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert_eq!(
        body,
        r#"{"error":"this peer has not joined the channel 'other'"}"#
    );
}

/// A second definition, agreed on by hand, with a policy that one organisation satisfies.
fn upgrade(network: &Network) {
    let definition = "-C dev -n asset-transfer -v 2.0 --sequence 2 --signature-policy \"OR('Org1MSP.peer','Org2MSP.peer')\"";
    let approve = format!(
        "selvedge lifecycle chaincode approveformyorg {definition} --package-id $(selvedge lifecycle chaincode queryinstalled | sed -n 's/Package ID: \\(.*\\), Label.*/\\1/p') {ORDERER}"
    );
    let ready =
        format!("selvedge lifecycle chaincode checkcommitreadiness {definition} -O json --inspect");
    let commit =
        format!("selvedge lifecycle chaincode commit {definition} {ORDERER} $SELVEDGE_PEERS");
    let (ok, _, said) = network.shell("Org1-admin", &commit);
    let nobody = "(Org1MSP has not approved this sequence; Org2MSP has not approved this sequence); an administrator of each runs approveformyorg with the same parameters";
    assert!(!ok && said.contains(nobody), "{said}");
    for (org, second) in [("Org1", false), ("Org2", true)] {
        let (ok, _, said) = network.shell(&format!("{org}-admin"), &approve);
        assert!(ok, "{said}");
        let (_, out, said) = network.shell("Org1-admin", &ready);
        let readiness: Value =
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {said}"));
        assert_eq!(readiness["approvals"]["Org1MSP"], true);
        assert_eq!(readiness["approvals"]["Org2MSP"], second);
    }
    let (ok, _, said) = network.shell("Org1-admin", &commit);
    assert!(ok, "{said}");
    let (_, out, _) = network.shell(
        "Org1-user",
        "selvedge lifecycle chaincode querycommitted -C dev -n asset-transfer",
    );
    assert_eq!(
        out,
        "Committed chaincode definition for chaincode 'asset-transfer' on channel 'dev':\nVersion: 2.0, Sequence: 2, Endorsement Plugin: escc, Validation Plugin: vscc, Approvals: [Org1MSP: true, Org2MSP: true]\n"
    );
    let transfer = format!(
        "selvedge chaincode invoke -C dev -n asset-transfer -c '{{\"Args\":[\"TransferAsset\",\"a\",\"Cy\"]}}' {ORDERER} --waitForEvent"
    );
    let (ok, _, said) = network.shell("Org1-user", &transfer);
    assert!(
        ok && said.contains("committed with status (VALID)"),
        "{said}"
    );
}

#[test]
fn the_verbs_of_the_legacy_lifecycle_work_against_one_of_its_kind() {
    let network = Network::start_with(&["--legacy"]);
    let succeeds = |who: &str, line: &str| {
        let (ok, out, said) = network.shell(who, line);
        assert!(ok, "{line}: {said}");
        (out, said)
    };
    let instantiated = "selvedge chaincode list --instantiated -C dev";
    assert_eq!(
        succeeds("Org1-user", instantiated).0,
        "Get instantiated chaincodes on channel dev:\nName: asset-transfer, Version: 0.1.0, Escc: escc, Vscc: vscc\n"
    );
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| files.path().join(name).display().to_string();
    let (one, both) = (file("one.pak"), file("both.pak"));
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../chaincodes/asset-transfer");
    succeeds(
        "Org1-admin",
        &format!(
            "selvedge chaincode package {one} -s -S -i \"OR('Org1MSP.admin','Org2MSP.admin')\" -n asset-transfer -v 0.2.0 -p {contract}"
        ),
    );
    let (out, _) = succeeds(
        "Org2-admin",
        &format!("selvedge chaincode signpackage {one} {both}"),
    );
    assert_eq!(
        out,
        format!("Wrote signed package to {both} successfully\n")
    );
    let install = format!("selvedge chaincode install {both}");
    assert!(!network.shell("Org1-user", &install).0);
    for admin in ["Org1-admin", "Org2-admin"] {
        let (_, said) = succeeds(admin, &install);
        assert!(said.contains("Installed remotely: status:200"), "{said}");
    }
    let (out, _) = succeeds("Org1-admin", "selvedge chaincode list --installed");
    assert!(
        out.contains("Name: asset-transfer, Version: 0.2.0, Path: "),
        "{out}"
    );

    let upgrade = format!(
        "selvedge chaincode upgrade -C dev -n asset-transfer -v 0.2.0 -l wasm -c '{{\"Args\":[]}}' {ORDERER}"
    );
    let (ok, _, said) = network.shell("Org1-user", &upgrade);
    assert!(
        !ok && said.contains("instantiation policy violation"),
        "{said}"
    );
    succeeds("Org2-admin", &upgrade);
    while !succeeds("Org1-user", instantiated)
        .0
        .contains("Version: 0.2.0,")
    {
        std::thread::yield_now();
    }
    let create = r#"{"Args":["CreateAsset","a","blue","1","Ann","5"]}"#;
    let (_, said) = succeeds(
        "Org1-user",
        &format!(
            "selvedge chaincode invoke -C dev -n asset-transfer -c '{create}' {ORDERER} --waitForEvent"
        ),
    );
    assert!(said.contains("committed with status (VALID)"), "{said}");
    let approve =
        "selvedge lifecycle chaincode approveformyorg -C dev -n asset-transfer -v 1 --sequence 1";
    let (ok, _, said) = network.shell("Org1-admin", &format!("{approve} {ORDERER}"));
    assert!(
        !ok && said.contains("cannot use new lifecycle for channel 'dev' as it does not have the required capabilities enabled"),
        "{said}"
    );
    assert!(network.interrupt());
}
