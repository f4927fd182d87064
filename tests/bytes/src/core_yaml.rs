//! The peer's configuration file.

use crate::Target;
use selvedge_peer::cli::CoreConfig;
use selvedge_peer::node::RawConfig;
use std::path::Path;
use tempfile::TempDir;

pub(crate) const TARGET: Target = Target {
    name: "core_yaml",
    run,
    seeds,
};

thread_local! {
    // Goes with the thread; a static would stay behind.
    static FOLDER: TempDir = tempfile::tempdir().unwrap();
}

fn run(data: &[u8]) {
    let folder = FOLDER.with(|folder| folder.path().to_owned());
    std::fs::write(folder.join("core.yaml"), data).unwrap();
    let path = folder.display().to_string();
    let environment = [("FABRIC_CFG_PATH".to_owned(), path)];
    if let Ok(core) = CoreConfig::load(environment.into())
        && let Ok(config) = RawConfig::read(&core)
    {
        let _ = config.ledger_options();
        assert_ne!(config.file_system_path, Path::new(""));
    }
}

const EXAMPLE: &str = r#"
peer:
  id: jdoe
  networkId: dev
  listenAddress: 0.0.0.0:7051
  chaincodeListenAddress: 0.0.0.0:7052
  chaincodeAddress: peer0.org1.example.com:7052
  address: peer0.org1.example.com:7051
  localMspId: Org1MSP
  mspConfigPath: msp
  fileSystemPath: /var/hyperledger/production
  authentication: {timewindow: 15m}
  tls:
    enabled: true
    clientAuthRequired: true
    cert: {file: tls/server.crt}
    key: {file: tls/server.key}
    clientRootCAs: {files: [tls/ca.crt]}
  gossip:
    bootstrap: 127.0.0.1:7051 127.0.0.1:7061
    pvtData:
      pushAckTimeout: 3s
      implicitCollectionDisseminationPolicy: {requiredPeerCount: 0, maxPeerCount: 1}
  deliveryclient:
    addressOverrides:
      - {from: a:1, to: b:2, caCertsFile: ca.pem}
  limits: {concurrency: {endorserService: 2500, deliverService: 2500, gatewayService: 500}}
  gateway: {enabled: true, endorsementTimeout: 30s}
vm:
  endpoint: unix:///var/run/docker.sock
  docker:
    tls: {enabled: false}
    attachStdout: true
    hostConfig:
      NetworkMode: host
      Dns: [192.168.0.1]
      LogConfig: {Type: json-file, Config: {max-size: 50m, max-file: "5"}}
      Memory: 2147483648
chaincode:
  builder: $(DOCKER_NS)/fabric-ccenv:$(TWO_DIGIT_VERSION)
  externalBuilders:
    - {name: b, path: /opt/b, propagateEnvironment: [HOME]}
  installTimeout: 300s
  executetimeout: 30s
  mode: net
  keepalive: 0
  logging: {level: info, shim: warning, format: "%{message}"}
  runtimeParams: {useWriteBatch: true, maxSizeWriteBatch: 1000}
ledger:
  state: {stateDatabase: CouchDB, totalQueryLimit: 100000, couchDBConfig: {internalQueryLimit: 1000}}
  snapshots: {rootDir: /snapshots}
operations: {listenAddress: 127.0.0.1:9443, tls: {enabled: false}}
metrics: {provider: prometheus}
"#;

fn seeds() -> Vec<Vec<u8>> {
    let lists = "chaincode: {externalBuilders: [{path: x}], system: {_lifecycle: enable}}\npeer: [&a x, *a]\n";
    vec![
        EXAMPLE.into(),
        lists.into(),
        b"peer: {tls: {enabled: \"yes\"}}".to_vec(),
    ]
}
