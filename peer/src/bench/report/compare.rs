use super::number::number;
use super::text::aligned;
use crate::bench::{Figure, Record};
use std::fmt::Write as _;

/// Figures within this ratio of each other are called the same.
const SAME: f64 = 1.05;

/// What became of every figure that both runs have. Figures of two machines, or of two moods of one, differ by more than
/// what was changed: whoever reads this is told what the machines were.
pub(in crate::bench) fn compare(before: &Record, after: &Record) -> String {
    let mut out = String::new();
    for (which, record) in [("before", before), ("after", after)] {
        let (began, version) = (&record.began, &record.version);
        let machine = record.machine.describe();
        let _ = writeln!(out, "{which}: {began}, selvedge {version}, {machine}");
    }
    let (a, b) = (&before.machine, &after.machine);
    if (&a.processor, a.cores) != (&b.processor, b.cores) {
        out += "The machines differ: the ratios say nothing of the programs.\n";
    }
    let mut group = None;
    let mut rows = Vec::new();
    for new in &after.figures {
        let Some(old) = before.figures.iter().find(|old| is_same(old, new)) else {
            continue;
        };
        if group != Some(new.group) {
            group = Some(new.group);
            rows.push(vec![String::new()]);
            rows.push(vec![new.group.title().to_owned()]);
        }
        let name = format!("  {}, {}: {}", new.measure, new.column, new.case);
        let mut row = vec![name, number(old.value), number(new.value), new.unit.clone()];
        row.extend(verdict(old, new));
        rows.push(row);
    }
    for new in &after.rounds {
        let same = before
            .rounds
            .iter()
            .find(|old| (&old.name, old.way) == (&new.name, new.way));
        if let Some(old) = same {
            let name = format!("{} ({})", new.name, new.way.title());
            let ratio = number(new.throughput / old.throughput);
            let values = [number(old.throughput), number(new.throughput)];
            let [old, new] = values;
            rows.push(vec![name, old, new, "TPS".to_owned(), ratio]);
        }
    }
    if rows.is_empty() {
        out += "The two have no figure in common.\n";
    }
    out + &aligned(&rows, "")
}

fn is_same(old: &Figure, new: &Figure) -> bool {
    let name = |figure: &Figure| {
        let Figure {
            measure,
            unit,
            case,
            column,
            ..
        } = figure;
        [measure, unit, case, column].map(String::clone)
    };
    old.group == new.group && name(old) == name(new)
}

/// The ratio, and a word for it.
fn verdict(old: &Figure, new: &Figure) -> [String; 2] {
    if old.value <= 0.0 || new.value <= 0.0 {
        return ["".to_owned(), "".to_owned()];
    }
    let ratio = new.value / old.value;
    let gained = if new.more_is_better {
        ratio
    } else {
        1.0 / ratio
    };
    // Rounds that overlap do not tell two runs apart.
    let apart = new.low > old.high || new.high < old.low;
    let word = match gained {
        more if more > SAME && apart => "better",
        less if less < 1.0 / SAME && apart => "worse",
        _ => "",
    };
    [format!("{ratio:.2}x"), word.to_owned()]
}
