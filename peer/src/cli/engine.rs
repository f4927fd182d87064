//! The engine of a developer's machine: what `dev`, `build`, `check` and `conflicts` compile contracts with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use anyhow::{Result, anyhow};
use selvedge_runtime::{CacheConfig, Code, EngineConfig, WasmEngine};

/// Compiled contracts that are kept. Every save of a source file under `dev` makes one more, of a megabyte or two.
const KEPT: usize = 64;

/// One for the process: a contract that is built, asked for its interface and deployed is compiled once.
///
/// # Errors
/// An engine that cannot be configured on this machine.
pub(crate) fn engine() -> Result<Arc<WasmEngine>> {
    static ENGINE: OnceLock<Arc<WasmEngine>> = OnceLock::new();
    if let Some(engine) = ENGINE.get() {
        return Ok(Arc::clone(engine));
    }
    let made = WasmEngine::new(&EngineConfig {
        cache: cache()?,
        code: Code::Quick,
        ..EngineConfig::default()
    })?;
    Ok(Arc::clone(ENGINE.get_or_init(|| Arc::new(made))))
}

/// Compiled contracts outlive the process, so that the next one is ready sooner: below XDG_CACHE_HOME or `~/.cache`.
fn cache() -> Result<Option<CacheConfig>> {
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    let set = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let Some(base) = set.or_else(home) else {
        return Ok(None);
    };
    let dir = base.join("selvedge").join("compiled");
    if std::fs::create_dir_all(&dir).is_err() {
        // A read-only home is no reason not to run.
        return Ok(None);
    }
    forget_the_oldest(&dir);
    let mut fresh_key = [0; 32];
    aws_lc_rs::rand::fill(&mut fresh_key)
        .map_err(|_| anyhow!("the system gives no random bytes"))?;
    Ok(Some(CacheConfig { dir, fresh_key }))
}

/// Leaves the newest, whichever version of the engine made them. What cannot be removed stays.
fn forget_the_oldest(dir: &Path) {
    let files = |dir: &Path| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    };
    let mut artifacts: Vec<(SystemTime, PathBuf)> = files(dir)
        .filter(|path| path.is_dir())
        .flat_map(|engine| files(&engine))
        .filter(|path| path.extension().is_some_and(|kind| kind == "cwasm"))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    artifacts.sort();
    let old = artifacts.len().saturating_sub(KEPT);
    for (_, path) in artifacts.iter().take(old) {
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_file(path.with_extension("mac"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_newest_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let engine = dir.path().join("fingerprint");
        std::fs::create_dir(&engine).unwrap();
        std::fs::write(dir.path().join("key"), "k").unwrap();
        for age in 0..KEPT + 3 {
            let path = engine.join(format!("{age}.cwasm"));
            let file = std::fs::File::create(&path).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age as u64);
            file.set_modified(time).unwrap();
            std::fs::write(path.with_extension("mac"), "m").unwrap();
        }
        forget_the_oldest(dir.path());
        let left = std::fs::read_dir(&engine).unwrap().count();
        assert_eq!(left, 2 * KEPT);
        assert!(engine.join("0.cwasm").exists() && !engine.join(format!("{KEPT}.mac")).exists());
        assert!(dir.path().join("key").exists());
    }
}
