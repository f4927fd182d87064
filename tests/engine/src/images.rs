use crate::Engine;
use anyhow::{Context, Result, bail};
use bollard::query_parameters::CreateImageOptionsBuilder;
use bollard::{body_full, models::CreateImageInfo};
use futures::TryStreamExt;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

impl Engine {
    /// Makes an image of files, given with their path in it, and gives its ID, `sha256:…`. `changes` are lines of a
    /// Dockerfile such as `CMD ["/x"]`.
    ///
    /// # Errors
    /// When a file cannot be read or the engine refuses.
    pub async fn import(&self, files: &[(PathBuf, &Path)], changes: &[&str]) -> Result<String> {
        let mut tar = tar::Builder::new(Vec::new());
        // An engine knows no sparse files, which what a linker writes may be.
        tar.sparse(false);
        for (path, file) in files {
            let path = path.strip_prefix("/").unwrap_or(path);
            tar.append_path_with_name(file, path)
                .with_context(|| format!("reading {}", file.display()))?;
        }
        let options = CreateImageOptionsBuilder::new()
            .from_src("-")
            .changes(changes.iter().map(|line| (*line).to_owned()).collect())
            .build();
        let body = body_full(tar.into_inner()?.into());
        let client = self.client()?;
        let steps: Vec<CreateImageInfo> = client
            .create_image(Some(options), Some(body), None)
            .try_collect()
            .await?;
        let id = steps.into_iter().filter_map(|step| step.status).next_back();
        id.context("the engine names no image")
    }

    /// Gives an image a name, such as `name:tag`.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn tag(&self, image: &str, repository: &str, tag: &str) -> Result<()> {
        let options = bollard::query_parameters::TagImageOptionsBuilder::new()
            .repo(repository)
            .tag(tag)
            .build();
        Ok(self.client()?.tag_image(image, Some(options)).await?)
    }
}

/// A program with the shared libraries it needs, each with its path in an image.
///
/// # Errors
/// When `ldd` does not know the program.
pub fn libraries_of(program: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output();
    let output = output.context("running ldd")?;
    if !output.status.success() {
        bail!("ldd does not know {}", program.display());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let paths = text.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(paths
        .map(PathBuf::from)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect())
}

/// Compiles one Rust file into a static program.
///
/// # Errors
/// When rustc does not succeed.
pub fn static_program(source: &Path, program: &Path) -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args([
            "--edition",
            "2024",
            "-C",
            "opt-level=1",
            "-C",
            "strip=symbols",
        ])
        .args(["-C", "target-feature=+crt-static", "-o"])
        .arg(program)
        .arg(source)
        .output()
        .context("running rustc")?;
    if !output.status.success() {
        bail!(
            "{} does not compile:\n{}",
            source.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
