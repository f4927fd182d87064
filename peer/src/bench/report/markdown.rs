use super::table::Table;
use super::text::footer;
use crate::bench::Record;
use crate::bench::scenario::COLUMNS;
use std::fmt::Write as _;

/// Tables for a document.
pub(in crate::bench) fn markdown(record: &Record) -> String {
    let mut out = format!("```text unproven: measured\n{}```\n", footer(record));
    let mut group = None;
    for table in Table::all(record) {
        if group != Some(table.group) {
            group = Some(table.group);
            let (title, explained) = (table.group.title(), table.group.explained());
            let _ = write!(out, "\n## {title}\n\n{explained}\n");
        }
        let rows = table.rows(format!("{}, {}", table.measure, table.unit));
        out += &piped(&rows);
    }
    if !record.rounds.is_empty() {
        out += "\n## Scenario\n";
        let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
        rows.extend(record.rounds.iter().map(|round| round.cells().to_vec()));
        out += &piped(&rows);
    }
    out
}

/// The first row is the head.
fn piped(rows: &[Vec<String>]) -> String {
    let mut out = String::from("\n");
    for (index, row) in rows.iter().enumerate() {
        let _ = writeln!(out, "| {} |", row.join(" | "));
        if index == 0 {
            let _ = writeln!(out, "|---|{}", "--:|".repeat(row.len() - 1));
        }
    }
    out
}
