use super::number::number;
use super::plot::{escaped, plot};
use super::table::Table;
use super::text::footer;
use crate::bench::Record;
use crate::bench::scenario::COLUMNS;
use std::fmt::Write as _;

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2733; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dbe1 } h3 { margin-bottom: .3rem; font-size: 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0 }
td, th { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #eceff2; font-weight: normal } th { color: #56616c }
td:first-child, th:first-child { text-align: left; padding-left: 0 } small { color: #56616c; margin-left: .3rem }
svg { width: 100%; max-width: 48rem; font: 12px system-ui, sans-serif } .v { fill: #56616c; font-size: 11px }
pre { white-space: pre-wrap; background: #f5f7f9; padding: .7rem }
@media (prefers-color-scheme: dark) {
 body { color: #d9e0e7; background: #14191f } td, th { border-color: #2a323b } h2 { border-color: #394450 } pre { background: #1d242c }
 svg text { fill: #d9e0e7 } .v { fill: #9aa7b4 !important }
}";

/// One page that needs nothing from elsewhere.
pub(in crate::bench) fn html(record: &Record) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>selvedge bench</title>\
         <style>{STYLE}</style></head><body>\n<h1>selvedge bench</h1>\n<pre>{}</pre>\n\
         <p>Every figure is the median over its rounds; small numbers are how many times the first column's it is.</p>\n",
        escaped(&footer(record))
    );
    let mut group = None;
    for table in Table::all(record) {
        if group != Some(table.group) {
            group = Some(table.group);
            let (title, explained) = (table.group.title(), table.group.explained());
            let _ = writeln!(out, "<h2>{title}</h2>\n<p>{}</p>", escaped(explained));
        }
        let (measure, unit) = (escaped(table.measure), escaped(table.unit));
        let _ = writeln!(out, "<h3>{measure}, {unit}</h3>");
        out += &plot(&table);
        out += &numbers(&table);
    }
    if !record.rounds.is_empty() {
        out += &rounds(record);
    }
    out + "</body></html>\n"
}

fn numbers(table: &Table<'_>) -> String {
    let mut out = String::from("<table><tr><th></th>");
    for column in &table.columns {
        let _ = write!(out, "<th>{}</th>", escaped(column));
    }
    out += "</tr>\n";
    for line in &table.lines {
        let _ = write!(out, "<tr><td>{}</td>", escaped(line.case));
        for (column, figure) in line.cells.iter().enumerate() {
            let Some(figure) = figure else {
                out += "<td></td>";
                continue;
            };
            let span = format!(
                "{} to {} in {} rounds",
                number(figure.low),
                number(figure.high),
                figure.samples
            );
            let _ = write!(out, "<td title=\"{span}\">{}", number(figure.value));
            if let Some(ratio) = line.ratio(column) {
                let _ = write!(out, "<small>{}x</small>", number(ratio));
            }
            out += "</td>";
        }
        out += "</tr>\n";
    }
    out + "</table>\n"
}

fn rounds(record: &Record) -> String {
    let mut out = String::from("<h2>Scenario</h2>\n<table><tr>");
    for column in COLUMNS {
        let _ = write!(out, "<th>{column}</th>");
    }
    out += "</tr>\n";
    for round in &record.rounds {
        out += "<tr>";
        for cell in round.cells() {
            let _ = write!(out, "<td>{}</td>", escaped(&cell));
        }
        out += "</tr>\n";
    }
    out + "</table>\n"
}
