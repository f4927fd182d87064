//! `vm` of `core.yaml`, and the images in `chaincode`. Fabric: core/peer/config.go load, internal/peer/node/start.go
//! getDockerHostConfig.

use super::NodeConfigError;
use crate::cli::CoreConfig;
use crate::operations::FABRIC_RELEASE;
use selvedge_stream::docker::{
    DockerSettings, EngineTls, HostSettings, Images, LogSettings, Owner,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

const PREFIX: &str = "vm.docker.hostConfig.";

/// `None`: `vm.endpoint` is not set, and no chaincode runs in containers.
pub(super) fn read(
    core: &CoreConfig,
    owner: Owner,
    home: &Path,
) -> Result<Option<DockerSettings>, NodeConfigError> {
    let Some(endpoint) = core.text("vm.endpoint") else {
        return Ok(None);
    };
    let attach_output = match core.text("vm.docker.attachStdout") {
        None => true,
        Some(_) => core.flag("vm.docker.attachStdout")?,
    };
    Ok(Some(DockerSettings {
        endpoint,
        tls: tls(core)?,
        owner,
        home: home.to_owned(),
        images: images(core)?,
        host: host(core)?,
        attach_output,
        go_environment: go_environment(core),
    }))
}

/// Fabric: internal/peer/node/start.go createDockerClient.
fn tls(core: &CoreConfig) -> Result<Option<EngineTls>, NodeConfigError> {
    if !core.flag("vm.docker.tls.enabled")? {
        return Ok(None);
    }
    let file = |which: &str| {
        let key = format!("vm.docker.tls.{which}.file");
        let path = core.path(&key);
        path.map(|path| super::read(&key, &path)).transpose()
    };
    let client = match (file("cert")?, file("key")?) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err(NodeConfigError::DockerPair),
    };
    let roots = file("ca")?.ok_or(NodeConfigError::DockerRoots)?;
    Ok(Some(EngineTls { roots, client }))
}

fn images(core: &CoreConfig) -> Result<Images, NodeConfigError> {
    let defaults = Images::of_release(FABRIC_RELEASE.trim_start_matches('v'));
    let image = |key: &str, default: String| core.string(key).unwrap_or(default);
    Ok(Images {
        builder: image("chaincode.builder", defaults.builder),
        pull: core.flag("chaincode.pull")?,
        golang: image("chaincode.golang.runtime", defaults.golang),
        golang_dynamic_link: core.flag("chaincode.golang.dynamicLink")?,
        node: image("chaincode.node.runtime", defaults.node),
        java: image("chaincode.java.runtime", defaults.java),
        release: defaults.release,
    })
}

/// What Go's build sees of this process. Fabric: core/chaincode/platforms/golang/platform.go DockerBuildOptions.
fn go_environment(core: &CoreConfig) -> Vec<String> {
    let proxy = core
        .variable("GOPROXY")
        .unwrap_or("https://proxy.golang.org");
    let sums = core.variable("GOSUMDB");
    let sums = sums.map(|sums| format!("GOSUMDB={sums}"));
    std::iter::once(format!("GOPROXY={proxy}"))
        .chain(sums)
        .collect()
}

fn host(core: &CoreConfig) -> Result<HostSettings, NodeConfigError> {
    let defaults = HostSettings::default();
    let key = |name: &str| format!("{PREFIX}{name}");
    let text = |name: &str| core.text(&key(name)).unwrap_or_default();
    let list = |name: &str| core.list(&key(name));
    // A list that is there counts, even if it is empty.
    let given = |name: &str, default: Vec<String>| match core.yaml(&key(name)) {
        Ok(serde_yaml_ng::Value::Null) => default,
        _ => list(name),
    };
    let number = |name: &str, default: i64| whole(core, &key(name)).map(|n| n.unwrap_or(default));
    Ok(HostSettings {
        network_mode: core
            .text(&key("NetworkMode"))
            .unwrap_or(defaults.network_mode),
        dns: addresses(core, &key("Dns"))?,
        dns_search: list("DnsSearch"),
        extra_hosts: list("ExtraHosts"),
        cap_add: list("CapAdd"),
        cap_drop: given("CapDrop", defaults.cap_drop),
        security_opt: given("SecurityOpt", defaults.security_opt),
        ipc_mode: text("IpcMode"),
        pid_mode: text("PidMode"),
        uts_mode: text("UTSMode"),
        readonly_rootfs: switch(core, &key("ReadonlyRootfs"))?,
        log: log(core, &key("LogConfig"))?.or(defaults.log),
        memory: number("Memory", defaults.memory)?,
        memory_swap: number("MemorySwap", defaults.memory_swap)?,
        memory_swappiness: whole(core, &key("MemorySwappiness"))?,
        oom_kill_disable: core.flag(&key("OomKillDisable"))?,
        cpu_shares: number("CpuShares", defaults.cpu_shares)?,
        cpu_period: number("CpuPeriod", defaults.cpu_period)?,
        cpu_quota: number("CpuQuota", defaults.cpu_quota)?,
        cpuset_cpus: text("CpusetCPUs"),
        cpuset_mems: text("CpusetMEMs"),
        cgroup_parent: text("CgroupParent"),
        blkio_weight: weight(core, &key("BlkioWeight"))?,
        pids_limit: number("PidsLimit", defaults.pids_limit)?,
    })
}

