use super::*;
use crate::{Call, ExecuteError, PackageSource};
use selvedge_interface::{Host, Response};
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

struct Nothing;

impl Chaincode for Nothing {
    fn execute(&self, _call: Call<'_>, _host: Box<dyn Host>) -> Result<Response, ExecuteError> {
        Ok(Response::ok(""))
    }
}

#[derive(Default)]
struct Fake {
    builds: AtomicUsize,
    fails: AtomicBool,
    panics: AtomicBool,
}

impl Builder for Fake {
    fn kind(&self) -> &str {
        "fake"
    }

    fn build(&self, _package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        self.builds.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics.load(Ordering::SeqCst), "on purpose");
        std::thread::sleep(std::time::Duration::from_millis(20));
        match self.fails.load(Ordering::SeqCst) {
            true => Err(BuildError::Rejected {
                kind: "fake",
                cause: "no luck".to_owned(),
            }),
            false => Ok(Arc::new(Nothing)),
        }
    }
}

fn setup() -> (tempfile::TempDir, Arc<Fake>, Runtimes) {
    let dir = tempfile::tempdir().unwrap();
    let fake = Arc::<Fake>::default();
    let runtimes = Runtimes::new(
        PackageStore::open(dir.path()).unwrap(),
        vec![Arc::clone(&fake) as Arc<dyn Builder>],
    );
    (dir, fake, runtimes)
}

fn package(kind: &str) -> Vec<u8> {
    PackageSource {
        label: "l".into(),
        kind: kind.into(),
        path: String::new(),
        files: BTreeMap::new(),
    }
    .write()
    .unwrap()
}

#[test]
fn a_package_is_built_once_and_refused_the_second_time() {
    let (_dir, fake, runtimes) = setup();
    let installed = runtimes.install(&package("FAKE")).unwrap();
    assert_eq!(installed.label.as_str(), "l");
    runtimes.get(&installed.id).unwrap();
    let again = runtimes.install(&package("FAKE")).unwrap_err();
    assert_eq!(
        again.to_string(),
        format!(
            "chaincode already successfully installed (package ID '{}')",
            installed.id
        )
    );
    assert!(runtimes.store().load(&installed.id).is_ok());
    assert_eq!(fake.builds.load(Ordering::SeqCst), 1);
}

#[test]
fn a_failure_is_remembered_until_the_next_install() {
    let (_dir, fake, runtimes) = setup();
    fake.fails.store(true, Ordering::SeqCst);
    let error = runtimes.install(&package("fake")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not build chaincode: fake build failed: no luck"
    );
    assert!(runtimes.store().list().unwrap().is_empty());
    fake.fails.store(false, Ordering::SeqCst);
    let id = Package::parse(&package("fake")).unwrap().id;
    assert!(runtimes.get(&id).is_err());
    assert_eq!(fake.builds.load(Ordering::SeqCst), 1);
    assert_eq!(runtimes.install(&package("fake")).unwrap().id, id);
    assert!(runtimes.get(&id).is_ok());
}

/// Recognises packages by what they hold, as an external builder does.
struct ByLabel(&'static str, AtomicUsize);

impl Builder for ByLabel {
    fn kind(&self) -> &str {
        "by label"
    }

    fn build(&self, _package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(Nothing))
    }

    fn claim(&self, package: &Package) -> Result<Option<Arc<dyn Chaincode>>, BuildError> {
        match (package.label.as_str() == self.0, self.0) {
            (false, _) => Ok(None),
            (true, "broken") => Err(BuildError::External("on purpose".into())),
            (true, _) => self.build(package).map(Some),
        }
    }
}

/// Has released one definition of an index for one package.
struct Released(PackageId);

impl Builder for Released {
    fn kind(&self) -> &str {
        "released"
    }

    fn build(&self, _package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        Ok(Arc::new(Nothing))
    }

    fn released(&self, id: &PackageId) -> Result<Option<Vec<DbArtifact>>, String> {
        let artifact = || DbArtifact {
            name: "META-INF/statedb/couchdb/indexes/released.json".into(),
            content: "{}".into(),
        };
        Ok((*id == self.0).then(|| vec![artifact()]))
    }
}

