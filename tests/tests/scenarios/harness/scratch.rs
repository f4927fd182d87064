use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory for one network.
///
/// The shared network lives in a static, which nothing drops; its directory goes when the next run starts. A run that
/// still goes on holds a lock on each of its directories.
pub(crate) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenarios");
        fs::create_dir_all(&home).unwrap();
        remove_left_overs(&home);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = home.join(format!("{}-{number}", std::process::id()));
        // The lock is held before the directory has its name, or another run could take it for a left-over.
        let fresh = tempfile::Builder::new()
            .prefix("new-")
            .tempdir_in(&home)
            .unwrap();
        let lock = File::create(fresh.path().join("lock")).unwrap();
        lock.lock().unwrap();
        fs::rename(fresh.keep(), &path).unwrap();
        Self { path, _lock: lock }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is removed by the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn remove_left_overs(home: &Path) {
    for entry in fs::read_dir(home).unwrap().flatten() {
        let path = entry.path();
        if let Ok(lock) = File::open(path.join("lock"))
            && lock.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(&path);
        }
    }
}
