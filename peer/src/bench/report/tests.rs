use super::{compare, html, markdown, text};
use crate::bench::{Figure, Group, Machine, Record};

fn figure(case: &str, column: &str, value: f64) -> Figure {
    Figure {
        group: Group::Warm,
        measure: "latency".to_owned(),
        unit: "µs".to_owned(),
        more_is_better: false,
        case: case.to_owned(),
        column: column.to_owned(),
        value,
        low: value,
        high: value,
        samples: 3,
    }
}

fn record(figures: Vec<Figure>) -> Record {
    Record {
        format: Record::FORMAT,
        version: "0.1.0".to_owned(),
        began: "2026-11-29T09:00:00Z".to_owned(),
        seconds: 12.0,
        pace: "quick".to_owned(),
        machine: Machine {
            processor: "Some <Processor>".to_owned(),
            cores: 2,
            ..Machine::default()
        },
        skipped: Vec::new(),
        figures,
        rounds: Vec::new(),
    }
}

#[test]
fn every_figure_is_set_against_the_first_column() {
    let record = record(vec![
        figure("empty", "Wasm", 100.0),
        figure("100 gets", "Wasm", 200.0),
        figure("100 gets", "Docker", 5_000.0),
    ]);
    let text = text(&record);
    let expected = "
  latency, µs
            Wasm         Docker
  empty      100
  100 gets   200  5,000 (25.0x)
";
    assert!(text.contains(expected), "{text}");
    let markdown = markdown(&record);
    let expected = "
| latency, µs | Wasm | Docker |
|---|--:|--:|
| empty | 100 |  |
| 100 gets | 200 | 5,000 (25.0x) |
";
    assert!(markdown.contains(expected), "{markdown}");
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_quotes_what_it_shows() {
    let page = html(&record(vec![
        figure("a & b", "Wasm", 1.0),
        figure("a & b", "Node", 1_000.0),
    ]));
    assert!(page.contains("Some &lt;Processor&gt;"), "{page}");
    assert!(page.contains("a &amp; b"), "{page}");
    assert!(page.contains("logarithmic"), "{page}");
    for foreign in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign} in {page}");
    }
}

#[test]
fn what_differs_beyond_its_rounds_is_called_better_or_worse() {
    let before = record(vec![
        figure("empty", "Wasm", 100.0),
        figure("gone", "Wasm", 1.0),
        figure("slower", "Wasm", 100.0),
        Figure {
            low: 90.0,
            high: 130.0,
            ..figure("blurred", "Wasm", 100.0)
        },
    ]);
    let after = record(vec![
        figure("empty", "Wasm", 50.0),
        figure("slower", "Wasm", 120.0),
        figure("blurred", "Wasm", 120.0),
    ]);
    let told = compare(&before, &after);
    let line = |case: &str| {
        let found = told.lines().find(|line| line.contains(case));
        found.unwrap_or_default().split_whitespace().last()
    };
    assert_eq!(line("empty"), Some("better"), "{told}");
    assert_eq!(line("slower"), Some("worse"), "{told}");
    assert_eq!(line("blurred"), Some("1.20x"), "{told}");
    assert!(!told.contains("gone"), "{told}");
    assert!(!told.contains("machines differ"), "{told}");
}