#[test]
fn what_a_builder_released_counts_instead_of_what_is_in_the_package() {
    let dir = tempfile::tempdir().unwrap();
    let of = |label: &str| {
        let files = [(
            "META-INF/statedb/couchdb/indexes/packed.json".to_owned(),
            b"{}".to_vec(),
        )];
        let source = PackageSource {
            label: label.into(),
            kind: "fake".into(),
            path: String::new(),
            files: files.into(),
        };
        Package::parse(&source.write().unwrap()).unwrap()
    };
    let (ours, other) = (of("a"), of("b"));
    let runtimes = Runtimes::new(
        PackageStore::open(dir.path()).unwrap(),
        vec![Arc::<Fake>::default(), Arc::new(Released(ours.id.clone()))],
    );
    let names = |package| {
        let artifacts = runtimes.db_artifacts(package);
        artifacts.into_iter().map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&ours),
        ["META-INF/statedb/couchdb/indexes/released.json"]
    );
    assert_eq!(
        names(&other),
        ["META-INF/statedb/couchdb/indexes/packed.json"]
    );
}

#[test]
fn the_first_builder_that_claims_a_package_builds_it() {
    let dir = tempfile::tempdir().unwrap();
    let fake = Arc::<Fake>::default();
    let [other, ours, late] = ["other", "l", "l"].map(|label| Arc::new(ByLabel(label, 0.into())));
    let runtimes = Runtimes::new(
        PackageStore::open(dir.path()).unwrap(),
        vec![
            Arc::clone(&other) as Arc<dyn Builder>,
            Arc::clone(&ours) as Arc<dyn Builder>,
            Arc::clone(&late) as Arc<dyn Builder>,
            Arc::clone(&fake) as Arc<dyn Builder>,
        ],
    );
    runtimes.install(&package("fake")).unwrap();
    let built = [&other, &ours, &late].map(|b| b.1.load(Ordering::SeqCst));
    assert_eq!((built, fake.builds.load(Ordering::SeqCst)), ([0, 1, 0], 0));
}

#[test]
fn a_builder_that_took_a_package_and_failed_does_not_hand_it_on() {
    let dir = tempfile::tempdir().unwrap();
    let fake = Arc::<Fake>::default();
    let runtimes = Runtimes::new(
        PackageStore::open(dir.path()).unwrap(),
        vec![
            Arc::new(ByLabel("broken", 0.into())),
            Arc::clone(&fake) as Arc<dyn Builder>,
        ],
    );
    let source = PackageSource {
        label: "broken".into(),
        kind: "fake".into(),
        path: String::new(),
        files: BTreeMap::new(),
    };
    let error = runtimes.install(&source.write().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not build chaincode: external builder failed: on purpose"
    );
    assert_eq!(fake.builds.load(Ordering::SeqCst), 0);
}

#[test]
fn types_without_a_builder_have_fabrics_text() {
    let (_dir, _, runtimes) = setup();
    let error = runtimes.install(&package("golang")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not build chaincode: docker build failed: docker build is disabled"
    );
}

#[test]
fn broken_packages_are_not_stored() {
    let (_dir, _, runtimes) = setup();
    let error = runtimes.install(b"junk").unwrap_err().to_string();
    assert_eq!(
        error,
        "could not parse as a chaincode install package: error reading as gzip stream: unexpected EOF"
    );
    assert!(runtimes.store().list().unwrap().is_empty());
}

#[test]
fn everyone_waits_for_one_build() {
    let (_dir, fake, runtimes) = setup();
    let id = runtimes
        .store()
        .save(&Label::new("l").unwrap(), &package("fake"))
        .unwrap();
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                assert!(runtimes.get(&id).is_ok());
            });
        }
    });
    assert_eq!(fake.builds.load(Ordering::SeqCst), 1);
}

#[test]
fn of_many_installs_one_succeeds() {
    let (_dir, fake, runtimes) = setup();
    let (barrier, succeeded) = (Barrier::new(4), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                match runtimes.install(&package("fake")) {
                    Ok(_) => drop(succeeded.fetch_add(1, Ordering::SeqCst)),
                    Err(error) => assert!(
                        matches!(error, InstallError::AlreadyInstalled(_)),
                        "{error}"
                    ),
                }
            });
        }
    });
    assert_eq!(
        (succeeded.into_inner(), fake.builds.load(Ordering::SeqCst)),
        (1, 1)
    );
}

