//! What makes a package as large as it is, and how that changed since the last build.

use std::path::{Path, PathBuf};

use anyhow::Result;
use selvedge_tools::{Part, Sizes, sizes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::files::write_atomically;
use super::package::Built;

/// Crates and functions that are named; the others are summed up.
const NAMED: usize = 12;

/// The sizes of one build, as they are kept for the next.
#[derive(Serialize, Deserialize)]
pub(super) struct Report {
    package: usize,
    component: Sizes,
}

impl Report {
    /// Of what was just built, and of the build before if it is known.
    pub(super) fn of(built: &Built) -> Result<(Self, Option<Self>)> {
        let report = Self {
            package: built.package.len(),
            component: sizes(&built.component, &built.named_module)?,
        };
        let file = kept(&built.target, &built.name);
        let before = std::fs::read(&file).ok();
        let before = before.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        report.keep(&file);
        Ok((report, before))
    }

    /// In the target directory, which may be lost at any time; so may this.
    fn keep(&self, file: &Path) {
        let made = file.parent().map(std::fs::create_dir_all);
        if let (Some(Ok(())), Ok(text)) = (made, serde_json::to_vec(self)) {
            let _ = write_atomically(file, &text);
        }
    }

    pub(super) fn json(&self, before: Option<&Self>) -> Value {
        let mut component = json!(self.component);
        if let Some(fields) = component.as_object_mut() {
            fields.insert(
                "functions".to_owned(),
                json!(first(&self.component.functions)),
            );
        }
        json!({
            "component": component,
            "package": self.package,
            "before": before.map(|before| json!({
                "component": before.component.total,
                "package": before.package,
            })),
        })
    }

    /// One line, or with `all` what each part, crate and large function has.
    pub(super) fn text(&self, before: Option<&Self>, all: bool) -> String {
        let sizes = &self.component;
        let change = |now: usize, old: fn(&Self) -> usize| change(now, before.map(old));
        let mut text = format!(
            "Size        component {}{}, package {}{}\n",
            kib(sizes.total),
            change(sizes.total, |report| report.component.total),
            kib(self.package),
            change(self.package, |report| report.package),
        );
        let parts = [
            ("code", sizes.code),
            ("data", sizes.data),
            ("rest of the module", sizes.module),
            ("WASI adapter", sizes.adapter),
            ("metadata", sizes.metadata),
            ("component types", sizes.component),
        ];
        let parts = parts.map(|(name, bytes)| Part {
            name: name.to_owned(),
            bytes,
        });
        if !all {
            let parts = parts
                .iter()
                .map(|part| format!("{} {}", part.name, kib(part.bytes)));
            text.push_str(&format!(
                "            {}\n",
                parts.collect::<Vec<_>>().join(", ")
            ));
            return text;
        }
        text.push_str(&list("Parts", &parts, parts.len()));
        text.push_str(&list("Code by crate", &sizes.crates, NAMED));
        text.push_str(&list("Functions", &sizes.functions, NAMED));
        text
    }
}

fn kept(target: &Path, name: &str) -> PathBuf {
    target.join("selvedge").join(format!("{name}.sizes.json"))
}

fn first(parts: &[Part]) -> &[Part] {
    parts.get(..NAMED).unwrap_or(parts)
}

fn list(title: &str, parts: &[Part], most: usize) -> String {
    let mut text = format!("{title}\n");
    let (named, others) = parts.split_at(most.min(parts.len()));
    for part in named {
        text.push_str(&format!("  {:>11}  {}\n", kib(part.bytes), part.name));
    }
    if !others.is_empty() {
        let bytes: usize = others.iter().map(|part| part.bytes).sum();
        text.push_str(&format!(
            "  {:>11}  in {} others\n",
            kib(bytes),
            others.len()
        ));
    }
    text
}

/// ` (+0.3 KiB)`, or nothing where nothing is known or changed.
fn change(now: usize, before: Option<usize>) -> String {
    match before {
        Some(before) if before < now => format!(" (+{})", kib(now - before)),
        Some(before) if before > now => format!(" (-{})", kib(before - now)),
        _ => String::new(),
    }
}

pub(super) fn kib(bytes: usize) -> String {
    format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(code: usize, package: usize) -> Report {
        let part = |name: &str, bytes| Part {
            name: name.to_owned(),
            bytes,
        };
        Report {
            package,
            component: Sizes {
                total: code + 1024,
                code,
                data: 1024,
                crates: vec![part("notes", code)],
                functions: (0..20).map(|n| part("f", 1024 - n)).collect(),
                ..Sizes::default()
            },
        }
    }

    #[test]
    fn a_build_is_compared_with_the_one_before() {
        let text = report(3072, 512).text(Some(&report(2048, 1024)), false);
        let expected = "Size        component 4.0 KiB (+1.0 KiB), package 0.5 KiB (-0.5 KiB)\n            \
                        code 3.0 KiB, data 1.0 KiB, rest of the module 0.0 KiB, WASI adapter 0.0 KiB, metadata 0.0 KiB, \
                        component types 0.0 KiB\n";
        assert_eq!(text, expected);
        let text = report(3072, 512).text(None, true);
        assert!(
            text.starts_with("Size        component 4.0 KiB, package 0.5 KiB\nParts\n"),
            "{text}"
        );
        assert!(
            text.contains("Code by crate\n      3.0 KiB  notes\nFunctions\n      1.0 KiB  f\n"),
            "{text}"
        );
        assert!(text.ends_with("      7.8 KiB  in 8 others\n"), "{text}");
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let file = kept(directory.path(), "notes");
        report(3072, 512).keep(&file);
        let again: Report = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(again.component, report(3072, 512).component);
    }
}
