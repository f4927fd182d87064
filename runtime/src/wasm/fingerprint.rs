use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};
use wasmtime::Engine;

/// `wasmtime-<version>-<target>-<hash of all that changes code>`.
pub(crate) fn of(engine: &Engine) -> String {
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let digest = hex::encode(hasher.0.finalize());
    let short = digest.get(..16).unwrap_or(&digest);
    format!(
        "wasmtime-{VERSION}-{}-{}-{short}",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}

/// Pinned in the workspace.
const VERSION: &str = "48.0.8";

/// The standard library's hasher may change with the compiler; this one never does.
struct Sha(Sha256);

impl Hasher for Sha {
    fn finish(&self) -> u64 {
        self.0
            .clone()
            .finalize()
            .iter()
            .take(8)
            .fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::{Code, Limits, code_config, pooled_config};
    use super::*;

    #[test]
    fn the_version_is_the_pinned_one() {
        let workspace = include_str!("../../../Cargo.toml");
        assert!(workspace.contains(&format!("wasmtime = {{ version = \"={VERSION}\"")));
    }

    #[test]
    fn the_child_and_the_engine_make_the_same_code() {
        let mut seen = Vec::new();
        for code in [Code::Optimized, Code::Quick] {
            let child = Engine::new(&code_config(code)).unwrap();
            let pooled = Engine::new(&pooled_config(Limits::default(), code, 2)).unwrap();
            assert_eq!(of(&child), of(&pooled));
            seen.push(of(&child));
        }
        assert_ne!(seen[0], seen[1]);
    }
}
