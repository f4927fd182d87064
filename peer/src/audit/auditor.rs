use super::difference::Case;
use super::judging::{Judging, Outcome, Read};
use super::report::{BegunWith, Kind, Summary, Verdict};
use super::{AuditError, Found, chain};
use crate::lifecycle::{DefinedBlockToLive, DefinedConfigs};
use crate::scratch::Scratch;
use crate::validation::{Validated, ValidationError, World, private_sets, validate};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_ledger::{
    BlockAndCodes, Committed, Ledger, LedgerError, Options, ParsedBlock, StateDatabase, Version,
};
use selvedge_protos::common::ConfigEnvelope;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a chain is judged by, besides itself.
#[derive(Clone, Debug, Default)]
pub struct AuditOptions {
    /// Genesis or configuration blocks of other channels that the recording peers were on. A transaction whose header
    /// names one of them is judged by its members.
    pub other_channels: Vec<Found>,
    /// Whose rules the state follows.
    pub state_database: StateDatabase,
    /// Where the temporary ledger goes; the system's place for such things when left out.
    pub temporary: Option<PathBuf>,
    /// The folder of a snapshot, which is trusted instead of a genesis block: blocks are judged from the one behind it on.
    pub snapshot: Option<PathBuf>,
    /// The last block to judge; all when left out.
    pub last: Option<u64>,
    /// Threads that check signatures; one when 0.
    pub threads: usize,
}

/// Judges one block after the other.
pub(super) struct Auditor {
    pub(super) ledger: Ledger,
    pub(super) summary: Summary,
    config: Arc<ChannelConfig>,
    others: BTreeMap<String, Arc<ChannelConfig>>,
    threads: usize,
    last_config: u64,
    /// Goes last, with the files of the ledger.
    _dir: Scratch,
}

impl Auditor {
    pub(super) fn begin(genesis: &Found, options: &AuditOptions) -> Result<Self, AuditError> {
        let refused = |cause: String| AuditError::Genesis {
            origin: genesis.origin.clone(),
            cause,
        };
        let config = ChannelConfig::from_block(&genesis.bytes)
            .map_err(|error| refused(error.to_string()))?;
        config
            .check_capabilities()
            .map_err(|error| refused(error.to_string()))?;
        let dir = temporary(options)?;
        let place = dir.path().join("ledger");
        let ledger = Ledger::create(&place, genesis.bytes.clone(), ledger_options(options));
        let ledger = ledger.map_err(|error| refused(error.to_string()))?;
        Self::of(ledger, config, 0, options, dir)
    }

    /// Begins behind the last block of a snapshot, whose files must have the hashes that it names.
    pub(super) fn begin_with(snapshot: &Path, options: &AuditOptions) -> Result<Self, AuditError> {
        let failed = |source| AuditError::Snapshot {
            dir: snapshot.to_owned(),
            source: Box::new(source),
        };
        let dir = temporary(options)?;
        let place = dir.path().join("ledger");
        let ledger = Ledger::create_from_snapshot(&place, snapshot, ledger_options(options));
        let ledger = ledger.map_err(failed)?;
        let hash = Ledger::hash_of_snapshot(snapshot).map_err(failed)?;
        let (config, last_config) =
            stored_config(&ledger).map_err(|cause| AuditError::SnapshotConfig {
                dir: snapshot.to_owned(),
                cause,
            })?;
        let begun = ledger.chain_info()?;
        let mut auditor = Self::of(ledger, config, last_config, options, dir)?;
        let summary = &mut auditor.summary;
        summary.header_hash = hex::encode(begun.current_block_hash);
        summary.commit_hash = hex::encode(auditor.ledger.commit_hash());
        summary.snapshot = Some(BegunWith {
            dir: snapshot.display().to_string(),
            last_block: begun.height.saturating_sub(1),
            hash,
        });
        Ok(auditor)
    }

    fn of(
        ledger: Ledger,
        config: ChannelConfig,
        last_config: u64,
        options: &AuditOptions,
        dir: Scratch,
    ) -> Result<Self, AuditError> {
        Ok(Self {
            summary: Summary {
                channel: config.channel_id().to_owned(),
                ..Summary::default()
            },
            ledger,
            config: Arc::new(config),
            others: others(&options.other_channels)?,
            threads: options.threads,
            last_config,
            _dir: dir,
        })
    }

    /// The genesis block is what all others are judged by; of itself there is little to judge.
    pub(super) fn genesis(&mut self, found: &Found) -> Result<Outcome, AuditError> {
        let read = Read::of(found)?;
        let mut judging = Judging::new(&read);
        judging.check_hashes(&[]);
        judging.check_form(self.config.channel_id());
        let id = self.ledger.tx_id_at(Version { block: 0, tx: 0 })?;
        let codes = vec![0; read.parsed.envelopes.len()];
        judging.compare_verdicts(&codes, &Vec::from_iter(id), |_| None);
        judging.compare_commit_hash(&Bytes::new(), false);
        Ok(judging.outcome)
    }

    /// Judges the next block and commits it with the verdicts found, whatever is recorded.
    pub(super) fn block(&mut self, found: &Found) -> Result<Outcome, AuditError> {
        let read = Read::of(found)?;
        let mut judging = Judging::new(&read);
        let previous = self.ledger.chain_info()?.current_block_hash;
        let whole = judging.check_hashes(&previous);
        judging.check_signatures(chain::signatures(&read.block, &self.config));
        if !whole {
            judging.stop(self.config.channel_id());
            return Ok(judging.outcome);
        }
        judging.check_form(self.config.channel_id());
        let followed = self.judge(&read, &mut judging)?;
        if let Some((validated, committed)) = followed {
            self.follow(&read.parsed, &committed, validated);
        }
        Ok(judging.outcome)
    }

