use super::load::Artifact;
use super::mac::{self, Mac};
use crate::wasm::CacheConfig;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const KEY_FILE: &str = "key";
/// Machine code of one component; the largest seen is a tenth of it.
const MAX_ARTIFACT: u64 = 512 << 20;

/// Compiled components on disk: `<dir>/<fingerprint>/<component hash>.cwasm`, and its MAC beside it as `.mac`.
///
/// What is in doubt is removed and compiled again: a file without a MAC, with a wrong one, or of another engine.
pub(crate) struct Cache {
    dir: PathBuf,
    key: [u8; mac::LENGTH],
    fingerprint: String,
    /// Files that this process wrote or whose MAC it found right. A MAC takes ten times as long as mapping the file.
    verified: Mutex<HashMap<String, Version>>,
}

/// A file that has the right MAC, in a directory that only we can write.
#[derive(Debug)]
pub(crate) struct CheckedPath(PathBuf);

/// Another file has another one, and so has this file once somebody wrote to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    /// The system alone sets it.
    changed: (i64, i64),
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl CheckedPath {
    pub(crate) fn display(&self) -> std::path::Display<'_> {
        self.0.display()
    }
}

impl AsRef<Path> for CheckedPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Cache {
    /// Creates the directory and the key where they are missing.
    ///
    /// # Errors
    /// A directory that belongs to another user, and any failure to read or write it.
    pub(crate) fn open(config: &CacheConfig, fingerprint: &str) -> io::Result<Self> {
        private_dir(&config.dir)?;
        let dir = config.dir.join(fingerprint);
        private_dir(&dir)?;
        let key = key(&config.dir, &config.fresh_key)?;
        Ok(Self {
            dir,
            key,
            fingerprint: fingerprint.to_owned(),
            verified: Mutex::default(),
        })
    }

