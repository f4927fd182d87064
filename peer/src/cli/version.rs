//! `version`. Fabric: internal/peer/version.

use super::args::VersionArgs;
use crate::operations::FABRIC_RELEASE as FABRIC;

pub(super) fn run(args: &VersionArgs) -> String {
    let (version, os, arch) = (
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    );
    if args.json {
        let value =
            serde_json::json!({ "version": version, "fabric": FABRIC, "os": os, "arch": arch });
        return format!("{value}\n");
    }
    format!("selvedge:\n Version: v{version}\n Fabric: {FABRIC}\n OS/Arch: {os}/{arch}\n")
}