    /// `None`: the block cannot be committed, and nothing behind it judged.
    fn judge(
        &self,
        read: &Read<'_>,
        judging: &mut Judging<'_>,
    ) -> Result<Option<(Validated, Arc<Committed>)>, AuditError> {
        let snapshot = self.ledger.snapshot();
        let world = World {
            config: &self.config,
            snapshot: &snapshot,
            is_committed: &|id| {
                let known = self.ledger.has_transaction(id);
                known.map_err(|error| error.to_string())
            },
            channel: &|id| self.others.get(id).cloned(),
            threads: self.threads,
        };
        let validated = match validate(&read.parsed, &world) {
            Ok(validated) => validated,
            Err(ValidationError::Config { cause, .. }) => {
                judging.differ(Kind::Configuration, cause);
                judging.outcome.stop = Some("a configuration does not apply".to_owned());
                return Ok(None);
            }
            Err(source) => {
                return Err(AuditError::Undecided {
                    origin: read.found.origin.clone(),
                    source: Box::new(source),
                });
            }
        };
        judging.check_last_config(match validated.config {
            Some(_) => read.parsed.header.number,
            None => self.last_config,
        });
        let committed = self.ledger.commit(BlockAndCodes {
            block: read.found.bytes.clone(),
            codes: validated.codes.clone(),
            private: Vec::new(),
        })?;
        let first = self.summary.differences == 0;
        judging.compare_verdicts(&committed.codes, &committed.tx_ids, |tx| {
            let case = Case {
                block: &read.parsed,
                tx,
                validated: validated.codes.get(tx).copied().unwrap_or_default(),
                recorded: read.recorded(tx),
                committed: &committed,
                ledger: &self.ledger,
            };
            first.then(|| case.explain(&world))
        });
        judging.compare_commit_hash(&committed.commit_hash, !first);
        Ok(Some((validated, committed)))
    }

    fn follow(&mut self, parsed: &ParsedBlock, committed: &Committed, validated: Validated) {
        if let Some(config) = validated.config {
            self.config = Arc::new(config);
            self.last_config = parsed.header.number;
        }
        let valid = parsed.envelopes.iter().zip(&committed.codes);
        let sets = valid
            .filter(|(_, code)| **code == 0)
            .map(|(envelope, _)| private_sets(envelope).len() as u64);
        self.summary.private_sets += sets.sum::<u64>();
    }

    /// Counts a block and what is different about it.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        let summary = &mut self.summary;
        let report = &outcome.report;
        summary.blocks += 1;
        summary.transactions += report.transactions.len() as u64;
        summary.differences += outcome.differences.len() as u64;
        summary.header_hash.clone_from(&report.header_hash);
        summary.commit_hash = report.commit_hash.computed.clone().unwrap_or_default();
        let mut transactions = report.transactions.iter();
        summary.without_verdicts += u64::from(transactions.any(|tx| tx.recorded.is_none()));
        for transaction in &report.transactions {
            let name = |verdict: Verdict| verdict.name().to_owned();
            let counts = &mut summary.verdicts;
            counts
                .entry(name(transaction.verdict))
                .or_default()
                .computed += 1;
            if let Some(recorded) = transaction.recorded {
                counts.entry(name(recorded)).or_default().recorded += 1;
            }
        }
    }
}

fn temporary(options: &AuditOptions) -> Result<Scratch, AuditError> {
    Scratch::new(options.temporary.as_deref()).map_err(AuditError::Temporary)
}

/// The configuration in the state of a snapshot, and the block that brought it.
fn stored_config(ledger: &Ledger) -> Result<(ChannelConfig, u64), String> {
    let state = ledger.snapshot();
    let read = |error: LedgerError| error.to_string();
    let missing = || "its state has no configuration of the channel".to_owned();
    let stored = state.channel_config().map_err(read)?.ok_or_else(missing)?;
    let block = state.channel_configured_in().map_err(read)?;
    let block = block.ok_or_else(missing)?;
    let envelope = ConfigEnvelope::decode(stored);
    let envelope = envelope.map_err(|error| format!("its configuration: {error}"))?;
    let config = ChannelConfig::from_envelope(ledger.channel_id(), &envelope);
    let config = config.map_err(|error| error.to_string())?;
    let known = config.check_capabilities();
    known.map_err(|error| error.to_string())?;
    Ok((config, block))
}

fn ledger_options(options: &AuditOptions) -> Options {
    Options {
        block_to_live: Arc::new(DefinedBlockToLive),
        collection_configs: Arc::new(DefinedConfigs),
        sync: false,
        state_database: options.state_database,
        ..Options::default()
    }
}

fn others(blocks: &[Found]) -> Result<BTreeMap<String, Arc<ChannelConfig>>, AuditError> {
    let mut out = BTreeMap::new();
    for block in blocks {
        let config = ChannelConfig::from_block(&block.bytes);
        let config = config.map_err(|source| AuditError::OtherChannel {
            origin: block.origin.clone(),
            source: Box::new(source),
        })?;
        out.insert(config.channel_id().to_owned(), Arc::new(config));
    }
    Ok(out)
}
