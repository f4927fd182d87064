use super::number::number;
use super::table::Table;
use std::fmt::Write as _;

const COLOURS: [&str; 6] = [
    "#2a6fb0", "#d1802b", "#3d9a57", "#a64d9c", "#8a8f98", "#b5483a",
];
const LABEL: f64 = 210.0;
const WIDTH: f64 = 460.0;
const VALUE: f64 = 90.0;
const BAR: f64 = 13.0;
const GAP: f64 = 10.0;

/// Bars beside each other, in SVG. Where figures differ by more than a factor of thirty the axis is logarithmic, and says
/// so.
pub(super) fn plot(table: &Table<'_>) -> String {
    let values = || {
        let figures = table
            .lines
            .iter()
            .flat_map(|line| line.cells.iter().flatten());
        figures
            .map(|figure| figure.value)
            .filter(|value| *value > 0.0)
    };
    let most = values().fold(0.0, f64::max);
    let least = values().fold(f64::INFINITY, f64::min);
    if most <= 0.0 {
        return String::new();
    }
    let logarithmic = most / least > 30.0;
    let length = |value: f64| match logarithmic {
        // A decade below the least, so that it has a bar.
        true => (value / (least / 10.0)).log10() / (most / (least / 10.0)).log10(),
        false => value / most,
    };
    let bars: usize = table.lines.iter().map(|line| line.cells.len()).sum();
    let legend = 24.0;
    let height = legend + bars as f64 * BAR + table.lines.len() as f64 * GAP + 4.0;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {height}\" role=\"img\" aria-label=\"{}\">\n",
        LABEL + WIDTH + VALUE,
        escaped(table.measure)
    );
    let _ = write!(svg, "{}", key(table, logarithmic));
    let mut y = legend;
    for line in &table.lines {
        let middle = y + line.cells.len() as f64 * BAR / 2.0 + 4.0;
        let (x, case) = (LABEL - 8.0, escaped(line.case));
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{middle}\" text-anchor=\"end\">{case}</text>"
        );
        for (column, figure) in line.cells.iter().enumerate() {
            if let Some(figure) = figure.filter(|figure| figure.value > 0.0) {
                let long = (length(figure.value) * WIDTH).max(1.0);
                let (thick, colour) = (BAR - 2.0, COLOURS[column % COLOURS.len()]);
                let (end, base) = (LABEL + long + 5.0, y + BAR - 3.0);
                let value = number(figure.value);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{LABEL}\" y=\"{y}\" width=\"{long:.1}\" height=\"{thick}\" fill=\"{colour}\"/>\
                     <text x=\"{end:.1}\" y=\"{base}\" class=\"v\">{value}</text>"
                );
            }
            y += BAR;
        }
        y += GAP;
    }
    svg + "</svg>\n"
}

fn key(table: &Table<'_>, logarithmic: bool) -> String {
    let mut key = String::new();
    let mut x = LABEL;
    for (column, name) in table.columns.iter().enumerate() {
        let (colour, text) = (COLOURS[column % COLOURS.len()], x + 14.0);
        let _ = writeln!(
            key,
            "<rect x=\"{x}\" y=\"4\" width=\"10\" height=\"10\" fill=\"{colour}\"/><text x=\"{text}\" y=\"13\">{}</text>",
            escaped(name)
        );
        x += 26.0 + name.chars().count() as f64 * 7.5;
    }
    if logarithmic {
        let _ = writeln!(
            key,
            "<text x=\"{x}\" y=\"13\" class=\"v\">logarithmic</text>"
        );
    }
    key
}

/// For text and attributes of HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