fn switch(core: &CoreConfig, key: &str) -> Result<Option<bool>, NodeConfigError> {
    match core.text(key) {
        None => Ok(None),
        Some(_) => Ok(Some(core.flag(key)?)),
    }
}

fn whole(core: &CoreConfig, key: &str) -> Result<Option<i64>, NodeConfigError> {
    let Some(text) = core.text(key) else {
        return Ok(None);
    };
    let number = text.parse();
    let number = number.map_err(|_| core.wrong(key, format!("'{text}' is no whole number")))?;
    Ok(Some(number))
}

fn weight(core: &CoreConfig, key: &str) -> Result<u16, NodeConfigError> {
    let given = whole(core, key)?.unwrap_or_default();
    match u16::try_from(given) {
        Ok(weight) if weight == 0 || (10..=1000).contains(&weight) => Ok(weight),
        _ => Err(core
            .wrong(key, format!("'{given}' is not in 10 to 1000"))
            .into()),
    }
}

/// Fabric's peer panics at anything but an address.
fn addresses(core: &CoreConfig, key: &str) -> Result<Vec<String>, NodeConfigError> {
    let given = core.list(key);
    match given.iter().find(|text| text.parse::<IpAddr>().is_err()) {
        Some(text) => Err(core.wrong(key, format!("'{text}' is no IP address")).into()),
        None => Ok(given),
    }
}

#[derive(Deserialize)]
struct Log {
    #[serde(rename = "Type", alias = "type", default)]
    kind: String,
    #[serde(rename = "Config", alias = "config", default)]
    options: BTreeMap<String, serde_yaml_ng::Value>,
}

