//! Records as lines for people.

use crate::audit::{
    BegunWith, BlockReport, Check, Difference, Kind, Record, Summary, TransactionReport, Verdict,
};
use std::fmt::Write as _;

/// Digits of a hash that tell it from others of its chain.
const DIGITS: usize = 16;

pub(super) fn lines(record: &Record) -> String {
    match record {
        Record::Block(block) => self::block(block),
        Record::Difference(difference) => self::difference(difference),
        Record::Summary(summary) => self::summary(summary),
    }
}

fn block(block: &BlockReport) -> String {
    let commit_hash = &block.commit_hash;
    let commit = match (&commit_hash.computed, &commit_hash.recorded) {
        (None, None) => "none".to_owned(),
        (Some(computed), None) => format!("{} (none recorded)", short(computed)),
        (computed, recorded) if computed == recorded => {
            format!(
                "{} as recorded",
                short(computed.as_deref().unwrap_or_default())
            )
        }
        (computed, recorded) => format!(
            "{} recorded {}",
            short(computed.as_deref().unwrap_or("none")),
            short(recorded.as_deref().unwrap_or("none"))
        ),
    };
    let mut out = format!(
        "block {:<6} {}  data {}  link {}  signatures {}  commit hash {commit}\n",
        block.number,
        short(&block.header_hash),
        mark(&block.data_hash),
        mark(&block.previous_hash),
        mark(&block.signatures),
    );
    for transaction in &block.transactions {
        let _ = writeln!(out, "{}", line(transaction));
    }
    out
}

fn line(transaction: &TransactionReport) -> String {
    let TransactionReport {
        index,
        tx_id,
        kind,
        verdict,
        recorded,
    } = transaction;
    let recorded = match recorded {
        None => "none recorded".to_owned(),
        Some(recorded) if recorded == verdict => "as recorded".to_owned(),
        Some(recorded) => format!("recorded {}", named(*recorded)),
    };
    let id = match tx_id.is_empty() {
        true => "-",
        false => short(tx_id),
    };
    let kind = match kind.is_empty() {
        true => "-",
        false => kind,
    };
    let verdict = named(*verdict);
    format!("  {index:>5}  {id:<DIGITS$}  {kind:<20}  {verdict:<32}  {recorded}")
}

fn named(verdict: Verdict) -> String {
    format!("{} ({})", verdict.name(), verdict.0)
}

fn mark(check: &Check) -> &'static str {
    match check.ok {
        true => "ok",
        false => "WRONG",
    }
}

fn short(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

fn difference(difference: &Difference) -> String {
    let what = match difference.what {
        Kind::Genesis => "another genesis block",
        Kind::DataHash => "data hash",
        Kind::PreviousHash => "previous hash",
        Kind::Signatures => "signatures",
        Kind::Form => "form",
        Kind::LastConfig => "last configuration",
        Kind::Configuration => "configuration",
        Kind::Verdicts | Kind::Verdict => "verdict",
        Kind::CommitHash => "commit hash",
        Kind::State => "state",
    };
    let place = match difference.transaction {
        None => format!("block {}", difference.block),
        Some(tx) => format!("block {}, transaction {tx}", difference.block),
    };
    let mut out = format!("DIFFERENCE  {place}: {what}: {}\n", difference.message);
    if !difference.tx_id.is_empty() {
        let _ = writeln!(out, "    transaction ID: {}", difference.tx_id);
    }
    let _ = writeln!(out, "    in: {}", difference.origin);
    if let Some(explanation) = &difference.explanation {
        let _ = writeln!(out, "    because: {}", explanation.cause);
        for (name, value) in &explanation.facts {
            let _ = writeln!(out, "    {name}: {value}");
        }
    }
    out
}

fn summary(summary: &Summary) -> String {
    let mut out = format!(
        "\nchannel {}: {} blocks, {} transactions\n",
        summary.channel, summary.blocks, summary.transactions
    );
    let _ = writeln!(
        out,
        "  {:<32}  {:>9}  {:>9}",
        "verdict", "computed", "recorded"
    );
    for (name, count) in &summary.verdicts {
        let (computed, recorded) = (count.computed, count.recorded);
        let _ = writeln!(out, "  {name:<32}  {computed:>9}  {recorded:>9}");
    }
    let _ = writeln!(
        out,
        "  header hash of the last block: {}",
        summary.header_hash
    );
    let _ = writeln!(
        out,
        "  commit hash of the last block: {}",
        summary.commit_hash
    );
    let compared = match summary.state_compared {
        true => ", compared with those of the ledger",
        false => "",
    };
    let _ = writeln!(
        out,
        "  state: {} public rows, {} hashed ones{compared}",
        summary.public_rows, summary.hashed_rows
    );
    if let Some(BegunWith {
        dir,
        last_block,
        hash,
    }) = &summary.snapshot
    {
        let _ = writeln!(
            out,
            "  not judged: blocks 0 to {last_block}, since the state that they were judged by is not known here; and the state behind\n  \
             block {last_block}, which is that of the snapshot in {dir}. Its files are those that it names; compare its hash with what\n  \
             other organisations have: {hash}"
        );
    }
    if summary.private_sets > 0 {
        let _ = writeln!(
            out,
            "  private data: {} write sets, judged by their hashes; the values are not in blocks",
            summary.private_sets
        );
    }
    if summary.without_verdicts > 0 {
        let count = summary.without_verdicts;
        let _ = writeln!(out, "  {count} blocks carry no verdicts to compare with");
    }
    if let Some(stopped) = &summary.stopped {
        let _ = writeln!(out, "  ENDED EARLY: {stopped}");
    }
    let _ = match summary.differences {
        0 if summary.stopped.is_some() => writeln!(out, "no difference until then"),
        0 => writeln!(out, "no difference"),
        1 => writeln!(out, "1 difference"),
        many => writeln!(out, "{many} differences"),
    };
    out
}
