//! Fabric's ways of making a program from a package: which image builds it, how, and how it is started. Fabric:
//! core/chaincode/platforms, core/container/dockercontroller/dockercontroller.go GetArgs.

use super::Images;

/// The languages whose chaincode Fabric builds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Golang,
    Node,
    Java,
}

/// What happens in the container that builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) image: String,
    /// For `/bin/sh -c`. The source is below `/chaincode/input`; what it leaves in `/chaincode/output` is the result.
    pub(super) script: String,
    pub(super) environment: Vec<String>,
}

impl Platform {
    /// By `metadata.json`'s `type`, without regard to case.
    pub(super) fn of(kind: &str) -> Option<Self> {
        match kind.to_uppercase().as_str() {
            "GOLANG" => Some(Self::Golang),
            "NODE" => Some(Self::Node),
            "JAVA" => Some(Self::Java),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Golang => "GOLANG",
            Self::Node => "NODE",
            Self::Java => "JAVA",
        }
    }

    /// One program that writes nowhere.
    pub(super) fn is_one_program(self) -> bool {
        matches!(self, Self::Golang)
    }

    /// Of the image that runs; `binpackage.tar` is what the build left.
    pub(super) fn dockerfile(self, images: &Images) -> String {
        let (base, target) = match self {
            Self::Golang => (&images.golang, "/usr/local/bin"),
            Self::Node => (&images.node, "/usr/local/src"),
            Self::Java => (&images.java, "/root/chaincode-java/chaincode"),
        };
        let base = images.expand(base);
        format!(
            "FROM {base}\nADD binpackage.tar {target}\n{}",
            tail(self.name(), images)
        )
    }

    /// # Errors
    /// When no image to build in is configured.
    pub(super) fn job(
        self,
        path: &str,
        images: &Images,
        go_environment: &[String],
    ) -> Result<Job, String> {
        let (image, script, environment) = match self {
            Self::Golang => (
                &images.builder,
                golang_script(path, images.golang_dynamic_link),
                go_environment.to_vec(),
            ),
            Self::Node => (&images.node, NODE_SCRIPT.to_owned(), Vec::new()),
            Self::Java => (&images.java, "./build.sh".to_owned(), Vec::new()),
        };
        let image = images.expand(image);
        if image.is_empty() {
            return Err(
                "No image provided and \"chaincode.builder\" default does not exist".to_owned(),
            );
        }
        Ok(Job {
            image,
            script,
            environment,
        })
    }

    /// The command of the container that runs.
    pub(super) fn arguments(self, peer_address: &str) -> Vec<String> {
        match self {
            Self::Golang => vec![
                "chaincode".to_owned(),
                format!("-peer.address={peer_address}"),
            ],
            Self::Java => ["/root/chaincode-java/start", "--peerAddress", peer_address]
                .map(str::to_owned)
                .into(),
            Self::Node => vec![
                "/bin/sh".to_owned(),
                "-c".to_owned(),
                node_start(peer_address),
            ],
        }
    }
}

/// Labels and variables at the end of every Dockerfile.
pub(super) fn tail(kind: &str, images: &Images) -> String {
    let release = &images.release;
    format!(
        "LABEL org.hyperledger.fabric.chaincode.type=\"{kind}\" \\\n      org.hyperledger.fabric.version=\"{release}\"\nENV CORE_CHAINCODE_BUILDLEVEL={release}"
    )
}

const NODE_SCRIPT: &str = "\
set -e
if [ -x /chaincode/build.sh ]; then
    /chaincode/build.sh
else
    cp -R /chaincode/input/src/. /chaincode/output && cd /chaincode/output && npm install --production
fi
";

/// The module is at the root of the source, or at the package's path below it; without one it is GOPATH's layout.
fn golang_script(path: &str, dynamic: bool) -> String {
    let flags = match dynamic {
        true => "",
        false => "-ldflags \"-linkmode external -extldflags '-static'\"",
    };
    let (input, output) = ("/chaincode/input", "/chaincode/output/chaincode");
    let path = quoted(path);
    format!(
        "\
set -e
if [ -f {input}/src/go.mod ]; then
    cd {input}/src; target={path}
elif [ -f {input}/src/{path}/go.mod ]; then
    cd {input}/src/{path}; target=.
else
    GO111MODULE=off GOPATH={input}:$GOPATH go build -v {flags} -o {output} {path}
    exit 0
fi
mode=readonly
if [ -d vendor ]; then mode=vendor; fi
GO111MODULE=on go build -v -mod=$mode {flags} -o {output} \"$target\"
"
    )
}

fn node_start(peer_address: &str) -> String {
    let address = quoted(peer_address);
    format!(
        "\
set -e
if [ -x /chaincode/start.sh ]; then
    /chaincode/start.sh --peer.address {address}
else
    cd /usr/local/src
    npm start -- --peer.address {address}
fi
"
    )
}

/// One word of a shell, whatever it holds: the path comes from a package.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@+~".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
#[path = "platform_tests.rs"]
mod tests;
