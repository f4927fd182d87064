use selvedge_runtime::{Package, PackageSource};
use selvedge_stream::external::{ExternalBuilder, ExternalBuilders, ExternalSettings};
use selvedge_stream::launch::{Introduction, Launcher, Logging};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// A peer's directories, and builders in them.
pub(crate) struct Bench {
    pub(crate) root: tempfile::TempDir,
    pub(crate) runtime: Runtime,
    builders: Vec<ExternalBuilder>,
    environment: BTreeMap<OsString, OsString>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("scratch")).unwrap();
        let path = std::env::var_os("PATH").unwrap();
        Self {
            root,
            runtime: Runtime::new().unwrap(),
            builders: Vec::new(),
            environment: BTreeMap::from([("PATH".into(), path)]),
        }
    }

    /// A variable of the peer.
    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        self.environment.insert(name.into(), value.into());
    }

    /// A builder of these scripts, each given as command and body.
    pub(crate) fn builder(&mut self, name: &str, propagate: &[&str], scripts: &[(&str, &str)]) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.join("bin")).unwrap();
        for (command, body) in scripts {
            let text = path.join(command);
            fs::write(&text, format!("#!/bin/sh\n{body}\n")).unwrap();
            // A program that another thread's child still has open for writing cannot be run; so a child writes it.
            let installed = std::process::Command::new("install")
                .args(["-m", "755"])
                .args([&text, &path.join("bin").join(command)])
                .status();
            assert!(installed.unwrap().success());
        }
        self.builders.push(ExternalBuilder {
            name: name.to_owned(),
            path,
            propagate: propagate.iter().map(|name| (*name).to_owned()).collect(),
        });
    }

    /// A builder that is there already.
    pub(crate) fn existing_builder(&mut self, name: &str, path: &Path, propagate: &[&str]) {
        self.builders.push(ExternalBuilder {
            name: name.to_owned(),
            path: path.to_owned(),
            propagate: propagate.iter().map(|name| (*name).to_owned()).collect(),
        });
    }

    pub(crate) fn forget_builders(&mut self) {
        self.builders.clear();
    }

    pub(crate) fn durable(&self) -> PathBuf {
        self.root.path().join("externalbuilder/builds")
    }

    /// A place for what scripts write.
    pub(crate) fn file(&self, name: &str) -> String {
        self.root.path().join(name).display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root.path().join(name)).unwrap()
    }

    /// As if the peer had just been started.
    pub(crate) fn started(&self) -> ExternalBuilders {
        let handle = self.runtime.handle().clone();
        let support = ChaincodeSupport::new(SupportOptions::new("a:1", "Org1MSP"), handle);
        let settings = ExternalSettings {
            builders: self.builders.clone(),
            durable: self.durable(),
            scratch: self.root.path().join("scratch"),
            environment: self.environment.clone(),
        };
        ExternalBuilders::new(settings, support).unwrap()
    }

    pub(crate) fn build(&self, package: &Package) -> Result<Option<Arc<dyn Launcher>>, String> {
        let built = self.started().launcher(package);
        assert_eq!(
            names(&self.root.path().join("scratch")),
            [""; 0],
            "nothing temporary is left"
        );
        built.map_err(|error| error.to_string())
    }
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

pub(crate) fn package(kind: &str) -> Package {
    let files = [
        ("src/main.x", "code"),
        ("META-INF/statedb/couchdb/indexes/a.json", "{}"),
    ];
    let source = PackageSource {
        label: "cc_1".into(),
        kind: kind.to_owned(),
        path: "some/where".into(),
        files: files
            .map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()))
            .into(),
    };
    Package::parse(&source.write().unwrap()).unwrap()
}

/// The folder of a package below the durable directory.
pub(crate) fn folder(package: &Package) -> String {
    package.id.as_str().replace(':', "-")
}

pub(crate) fn introduction(package: &Package) -> Introduction {
    Introduction {
        chaincode_id: package.id.to_string(),
        peer_address: "peer0:7052".into(),
        msp_id: "Org1MSP".into(),
        tls: None,
        logging: Logging::default(),
    }
}