#[test]
fn what_is_on_disk_is_built_at_start() {
    let (dir, _, runtimes) = setup();
    let id = runtimes.install(&package("fake")).unwrap().id;
    let fake = Arc::<Fake>::default();
    let again = Runtimes::new(
        PackageStore::open(dir.path()).unwrap(),
        vec![Arc::clone(&fake) as Arc<dyn Builder>],
    );
    again.build_all().unwrap();
    again.get(&id).unwrap();
    assert_eq!(fake.builds.load(Ordering::SeqCst), 1);
    assert!(matches!(
        again.install(&package("fake")),
        Err(InstallError::AlreadyInstalled(_))
    ));
}

#[test]
fn a_corrupt_file_surfaces_when_it_is_built() {
    let (dir, _, runtimes) = setup();
    let id = runtimes
        .store()
        .save(&Label::new("l").unwrap(), &package("fake"))
        .unwrap();
    let (label, hash) = id.parts().unwrap();
    let file = dir.path().join(format!("{label}.{hash}.tar.gz"));
    std::fs::write(&file, package("other")).unwrap();
    let error = runtimes.get(&id).err().unwrap().to_string();
    assert!(
        error.starts_with(&format!(
            "failed to get chaincode package for external build: error retrieving chaincode package '{id}': its content is that of 'l:"
        )),
        "{error}"
    );
}

#[test]
fn unknown_packages_are_not_remembered() {
    let (_dir, _, runtimes) = setup();
    for n in 0..100 {
        assert!(
            runtimes
                .get(&PackageId::from(format!("x{n}:{}", "0".repeat(64))))
                .is_err()
        );
    }
    assert!(runtimes.builds.lock().is_empty());
}

#[test]
fn a_panicking_builder_leaves_nobody_waiting() {
    let (_dir, fake, runtimes) = setup();
    fake.panics.store(true, Ordering::SeqCst);
    let id = runtimes
        .store()
        .save(&Label::new("l").unwrap(), &package("fake"))
        .unwrap();
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtimes.get(&id).is_ok()));
    assert!(panicked.is_err());
    assert!(matches!(runtimes.get(&id), Err(BuildError::Interrupted(_))));
}

#[test]
fn what_the_store_does_not_have_comes_from_elsewhere() {
    struct Elsewhere;
    impl OtherPackages for Elsewhere {
        fn load(&self, id: &PackageId) -> Result<Package, String> {
            match id.as_str() {
                "cc:1.0" => Ok(Package::of_legacy(
                    id.clone(),
                    crate::LegacyCode {
                        kind: "FAKE".to_owned(),
                        path: String::new(),
                        name: "cc".to_owned(),
                        code: bytes::Bytes::new(),
                    },
                )
                .unwrap()),
                other => Err(format!("no '{other}' here either")),
            }
        }
    }
    let (_dir, fake, runtimes) = setup();
    let runtimes = runtimes.with_others(Arc::new(Elsewhere));
    runtimes.get(&PackageId::from("cc:1.0")).unwrap();
    runtimes.get(&PackageId::from("cc:1.0")).unwrap();
    assert_eq!(fake.builds.load(Ordering::SeqCst), 1);
    let error = runtimes.get(&PackageId::from("cc:2.0")).err().unwrap();
    assert_eq!(
        error.to_string(),
        "failed to get chaincode package for external build: no 'cc:2.0' here either"
    );
}

/// Where pipes are made as files are.
#[cfg(target_os = "linux")]
#[test]
fn starting_reads_no_package() {
    const PACKAGES: usize = 10_000;
    let dir = tempfile::tempdir().unwrap();
    // A pipe that nobody writes to: whoever opened one to read it would wait for ever.
    for n in 0..PACKAGES {
        let path = dir.path().join(format!("kv_{n}.{n:064x}.tar.gz"));
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
    }
    let store = PackageStore::open(dir.path()).unwrap();
    assert_eq!(store.list().unwrap().len(), PACKAGES);
}

#[test]
fn what_is_on_disk_is_built_without_being_called() {
    let (dir, _, runtimes) = setup();
    runtimes.install(&package("fake")).unwrap();
    let fake = Arc::<Fake>::default();
    let again = Arc::new(Runtimes::new(
        PackageStore::open(dir.path()).unwrap(),
        vec![Arc::clone(&fake) as Arc<dyn Builder>],
    ));
    again.build_in_background().unwrap();
    while fake.builds.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    assert!(matches!(
        again.install(&package("fake")),
        Err(InstallError::AlreadyInstalled(_))
    ));
    assert_eq!(fake.builds.load(Ordering::SeqCst), 1);
}