fn log(core: &CoreConfig, key: &str) -> Result<Option<LogSettings>, NodeConfigError> {
    let log: Option<Log> = serde_yaml_ng::from_value(core.yaml(key)?)
        .map_err(|error| core.wrong(key, format!("is no Type and Config: {error}")))?;
    let text = |value: serde_yaml_ng::Value| match value {
        serde_yaml_ng::Value::String(text) => text,
        other => serde_yaml_ng::to_string(&other)
            .unwrap_or_default()
            .trim()
            .to_owned(),
    };
    Ok(log.map(|log| LogSettings {
        kind: log.kind,
        options: log
            .options
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(yaml: &str, variables: &[(&str, &str)]) -> Result<Option<DockerSettings>, String> {
        let (_dir, config) = CoreConfig::of(yaml, variables);
        read(&config, Owner::default(), Path::new("/var/peer")).map_err(|error| error.to_string())
    }

    /// As Fabric's sample configuration has it.
    const SAMPLE: &str = "vm:\n  endpoint: unix:///var/run/docker.sock\n  docker:\n    tls: {enabled: false}\n    attachStdout: false\n    hostConfig:\n      NetworkMode: host\n      Dns:\n      LogConfig:\n        Type: json-file\n        Config: {max-size: \"50m\", max-file: 5}\n      Memory: 2147483648\n";

    #[test]
    fn without_an_endpoint_there_is_no_docker() {
        assert!(settings("peer: {}\n", &[]).unwrap().is_none());
        assert!(
            settings(SAMPLE, &[("CORE_VM_ENDPOINT", "")])
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn fabrics_sample_is_understood() {
        let read = settings(SAMPLE, &[("GOSUMDB", "off")]).unwrap().unwrap();
        assert_eq!(read.endpoint, "unix:///var/run/docker.sock");
        assert!(!read.attach_output);
        assert_eq!(read.host, HostSettings::default());
        assert_eq!(
            read.go_environment,
            ["GOPROXY=https://proxy.golang.org", "GOSUMDB=off"]
        );
        assert_eq!(read.images.release, "3.1.5");
        let only_endpoint = settings("vm: {endpoint: 'tcp://e:1'}\n", &[])
            .unwrap()
            .unwrap();
        assert_eq!(
            (only_endpoint.host, only_endpoint.attach_output),
            (HostSettings::default(), true)
        );
    }

    #[test]
    fn whatever_is_set_counts() {
        let yaml = "vm:\n  endpoint: tcp://e:1\n  docker:\n    hostConfig:\n      CapDrop: []\n      CapAdd: [NET_BIND_SERVICE]\n      Dns: [10.0.0.2]\n      ReadonlyRootfs: false\n      MemorySwappiness: 0\n      PidsLimit: 7\nchaincode:\n  builder: my/ccenv\n  golang: {dynamicLink: true}\n";
        let variables = [("CORE_VM_DOCKER_HOSTCONFIG_NETWORKMODE", "fabric_test")];
        let read = settings(yaml, &variables).unwrap().unwrap();
        let expected = HostSettings {
            network_mode: "fabric_test".into(),
            cap_drop: Vec::new(),
            cap_add: vec!["NET_BIND_SERVICE".into()],
            dns: vec!["10.0.0.2".into()],
            readonly_rootfs: Some(false),
            memory_swappiness: Some(0),
            pids_limit: 7,
            ..HostSettings::default()
        };
        assert_eq!(read.host, expected);
        assert_eq!(
            (
                read.images.builder.as_str(),
                read.images.golang_dynamic_link
            ),
            ("my/ccenv", true)
        );
    }

    #[test]
    fn bad_values_are_named() {
        let wrong = |name: &str, value: &str| {
            let variable = format!("CORE_VM_DOCKER_HOSTCONFIG_{name}");
            settings("vm: {endpoint: 'tcp://e:1'}\n", &[(&variable, value)]).unwrap_err()
        };
        assert!(wrong("MEMORY", "2g").ends_with("'2g' is no whole number"));
        assert!(wrong("DNS", "dns.example").ends_with("'dns.example' is no IP address"));
        assert!(wrong("BLKIOWEIGHT", "5").ends_with("'5' is not in 10 to 1000"));
        assert!(wrong("LOGCONFIG", "[1]").contains("(key vm.docker.hostConfig.LogConfig)"));
    }

    #[test]
    fn the_files_of_tls_with_an_engine_are_read() {
        let yaml = "vm:\n  endpoint: tcp://e:1\n  docker:\n    tls: {enabled: true, ca: {file: core.yaml}, cert: {file: core.yaml}, key: {file: core.yaml}}\n";
        let tls = settings(yaml, &[]).unwrap().unwrap().tls.unwrap();
        let file = yaml.as_bytes().to_vec();
        assert_eq!(tls.roots, file);
        assert_eq!(tls.client, Some((file.clone(), file)));
        let without = |key: &str| {
            let variable = format!("CORE_VM_DOCKER_TLS_{key}_FILE");
            settings(yaml, &[(&variable, "")])
        };
        let text =
            "vm.docker.tls.cert.file and vm.docker.tls.key.file must be set together or not at all";
        assert_eq!(without("CERT").unwrap_err(), text);
        assert_eq!(without("KEY").unwrap_err(), text);
        let text = "vm.docker.tls.enabled is true and vm.docker.tls.ca.file is not set";
        assert_eq!(without("CA").unwrap_err(), text);
        let gone = [("CORE_VM_DOCKER_TLS_CA_FILE", "/nowhere/ca.crt")];
        assert_eq!(
            settings(yaml, &gone).unwrap_err(),
            "vm.docker.tls.ca.file: reading /nowhere/ca.crt"
        );
        let off = [("CORE_VM_DOCKER_TLS_ENABLED", "false")];
        assert!(settings(yaml, &off).unwrap().unwrap().tls.is_none());
    }
}
