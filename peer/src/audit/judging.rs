use super::report::{BlockReport, Check, CommitHash, Difference, Kind, TransactionReport, Verdict};
use super::transactions::heading;
use super::{AuditError, Found, chain};
use crate::node::check_transactions;
use crate::validation::Explanation;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{ParsedBlock, header_hash};
use selvedge_protos::common::{Block, Metadata};
use std::path::PathBuf;

/// Metadata slot of the commit hash.
const COMMIT_HASH: usize = 4;

/// A block that was read.
pub(super) struct Read<'a> {
    pub(super) found: &'a Found,
    pub(super) block: Block,
    pub(super) parsed: ParsedBlock,
}

impl<'a> Read<'a> {
    pub(super) fn of(found: &'a Found) -> Result<Self, AuditError> {
        let unreadable = |cause: String| AuditError::NotABlock {
            path: PathBuf::from(&found.origin),
            cause,
        };
        let block = Block::decode(found.bytes.clone());
        let parsed = ParsedBlock::parse(&found.bytes);
        Ok(Self {
            found,
            block: block.map_err(|error| unreadable(error.to_string()))?,
            parsed: parsed.map_err(|error| unreadable(error.to_string()))?,
        })
    }

    pub(super) fn recorded(&self, tx: usize) -> Option<Verdict> {
        self.parsed.codes().get(tx).copied().map(Verdict)
    }

    /// The channel that the first transaction names.
    fn channel(&self) -> String {
        let first = self.parsed.envelopes.first();
        first
            .map(|bytes| heading(bytes).channel)
            .unwrap_or_default()
    }
}

/// What came of one block.
pub(super) struct Outcome {
    pub(super) report: BlockReport,
    pub(super) differences: Vec<Difference>,
    /// Why nothing behind it can be judged.
    pub(super) stop: Option<String>,
}

/// A block on its way through the checks.
pub(super) struct Judging<'a> {
    read: &'a Read<'a>,
    pub(super) outcome: Outcome,
}

impl<'a> Judging<'a> {
    pub(super) fn new(read: &'a Read<'a>) -> Self {
        let fine = || Check::of(Ok(()));
        let report = BlockReport {
            number: read.parsed.header.number,
            origin: read.found.origin.clone(),
            header_hash: hex::encode(header_hash(&read.parsed.header)),
            data_hash: fine(),
            previous_hash: fine(),
            signatures: fine(),
            commit_hash: CommitHash::default(),
            transactions: Vec::new(),
        };
        Self {
            read,
            outcome: Outcome {
                report,
                differences: Vec::new(),
                stop: None,
            },
        }
    }

    pub(super) fn differ(&mut self, what: Kind, message: impl Into<String>) -> &mut Difference {
        let difference = Difference {
            block: self.outcome.report.number,
            origin: self.outcome.report.origin.clone(),
            transaction: None,
            tx_id: String::new(),
            what,
            message: message.into(),
            explanation: None,
        };
        self.outcome.differences.push(difference);
        let last = self.outcome.differences.len() - 1;
        &mut self.outcome.differences[last]
    }

    /// Whether the block is the one behind that with hash `previous`, and has the data it says.
    pub(super) fn check_hashes(&mut self, previous: &[u8]) -> bool {
        let data = Check::of(chain::data(&self.read.parsed));
        let link = Check::of(chain::link(&self.read.parsed, previous));
        self.note(Kind::DataHash, &data);
        self.note(Kind::PreviousHash, &link);
        let whole = data.ok && link.ok;
        self.outcome.report.data_hash = data;
        self.outcome.report.previous_hash = link;
        whole
    }

    pub(super) fn check_signatures(&mut self, signatures: Result<(), String>) {
        let check = Check::of(signatures);
        self.note(Kind::Signatures, &check);
        self.outcome.report.signatures = check;
    }

