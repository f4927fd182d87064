use crate::{
    Chaincode, DbArtifact, FileError, InvalidLabel, Label, Package, PackageError, PackageId,
    PackageStore, StoreError, StoredPackageError, Workers,
};
use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::sync::Arc;
use thiserror::Error;

/// Makes chaincode runnable: that of one package type, or whatever it recognises.
pub trait Builder: Send + Sync {
    /// `metadata.json`'s `type` in lower case; for a builder that overrides [`Builder::claim`], a name for the log.
    fn kind(&self) -> &str;

    /// May take long. Called once for a package, except after a failure.
    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError>;

    /// Threads on which its chaincode runs without being handed over, if there are any such.
    fn workers(&self) -> Option<&Workers> {
        None
    }

    /// Index definitions that a build has left of a package, which then count instead of those in it; `None` if this
    /// builder has left nothing. The error is a text for the log.
    ///
    /// Fabric: core/container/externalbuilder/metadataprovider.go.
    fn released(&self, _id: &PackageId) -> Result<Option<Vec<DbArtifact>>, String> {
        Ok(None)
    }

    /// Builds the package if it is one for this builder; `None` leaves it to the next one. Builders are asked in order.
    ///
    /// An error ends the search: a builder that took a package and failed does not hand it on.
    fn claim(&self, package: &Package) -> Result<Option<Arc<dyn Chaincode>>, BuildError> {
        match package.metadata.kind.to_lowercase() == self.kind() {
            true => self.build(package).map(Some),
            false => Ok(None),
        }
    }
}

/// Chaincode that is there without having been built.
pub trait Present: Send + Sync {
    /// Asked before any installed package is looked for.
    fn present(&self, id: &PackageId) -> Option<Arc<dyn Chaincode>>;
}

/// Why a package cannot run. Cached until the package is installed again, so it is cheap to clone.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The stored file is broken or gone. Fabric: core/container/container.go Router.Build.
    #[error("failed to get chaincode package for external build: {cause}")]
    Package { id: PackageId, cause: String },
    /// Fabric's answer where nothing claims a package. Fabric: core/container/container.go Router.Build.
    #[error("docker build failed: docker build is disabled")]
    NoBuilder { kind: String },
    /// An external builder took the package and failed, or its earlier result is unusable. Fabric: as above.
    #[error("external builder failed: {0}")]
    External(String),
    /// The package is not what its type promises.
    #[error("{kind} build failed: {cause}")]
    Rejected { kind: &'static str, cause: String },
    /// The build ended without a result.
    #[error("the build of '{0}' was interrupted")]
    Interrupted(PackageId),
}

/// Why an install failed. Fabric: core/chaincode/lifecycle/lifecycle.go InstallChaincode.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InstallError {
    #[error("could not parse as a chaincode install package: {0}")]
    Parse(#[from] PackageError),
    #[error("could not save cc install package: {0}")]
    Save(#[from] StoreError),
    #[error("chaincode already successfully installed (package ID '{0}')")]
    AlreadyInstalled(PackageId),
    #[error("could not build chaincode: {0}")]
    Build(#[from] BuildError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub id: PackageId,
    pub label: Label,
}

/// Every package this peer can run, each built once.
///
/// Whoever asks first for a package builds it; everyone else waits for that one result, good or bad. A failure stays
/// until the package is installed again or the process ends. Fabric: core/container/build_registry.go.
pub struct Runtimes {
    store: PackageStore,
    others: Option<Arc<dyn OtherPackages>>,
    builders: Vec<Arc<dyn Builder>>,
    present: Option<Arc<dyn Present>>,
    builds: Mutex<HashMap<PackageId, Arc<Build>>>,
    /// One install of a package at a time.
    installing: Mutex<HashMap<PackageId, Arc<Mutex<()>>>>,
}

/// Where packages are that the store does not have.
pub trait OtherPackages: Send + Sync {
    /// The package of this ID, or Fabric's text for why there is none.
    fn load(&self, id: &PackageId) -> Result<Package, String>;
}

type Outcome = Result<Arc<dyn Chaincode>, BuildError>;

#[derive(Default)]
struct Build {
    outcome: Mutex<Option<Outcome>>,
    done: Condvar,
}

impl Build {
    fn wait(&self) -> Outcome {
        if let Some(result) = self.outcome.lock().as_ref() {
            return result.clone();
        }
        Workers::waiting(|| {
            let mut outcome = self.outcome.lock();
            loop {
                match outcome.as_ref() {
                    Some(result) => return result.clone(),
                    None => self.done.wait(&mut outcome),
                }
            }
        })
    }

    fn publish(&self, result: Outcome) {
        self.outcome.lock().get_or_insert(result);
        self.done.notify_all();
    }
}

/// Publishes a failure if the builder unwinds, so that nobody waits for ever.
struct Publisher<'a> {
    build: &'a Build,
    id: &'a PackageId,
}

impl Drop for Publisher<'_> {
    fn drop(&mut self) {
        self.build
            .publish(Err(BuildError::Interrupted(self.id.clone())));
    }
}

