//! The recorded channel under audit, as it is and tampered with.

mod folders;
mod golden;
mod stores;
mod tampered;

use super::{AuditError, AuditOptions, Difference, Folder, Found, Kind, Record, Source, Summary};
use prost::Message as _;
use selvedge_protos::common::Block;
use std::fs;
use std::path::{Path, PathBuf};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

fn found(path: &Path) -> Found {
    Found {
        bytes: fs::read(path).unwrap().into(),
        origin: path.display().to_string(),
    }
}

/// The recording peers were on channel `aux` as well.
fn options() -> AuditOptions {
    AuditOptions {
        other_channels: vec![found(&golden().join("aux/blocks/0000.block"))],
        threads: 2,
        ..AuditOptions::default()
    }
}

/// Everything an audit tells.
#[derive(Debug)]
struct Told {
    records: Vec<Record>,
    error: Option<AuditError>,
}

impl Told {
    fn of(source: &dyn Source, genesis: Option<Found>) -> Self {
        Self::with(source, genesis, &options())
    }

    fn with(source: &dyn Source, genesis: Option<Found>, options: &AuditOptions) -> Self {
        let mut records = Vec::new();
        let result = super::audit(source, genesis, options, None, &mut |record| {
            records.push(record.clone());
            Ok(())
        });
        Self {
            records,
            error: result.err(),
        }
    }

    fn summary(&self) -> &Summary {
        match self.records.last() {
            Some(Record::Summary(summary)) => summary,
            other => panic!("no summary at the end: {other:?}"),
        }
    }

    fn differences(&self) -> Vec<&Difference> {
        let differences = self.records.iter().filter_map(|record| match record {
            Record::Difference(difference) => Some(difference),
            _ => None,
        });
        differences.collect()
    }

    fn kinds(&self) -> Vec<(u64, Kind)> {
        let differences = self.differences().into_iter();
        differences.map(|found| (found.block, found.what)).collect()
    }

    /// The facts of the first difference.
    fn fact(&self, name: &str) -> Option<&str> {
        let first = *self.differences().first()?;
        let facts = &first.explanation.as_ref()?.facts;
        let found = facts.iter().find(|(fact, _)| *fact == name)?;
        Some(&found.1)
    }
}

/// A copy of the recorded blocks up to `last`, to be spoilt.
struct Copy {
    dir: tempfile::TempDir,
}

impl Copy {
    fn up_to(last: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..=last {
            let name = format!("{number:04}.block");
            fs::copy(golden().join("blocks").join(&name), dir.path().join(&name)).unwrap();
        }
        Self { dir }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.path().join(format!("{number:04}.block"))
    }

    /// Changes a block and leaves its hashes and signatures as they are.
    fn change(&self, number: u64, change: impl FnOnce(&mut Block)) {
        let path = self.path(number);
        let mut block = Block::decode(fs::read(&path).unwrap().as_slice()).unwrap();
        change(&mut block);
        fs::write(&path, block.encode_to_vec()).unwrap();
    }

    fn audit(&self) -> Told {
        let genesis = found(&golden().join("genesis.block"));
        match Folder::open(self.dir.path()) {
            Ok(folder) => Told::of(&folder, Some(genesis)),
            Err(error) => Told {
                records: Vec::new(),
                error: Some(error),
            },
        }
    }
}

fn metadata(block: &mut Block, slot: usize) -> &mut bytes::Bytes {
    &mut block.metadata.as_mut().unwrap().metadata[slot]
}
