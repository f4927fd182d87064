use selvedge_interface::{Host, Response};
use selvedge_runtime::{
    BuildError, Builder, Call, Chaincode, ChaincodeMetrics, DbArtifact, ExecuteError, Package,
    PackageId, Workers,
};
use std::sync::Arc;
use std::time::Instant;

/// A builder whose chaincode runs in this process, counted: getting it ready is its launch, and its time-outs are told.
pub(super) struct Metered {
    inner: Arc<dyn Builder>,
    metrics: Arc<dyn ChaincodeMetrics>,
}

impl Metered {
    pub(super) fn new(inner: Arc<dyn Builder>, metrics: Arc<dyn ChaincodeMetrics>) -> Self {
        Self { inner, metrics }
    }

    /// What is left to another builder is nothing to count.
    fn measured(&self, package: &Package, build: impl FnOnce() -> Claimed) -> Claimed {
        let (id, started) = (package.id.as_str(), Instant::now());
        let claimed = build();
        if !matches!(claimed, Ok(None)) {
            self.metrics
                .launched(id, claimed.is_ok(), started.elapsed());
        }
        if claimed.is_err() {
            self.metrics.launch_failed(id);
        }
        let counted = |inner| {
            Arc::new(Counted {
                inner,
                id: id.to_owned(),
                metrics: Arc::clone(&self.metrics),
            }) as Arc<dyn Chaincode>
        };
        claimed.map(|chaincode| chaincode.map(counted))
    }
}

type Claimed = Result<Option<Arc<dyn Chaincode>>, BuildError>;

impl Builder for Metered {
    fn kind(&self) -> &str {
        self.inner.kind()
    }

    fn workers(&self) -> Option<&Workers> {
        self.inner.workers()
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let built = self.measured(package, || self.inner.build(package).map(Some))?;
        built.ok_or_else(|| BuildError::Interrupted(package.id.clone()))
    }

    fn released(&self, id: &PackageId) -> Result<Option<Vec<DbArtifact>>, String> {
        self.inner.released(id)
    }

    fn claim(&self, package: &Package) -> Result<Option<Arc<dyn Chaincode>>, BuildError> {
        self.measured(package, || self.inner.claim(package))
    }
}

struct Counted {
    inner: Arc<dyn Chaincode>,
    id: String,
    metrics: Arc<dyn ChaincodeMetrics>,
}

impl Chaincode for Counted {
    fn execute(&self, call: Call<'_>, host: Box<dyn Host>) -> Result<Response, ExecuteError> {
        let outcome = self.inner.execute(call, host);
        if outcome == Err(ExecuteError::Timeout) {
            self.metrics.execute_timed_out(&self.id);
        }
        outcome
    }

    fn is_there(&self) -> bool {
        self.inner.is_there()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use selvedge_runtime::PackageSource;
    use std::collections::BTreeMap;
    use std::time::Duration;

    #[derive(Debug, Default)]
    struct Launches(Mutex<Vec<(String, bool)>>);

    impl ChaincodeMetrics for Launches {
        fn launched(&self, chaincode: &str, success: bool, _: Duration) {
            self.0.lock().push((chaincode.to_owned(), success));
        }

        fn launch_failed(&self, chaincode: &str) {
            self.0.lock().push((format!("{chaincode} failed"), false));
        }
    }

    /// Takes what is of its type and fails.
    struct Broken;

    impl Builder for Broken {
        fn kind(&self) -> &str {
            "broken"
        }

        fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
            Err(BuildError::Interrupted(package.id.clone()))
        }
    }

    fn package(kind: &str) -> Package {
        let source = PackageSource {
            label: "l".to_owned(),
            kind: kind.to_owned(),
            path: String::new(),
            files: BTreeMap::new(),
        };
        Package::parse(&source.write().unwrap()).unwrap()
    }

    #[test]
    fn what_a_builder_takes_is_counted_and_what_it_leaves_is_not() {
        let launches = Arc::<Launches>::default();
        let metered = Metered::new(Arc::new(Broken), Arc::clone(&launches) as _);
        assert!(matches!(metered.claim(&package("other")), Ok(None)));
        let taken = package("broken");
        assert!(metered.claim(&taken).is_err());
        let id = taken.id.to_string();
        let expected = [(id.clone(), false), (format!("{id} failed"), false)];
        assert_eq!(*launches.0.lock(), expected);
    }
}
