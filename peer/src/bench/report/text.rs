use super::table::Table;
use crate::bench::Record;
use crate::bench::scenario::COLUMNS;
use std::fmt::Write as _;

/// For a terminal: every table, each figure with how many times the first column's it is.
pub(in crate::bench) fn text(record: &Record) -> String {
    let mut out = String::new();
    let mut group = None;
    for table in Table::all(record) {
        if group != Some(table.group) {
            group = Some(table.group);
            let _ = write!(out, "\n{}\n", table.group.title());
        }
        let _ = write!(out, "\n  {}, {}\n", table.measure, table.unit);
        let rows = table.rows(String::new());
        out += &aligned(&rows, "  ");
    }
    if !record.rounds.is_empty() {
        out.push('\n');
        let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
        rows.extend(record.rounds.iter().map(|round| round.cells().to_vec()));
        out += &aligned(&rows, "");
        for round in &record.rounds {
            if let Some(failure) = &round.failure {
                let _ = writeln!(out, "{} ({}): {failure}", round.name, round.way.title());
            }
        }
    }
    let _ = write!(out, "\n{}", footer(record));
    out
}

pub(super) fn footer(record: &Record) -> String {
    let mut out = format!(
        "selvedge {} ({} run), {}, {:.0} s\n{}\n",
        record.version,
        record.pace,
        record.began,
        record.seconds,
        record.machine.describe()
    );
    for left in &record.skipped {
        let _ = writeln!(out, "*** SKIPPED {}: {}", left.way.title(), left.why);
    }
    out
}

/// The first column to the left, all others to the right.
pub(super) fn aligned(rows: &[Vec<String>], indent: &str) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut out = String::new();
    for row in rows {
        let mut line = indent.to_owned();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let _ = match column {
                0 => write!(line, "{cell:width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}
