use bollard::models::{HostConfig, HostConfigLogConfig};
use std::collections::{BTreeMap, HashMap};

/// `vm.docker.hostConfig`: what a chaincode's container may use.
///
/// The defaults are tighter than Fabric's, which are the engine's: no capability, no new privileges, a root file system
/// that cannot be written where the chaincode can live with it, 2 GiB and 2048 processes. Whatever the configuration
/// says counts instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// Also of the network that an image build sees. `host`, `none`, `bridge`, or the name of a network.
    pub network_mode: String,
    /// IP addresses of name servers.
    pub dns: Vec<String>,
    pub dns_search: Vec<String>,
    /// `name:address`.
    pub extra_hosts: Vec<String>,
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    pub security_opt: Vec<String>,
    pub ipc_mode: String,
    pub pid_mode: String,
    pub uts_mode: String,
    /// `None`: for types `docker` and `golang`, whose chaincode is one program. npm and the JVM write where they are.
    pub readonly_rootfs: Option<bool>,
    pub log: Option<LogSettings>,
    /// Bytes; 0: no limit.
    pub memory: i64,
    /// Bytes; 0: the engine's default, -1: no limit.
    pub memory_swap: i64,
    /// 0 to 100. Fabric always sends a value; engines on cgroup v2 refuse or ignore it, so here it is sent if set.
    pub memory_swappiness: Option<i64>,
    pub oom_kill_disable: bool,
    pub cpu_shares: i64,
    pub cpu_period: i64,
    pub cpu_quota: i64,
    pub cpuset_cpus: String,
    pub cpuset_mems: String,
    pub cgroup_parent: String,
    /// 10 to 1000; 0: the engine's default.
    pub blkio_weight: u16,
    /// Processes and threads; 0: no limit. Fabric has no such key.
    pub pids_limit: i64,
}

/// `vm.docker.hostConfig.LogConfig`: what the engine does with the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    pub kind: String,
    pub options: BTreeMap<String, String>,
}

impl Default for HostSettings {
    fn default() -> Self {
        let sizes = [("max-size", "50m"), ("max-file", "5")];
        Self {
            network_mode: "host".to_owned(),
            dns: Vec::new(),
            dns_search: Vec::new(),
            extra_hosts: Vec::new(),
            cap_add: Vec::new(),
            cap_drop: vec!["ALL".to_owned()],
            security_opt: vec!["no-new-privileges".to_owned()],
            ipc_mode: String::new(),
            pid_mode: String::new(),
            uts_mode: String::new(),
            readonly_rootfs: None,
            log: Some(LogSettings {
                kind: "json-file".to_owned(),
                options: sizes.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            }),
            memory: 2 << 30,
            memory_swap: 0,
            memory_swappiness: None,
            oom_kill_disable: false,
            cpu_shares: 0,
            cpu_period: 0,
            cpu_quota: 0,
            cpuset_cpus: String::new(),
            cpuset_mems: String::new(),
            cgroup_parent: String::new(),
            blkio_weight: 0,
            pids_limit: 2048,
        }
    }
}

impl HostSettings {
    /// What the engine is told. `one_program`: the chaincode writes nowhere by itself.
    pub(super) fn to_engine(&self, one_program: bool) -> HostConfig {
        let readonly = self.readonly_rootfs.unwrap_or(one_program);
        HostConfig {
            network_mode: text(&self.network_mode),
            dns: list(&self.dns),
            dns_search: list(&self.dns_search),
            extra_hosts: list(&self.extra_hosts),
            cap_add: list(&self.cap_add),
            cap_drop: list(&self.cap_drop),
            security_opt: list(&self.security_opt),
            ipc_mode: text(&self.ipc_mode),
            pid_mode: text(&self.pid_mode),
            uts_mode: text(&self.uts_mode),
            readonly_rootfs: Some(readonly),
            // Programs expect a place for temporary files, even where the rest cannot be written.
            tmpfs: readonly
                .then(|| HashMap::from([("/tmp".to_owned(), "size=64m,mode=1777".to_owned())])),
            log_config: self.log.as_ref().map(LogSettings::to_engine),
            memory: number(self.memory),
            memory_swap: number(self.memory_swap),
            memory_swappiness: self.memory_swappiness,
            oom_kill_disable: self.oom_kill_disable.then_some(true),
            cpu_shares: number(self.cpu_shares),
            cpu_period: number(self.cpu_period),
            cpu_quota: number(self.cpu_quota),
            cpuset_cpus: text(&self.cpuset_cpus),
            cpuset_mems: text(&self.cpuset_mems),
            cgroup_parent: text(&self.cgroup_parent),
            blkio_weight: Some(self.blkio_weight).filter(|weight| *weight != 0),
            pids_limit: number(self.pids_limit),
            ..HostConfig::default()
        }
    }
}

impl LogSettings {
    fn to_engine(&self) -> HostConfigLogConfig {
        HostConfigLogConfig {
            typ: text(&self.kind),
            config: Some(self.options.clone().into_iter().collect()),
        }
    }
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

fn list(values: &[String]) -> Option<Vec<String>> {
    Some(values.to_vec()).filter(|values| !values.is_empty())
}

fn number(value: i64) -> Option<i64> {
    Some(value).filter(|value| *value != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_may_do_little_unless_told_otherwise() {
        let host = HostSettings::default().to_engine(true);
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(
            host.security_opt,
            Some(vec!["no-new-privileges".to_owned()])
        );
        assert_eq!(
            (host.readonly_rootfs, host.memory),
            (Some(true), Some(2 << 30))
        );
        assert!(host.tmpfs.unwrap().contains_key("/tmp"));
        assert_eq!(host.privileged, None);
        let node = HostSettings::default().to_engine(false);
        assert_eq!((node.readonly_rootfs, node.tmpfs), (Some(false), None));
        let open = HostSettings {
            readonly_rootfs: Some(false),
            cap_drop: Vec::new(),
            memory: 0,
            ..HostSettings::default()
        };
        let open = open.to_engine(true);
        assert_eq!(
            (open.readonly_rootfs, open.cap_drop, open.memory),
            (Some(false), None, None)
        );
    }
}