impl Runtimes {
    pub fn new(store: PackageStore, builders: Vec<Arc<dyn Builder>>) -> Self {
        Self {
            store,
            others: None,
            builders,
            present: None,
            builds: Mutex::default(),
            installing: Mutex::default(),
        }
    }

    /// In development mode a chaincode that has registered comes before every package.
    #[must_use]
    pub fn with_present(self, present: Arc<dyn Present>) -> Self {
        Self {
            present: Some(present),
            ..self
        }
    }

    /// What is not in the store is looked for there.
    #[must_use]
    pub fn with_others(self, others: Arc<dyn OtherPackages>) -> Self {
        Self {
            others: Some(others),
            ..self
        }
    }

    /// The index definitions of a package, as whoever built it left them.
    pub fn db_artifacts(&self, package: &Package) -> Vec<DbArtifact> {
        for builder in &self.builders {
            match builder.released(&package.id) {
                Ok(Some(artifacts)) => return artifacts,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(package = %package.id, error, "reading what a builder released")
                }
            }
        }
        package.db_artifacts.clone()
    }

    /// Threads on which chaincode of some kind runs without being handed over.
    pub fn workers(&self) -> Option<&Workers> {
        self.builders.iter().find_map(|builder| builder.workers())
    }

    /// The packages on disk.
    pub fn store(&self) -> &PackageStore {
        &self.store
    }

    /// Parses, stores and builds a package. One whose build fails is not kept on disk; one that was built before is
    /// refused.
    pub fn install(&self, package: &[u8]) -> Result<Installed, InstallError> {
        let package_bytes = package;
        let package = Package::parse(package_bytes)?;
        let id = self.store.save(&package.label, package_bytes)?;
        let lock = Arc::clone(self.installing.lock().entry(id.clone()).or_default());
        let _one_at_a_time = lock.lock();
        let (build, ours) = self.claim(&id);
        let build = match ours {
            true => build,
            false if build.wait().is_ok() => return Err(InstallError::AlreadyInstalled(id)),
            false => self.reset(&id),
        };
        // A failed install before this one may have taken the file with it.
        self.store.save(&package.label, package_bytes)?;
        match self.run(&build, &id, || self.build(&package)) {
            Ok(_) => Ok(Installed {
                id,
                label: package.label,
            }),
            Err(error) => {
                if let Err(error) = self.store.delete(&id) {
                    tracing::error!(package = %id, %error, "a package that cannot be built stays on disk");
                }
                Err(error.into())
            }
        }
    }

    /// The chaincode of an installed package; builds it, or waits for its build, if need be.
    pub fn get(&self, id: &PackageId) -> Result<Arc<dyn Chaincode>, BuildError> {
        let present = self.present.as_ref();
        if let Some(chaincode) = present.and_then(|present| present.present(id)) {
            return Ok(chaincode);
        }
        if let Some(build) = self.known(id) {
            let outcome = build.wait();
            if outcome
                .as_ref()
                .is_ok_and(|chaincode| !chaincode.is_there())
            {
                self.forget(id, &build);
            } else {
                return outcome;
            }
        }
        // An ID that names no package is not remembered: the ledger can name any number of them.
        let package = self.load(id)?;
        let (build, ours) = self.claim(id);
        if ours {
            self.run(&build, id, || self.build(&package))
        } else {
            build.wait()
        }
    }

    /// As [`Runtimes::get`] for a package that has just been put where `with_others` looks: an earlier failure does not
    /// count.
    pub fn rebuild(&self, id: &PackageId) -> Result<Arc<dyn Chaincode>, BuildError> {
        let package = self.load(id)?;
        let (build, ours) = self.claim(id);
        let build = match ours {
            true => build,
            false if build.wait().is_ok() => return build.wait(),
            false => self.reset(id),
        };
        self.run(&build, id, || self.build(&package))
    }

    /// Starts building whatever is on disk, on a thread of its own that ends with the last other holder.
    ///
    /// Fabric: core/chaincode/lifecycle/custodian.go.
    ///
    /// # Errors
    /// When the packages cannot be listed. Without a thread to be had, packages are built by their first call.
    pub fn build_in_background(self: &Arc<Self>) -> Result<(), StoreError> {
        let packages = self.store.list()?;
        let runtimes = Arc::downgrade(self);
        let work = move || {
            for package in packages {
                let Some(runtimes) = runtimes.upgrade() else {
                    return;
                };
                runtimes.build_logged(&package.id);
            }
        };
        let builder = std::thread::Builder::new().name("build-packages".to_owned());
        if let Err(error) = builder.spawn(work) {
            tracing::warn!(%error, "packages are built by their first call");
        }
        Ok(())
    }

    fn build_logged(&self, id: &PackageId) {
        if let Err(error) = self.get(id) {
            tracing::error!(package = %id, %error, "an installed package cannot be built");
        }
    }

    /// Builds whatever is on disk and not built yet, one after the other. Failures are logged and remembered.
    pub fn build_all(&self) -> Result<(), StoreError> {
        for package in self.store.list()? {
            self.build_logged(&package.id);
        }
        Ok(())
    }

    fn known(&self, id: &PackageId) -> Option<Arc<Build>> {
        self.builds.lock().get(id).cloned()
    }

    /// The build of `id`, and whether the caller must do it.
    fn claim(&self, id: &PackageId) -> (Arc<Build>, bool) {
        let mut builds = self.builds.lock();
        match builds.get(id) {
            Some(build) => (Arc::clone(build), false),
            None => {
                let build = Arc::<Build>::default();
                builds.insert(id.clone(), Arc::clone(&build));
                (build, true)
            }
        }
    }

    /// Forgets a build unless another one has taken its place.
    fn forget(&self, id: &PackageId, build: &Arc<Build>) {
        let mut builds = self.builds.lock();
        if builds
            .get(id)
            .is_some_and(|found| Arc::ptr_eq(found, build))
        {
            builds.remove(id);
        }
    }

    fn reset(&self, id: &PackageId) -> Arc<Build> {
        let build = Arc::<Build>::default();
        self.builds.lock().insert(id.clone(), Arc::clone(&build));
        build
    }

    fn run(&self, build: &Build, id: &PackageId, work: impl FnOnce() -> Outcome) -> Outcome {
        let publisher = Publisher { build, id };
        let outcome = Workers::waiting(work);
        build.publish(outcome.clone());
        drop(publisher);
        outcome
    }

    /// Fabric: core/chaincode/persistence/chaincode_package.go, GetChaincodePackage.
    fn load(&self, id: &PackageId) -> Result<Package, BuildError> {
        let broken = |cause: String| BuildError::Package {
            id: id.clone(),
            cause,
        };
        match (self.store.load(id), &self.others) {
            (Ok(bytes), _) => Package::stored(id, &bytes).map_err(|e| broken(e.to_string())),
            (Err(StoreError::NotFound(_)), Some(others)) => others.load(id).map_err(broken),
            (Err(StoreError::Read { path, cause }), _) => {
                let path = path.display().to_string();
                let cause = FileError::Open {
                    cause: format!("open {path}: {cause}"),
                    path,
                };
                let id = id.clone();
                Err(broken(
                    StoredPackageError::Metadata { id, cause }.to_string(),
                ))
            }
            (Err(error), _) => Err(broken(error.to_string())),
        }
    }

    fn build(&self, package: &Package) -> Outcome {
        for builder in &self.builders {
            if let Some(chaincode) = builder.claim(package)? {
                return Ok(chaincode);
            }
        }
        let kind = package.metadata.kind.to_lowercase();
        Err(BuildError::NoBuilder { kind })
    }
}

impl From<InvalidLabel> for InstallError {
    fn from(label: InvalidLabel) -> Self {
        Self::Parse(label.into())
    }
}

#[cfg(test)]
#[path = "runtimes_tests.rs"]
mod tests;