    /// The artifact of this component, if there is one that we wrote.
    pub(crate) fn find(&self, component: &str) -> Option<CheckedPath> {
        let path = self.path(component, "cwasm");
        match self.verify(component, &path) {
            Ok(()) => Some(CheckedPath(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cached code is not trusted; compiling again");
                None
            }
        }
    }

    /// Keeps an artifact, replacing what was there.
    pub(crate) fn store(&self, component: &str, artifact: &Artifact) -> io::Result<CheckedPath> {
        let path = self.path(component, "cwasm");
        let tag = self.tag(component, &mut artifact.as_bytes())?;
        // A crash between the two leaves a pair that does not match, which is compiled again.
        self.write(&path, artifact.as_bytes())?;
        self.write(&self.path(component, "mac"), hex::encode(tag).as_bytes())?;
        self.remember(component, Version::of(&fs::metadata(&path)?));
        Ok(CheckedPath(path))
    }

    fn path(&self, component: &str, extension: &str) -> PathBuf {
        self.dir.join(format!("{component}.{extension}"))
    }

    fn verify(&self, component: &str, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !is_private(&metadata) {
            return Err(io::Error::other(
                "it belongs to, or can be written by, somebody else",
            ));
        }
        let version = Version::of(&metadata);
        if self.verified.lock().get(component) == Some(&version) {
            return Ok(());
        }
        let stated =
            hex::decode(fs::read(self.path(component, "mac"))?).map_err(io::Error::other)?;
        let tag = self.tag(component, &mut file)?;
        if mac::equal(&tag, &stated) {
            self.remember(component, version);
            Ok(())
        } else {
            Err(io::Error::other("its MAC is wrong"))
        }
    }

    fn remember(&self, component: &str, version: Version) {
        self.verified.lock().insert(component.to_owned(), version);
    }

    fn tag(&self, component: &str, artifact: &mut dyn Read) -> io::Result<[u8; mac::LENGTH]> {
        let mut mac = Mac::new(&self.key);
        for part in [self.fingerprint.as_str(), component] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let mut chunk = vec![0; 64 << 10];
        let mut left = MAX_ARTIFACT;
        loop {
            let read = artifact.read(&mut chunk)?;
            left = left
                .checked_sub(read as u64)
                .ok_or_else(|| io::Error::other("it is too large"))?;
            match chunk.get(..read) {
                Some([]) | None => return Ok(mac.finish()),
                Some(bytes) => mac.update(bytes),
            }
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    }
}

/// Ours, and nobody else may write it.
fn is_private(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

fn private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let metadata = fs::metadata(dir)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let text = format!("{} belongs to another user", dir.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    if metadata.mode() & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// The key on disk. One that others can read, or of the wrong size, is replaced, which voids the cache.
fn key(dir: &Path, fresh: &[u8; mac::LENGTH]) -> io::Result<[u8; mac::LENGTH]> {
    let path = dir.join(KEY_FILE);
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(fresh)?;
    // Another process may have been faster; its key counts.
    if path.exists() && read_key(&path)?.is_none() {
        fs::remove_file(&path)?;
    }
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(*fresh),
        Err(error) => read_key(&path)?.ok_or(error.error),
    }
}

fn read_key(path: &Path) -> io::Result<Option<[u8; mac::LENGTH]>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    let mut key = Vec::new();
    (&mut file)
        .take(mac::LENGTH as u64 + 1)
        .read_to_end(&mut key)?;
    let secret = is_private(&metadata) && metadata.mode() & 0o077 == 0;
    Ok(key.try_into().ok().filter(|_| secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path, fresh: u8, fingerprint: &str) -> Cache {
        Cache::open(
            &CacheConfig {
                dir: dir.to_owned(),
                fresh_key: [fresh; 32],
            },
            fingerprint,
        )
        .unwrap()
    }

    fn artifact() -> Artifact {
        Artifact::from_our_compiler(b"code".to_vec())
    }

    #[test]
    fn what_was_stored_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path(), 1, "f").store("aa", &artifact()).unwrap();
        let again = open(dir.path(), 2, "f");
        assert_eq!(again.key, [1; 32]);
        assert_eq!(fs::read(again.find("aa").unwrap()).unwrap(), b"code");
        assert!(again.find("bb").is_none());
        assert_eq!(
            fs::metadata(dir.path().join("key")).unwrap().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn nothing_doubtful_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let spoil: [&dyn Fn(&Path); 5] = [
            &|path| fs::write(path, b"evil").unwrap(),
            &|path| fs::write(path, b"cod").unwrap(),
            &|path| fs::write(path.with_extension("mac"), b"zz").unwrap(),
            &|path| fs::remove_file(path.with_extension("mac")).unwrap(),
            &|path| fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap(),
        ];
        for spoil in spoil {
            let path = open(dir.path(), 1, "f").store("aa", &artifact()).unwrap();
            assert!(open(dir.path(), 1, "f").find("aa").is_some());
            spoil(path.as_ref());
            assert!(open(dir.path(), 1, "f").find("aa").is_none());
        }
    }

    #[test]
    fn a_file_is_verified_again_once_it_is_another_version() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path(), 1, "f").store("aa", &artifact()).unwrap();
        let cache = open(dir.path(), 1, "f");
        let path = cache.find("aa").unwrap();
        let mac = cache.path("aa", "mac");
        fs::rename(&mac, dir.path().join("elsewhere")).unwrap();
        assert!(cache.find("aa").is_some(), "it was verified");
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert!(cache.find("aa").is_none(), "it may have been written to");
        fs::rename(dir.path().join("elsewhere"), &mac).unwrap();
        assert!(cache.find("aa").is_some(), "it was not");
        let copy = dir.path().join("copy");
        fs::copy(&path, &copy).unwrap();
        fs::rename(&copy, &path).unwrap();
        fs::remove_file(&mac).unwrap();
        assert!(cache.find("aa").is_none(), "it is another file");
    }

    #[test]
    fn artifacts_cannot_trade_places() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (open(dir.path(), 1, "f"), open(dir.path(), 1, "g"));
        one.store("aa", &artifact()).unwrap();
        for extension in ["cwasm", "mac"] {
            fs::copy(one.path("aa", extension), other.path("aa", extension)).unwrap();
            fs::copy(one.path("aa", extension), one.path("bb", extension)).unwrap();
        }
        assert!(other.find("aa").is_none());
        assert!(one.find("bb").is_none());
    }

    #[test]
    fn a_key_that_others_can_read_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path(), 1, "f").store("aa", &artifact()).unwrap();
        fs::set_permissions(dir.path().join("key"), Permissions::from_mode(0o644)).unwrap();
        let cache = open(dir.path(), 2, "f");
        assert_eq!(cache.key, [2; 32]);
        assert!(cache.find("aa").is_none());
    }
}