    pub(super) fn check_form(&mut self, channel: &str) {
        let read = self.read;
        let parsed = &read.parsed;
        let encoding = chain::encoding(&read.found.bytes, &read.block);
        self.note(Kind::Form, &Check::of(encoding));
        let form = check_transactions(&parsed.header, &parsed.envelopes, channel);
        let form = form.map_err(|error| error.to_string());
        self.note(Kind::Form, &Check::of(form));
    }

    pub(super) fn check_last_config(&mut self, expected: u64) {
        let named = chain::last_configuration(&self.read.block, expected);
        self.note(Kind::LastConfig, &Check::of(named));
    }

    fn note(&mut self, what: Kind, check: &Check) {
        if !check.ok {
            self.differ(what, &check.problem);
        }
    }

    /// Nothing behind a block that does not belong here can be judged.
    pub(super) fn stop(&mut self, channel: &str) {
        let named = self.read.channel();
        let number = self.outcome.report.number;
        self.outcome.stop = Some(match named.is_empty() || named == channel {
            true => format!("block [{number}] is not the one that belongs in its place"),
            false => format!(
                "block [{number}] is of another channel: its transactions name [{named}], not [{channel}]"
            ),
        });
    }

    pub(super) fn compare_verdicts(
        &mut self,
        codes: &[u8],
        tx_ids: &[String],
        mut explain: impl FnMut(usize) -> Option<Explanation>,
    ) {
        let recorded = self.read.parsed.codes();
        let transactions = codes.len();
        if !recorded.is_empty() && recorded.len() != transactions {
            let count = recorded.len();
            self.differ(
                Kind::Verdicts,
                format!("{count} verdicts are recorded for {transactions} transactions"),
            );
        }
        for (tx, (&code, envelope)) in codes.iter().zip(&self.read.parsed.envelopes).enumerate() {
            let report = TransactionReport {
                index: tx as u64,
                tx_id: tx_ids.get(tx).cloned().unwrap_or_default(),
                kind: heading(envelope).kind,
                verdict: Verdict(code),
                recorded: self.read.recorded(tx),
            };
            if let Some(recorded) = report.recorded.filter(|found| *found != report.verdict) {
                let explanation = explain(tx).filter(|_| self.outcome.differences.is_empty());
                let (ours, theirs) = (report.verdict.name(), recorded.name());
                let tx_id = report.tx_id.clone();
                let difference =
                    self.differ(Kind::Verdict, format!("it is {ours}, recorded is {theirs}"));
                difference.transaction = Some(tx as u64);
                difference.tx_id = tx_id;
                difference.explanation = explanation;
            }
            self.outcome.report.transactions.push(report);
        }
    }

    /// `before`: a difference in an earlier block makes all commit hashes behind it others.
    pub(super) fn compare_commit_hash(&mut self, computed: &Bytes, differs_before: bool) {
        let slot = self.read.parsed.metadata.get(COMMIT_HASH);
        let slot = slot.cloned().unwrap_or_default();
        let recorded = match Metadata::decode(slot.clone()) {
            _ if slot.is_empty() => Bytes::new(),
            Ok(metadata) => metadata.value,
            Err(_) => slot.clone(),
        };
        let hash = |hash: &Bytes| (!hash.is_empty()).then(|| hex::encode(hash));
        self.outcome.report.commit_hash = CommitHash {
            computed: hash(computed),
            recorded: hash(&recorded),
        };
        if recorded == *computed || slot.is_empty() {
            return;
        }
        let verdicts = &self.outcome.differences;
        let cause = match verdicts.iter().any(|found| found.what == Kind::Verdict) {
            true => "the verdicts differ",
            false if differs_before => "a block before has another one",
            false => {
                "the verdicts are the recorded ones: what the transactions write, or the recorded hash itself, was changed"
            }
        };
        let text = |hash: &Bytes| match hash.is_empty() {
            true => "none".to_owned(),
            false => hex::encode(hash),
        };
        let message = format!("it is {}, recorded is {}", text(computed), text(&recorded));
        let first = self.outcome.differences.is_empty();
        let difference = self.differ(Kind::CommitHash, message);
        difference.explanation = first.then(|| Explanation::of(cause));
    }
}
