use super::host::HostSettings;
use super::{EngineTls, Owner};
use std::path::PathBuf;

/// What a peer has to know to run chaincode in containers: the keys `vm.*`, and those of `chaincode.*` that name images.
#[derive(Clone, Debug)]
pub struct DockerSettings {
    /// `vm.endpoint`: `unix://<path>`, or `tcp://` or `http://` and `host:port`.
    pub endpoint: String,
    /// `vm.docker.tls`, where it is enabled; the endpoint is then `tcp://` or `https://`.
    pub tls: Option<EngineTls>,
    pub owner: Owner,
    /// The peer's directory, `peer.fileSystemPath`. With the owner's names it marks the containers that are this peer's:
    /// peers of one name are not rare where names have defaults.
    pub home: PathBuf,
    pub images: Images,
    pub host: HostSettings,
    /// `vm.docker.attachStdout`: what chaincode prints goes to the peer's log. Without it, it stays with the engine.
    pub attach_output: bool,
    /// Variables of the container in which Go chaincode is built, `NAME=value`: `GOPROXY` and `GOSUMDB` of the peer.
    pub go_environment: Vec<String>,
}

/// The images of Fabric's platforms, as the configuration names them: `$(DOCKER_NS)/fabric-ccenv:$(TWO_DIGIT_VERSION)`.
#[derive(Clone, Debug)]
pub struct Images {
    /// The Fabric release that the names and the labels speak of, such as `3.1.5`.
    pub release: String,
    /// `chaincode.builder`; builds Go chaincode.
    pub builder: String,
    /// `chaincode.pull`: look for a newer base image at every build.
    pub pull: bool,
    /// `chaincode.golang.runtime`.
    pub golang: String,
    /// `chaincode.golang.dynamicLink`.
    pub golang_dynamic_link: bool,
    /// `chaincode.node.runtime`; builds and runs.
    pub node: String,
    /// `chaincode.java.runtime`; builds and runs.
    pub java: String,
}

impl Images {
    /// Fabric's images for a release, as its sample configuration has them.
    pub fn of_release(release: impl Into<String>) -> Self {
        Self {
            release: release.into(),
            builder: "$(DOCKER_NS)/fabric-ccenv:$(TWO_DIGIT_VERSION)".to_owned(),
            pull: false,
            golang: "$(DOCKER_NS)/fabric-baseos:$(TWO_DIGIT_VERSION)".to_owned(),
            golang_dynamic_link: false,
            node: "$(DOCKER_NS)/fabric-nodeenv:2.5".to_owned(),
            java: "$(DOCKER_NS)/fabric-javaenv:2.5".to_owned(),
        }
    }

    /// Fills a template in. Fabric: core/chaincode/platforms/util/utils.go GetDockerImageFromConfig.
    pub(super) fn expand(&self, template: &str) -> String {
        let release = self.release.as_str();
        let short = release.strip_prefix('v').unwrap_or(release);
        let short = short.rsplit_once('.').map_or(short, |(short, _)| short);
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        template
            .replace("$(ARCH)", architecture)
            .replace("$(PROJECT_VERSION)", release)
            .replace("$(TWO_DIGIT_VERSION)", short)
            .replace("$(DOCKER_NS)", "hyperledger")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_in() {
        let images = Images::of_release("3.1.5");
        let builder = images.expand(&images.builder);
        assert_eq!(builder, "hyperledger/fabric-ccenv:3.1");
        assert_eq!(images.expand("x:$(PROJECT_VERSION)"), "x:3.1.5");
        assert!(!images.expand("x:$(ARCH)").contains('$'));
        assert_eq!(
            Images::of_release("v2.0.1").expand("$(TWO_DIGIT_VERSION)"),
            "2.0"
        );
        assert_eq!(
            Images::of_release("latest").expand("$(TWO_DIGIT_VERSION)"),
            "latest"
        );
    }
}
