//! Deployment specifications from flags. Fabric: internal/peer/chaincode/common.go.

use std::path::Path;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec,
    chaincode_spec::Type as Kind,
};

use super::SpecificationFlags;
use crate::cli::build;
use crate::cli::chaincode::arguments;

/// What a verb names, without code.
pub(super) fn specification(
    flags: &SpecificationFlags,
    lang: &str,
    path: Option<&Path>,
    verb: &str,
) -> Result<ChaincodeDeploymentSpec> {
    if flags.name.is_empty() {
        bail!("must supply value for chaincode name parameter");
    }
    if flags.version.is_empty() {
        bail!("chaincode version is not provided for {verb}");
    }
    // Only packages may leave out what Init is called with: it is given when they are instantiated.
    let optional = matches!(verb, "install" | "package");
    let args = match flags.ctor == "{}" && optional {
        true => Vec::new(),
        false => arguments(&flags.ctor)?,
    };
    let chaincode = ChaincodeId {
        path: path
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
        name: flags.name.clone(),
        version: flags.version.clone(),
    };
    Ok(ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: kind(lang)? as i32,
            chaincode_id: Some(chaincode),
            input: Some(ChaincodeInput {
                args,
                ..Default::default()
            }),
            timeout: 0,
        }),
        code_package: Bytes::new(),
    })
}

/// The same with the code that is at `path`.
pub(super) fn with_code(
    flags: &SpecificationFlags,
    lang: &str,
    path: &Path,
    verb: &str,
) -> Result<ChaincodeDeploymentSpec> {
    let specification = specification(flags, lang, Some(path), verb)?;
    if !lang.eq_ignore_ascii_case("wasm") {
        bail!(
            "chaincode language '{lang}' cannot be packaged here; use --lang wasm, or make the package with the peer command of Fabric 2.5: any package can be installed"
        );
    }
    let code = build::code_from_path(path)
        .with_context(|| format!("error getting chaincode code {}", flags.name))?;
    Ok(ChaincodeDeploymentSpec {
        code_package: code.into(),
        ..specification
    })
}

/// Peers refuse to commit types that Fabric does not know; a component travels as the one that it no longer runs.
fn kind(lang: &str) -> Result<Kind> {
    Ok(match lang.to_ascii_lowercase().as_str() {
        "golang" => Kind::Golang,
        "node" => Kind::Node,
        "java" => Kind::Java,
        "car" | "wasm" => Kind::Car,
        other => bail!("unknown chaincodeType: {other}; use wasm, golang, node, java or car"),
    })
}
