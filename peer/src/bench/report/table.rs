use super::number::number;
use crate::bench::{Figure, Group, Record};

/// Figures of one measure: a line for each case, a column for each way.
pub(super) struct Table<'r> {
    pub(super) group: Group,
    pub(super) measure: &'r str,
    pub(super) unit: &'r str,
    pub(super) columns: Vec<&'r str>,
    pub(super) lines: Vec<Line<'r>>,
}

pub(super) struct Line<'r> {
    pub(super) case: &'r str,
    /// One for each column.
    pub(super) cells: Vec<Option<&'r Figure>>,
}

impl<'r> Table<'r> {
    /// All tables of a record, in the order in which they were measured.
    pub(super) fn all(record: &'r Record) -> Vec<Self> {
        let mut tables: Vec<Self> = Vec::new();
        for figure in &record.figures {
            let same =
                |table: &&mut Self| table.group == figure.group && table.measure == figure.measure;
            match tables.iter_mut().find(same) {
                Some(table) => table.add(figure),
                None => {
                    let mut table = Self {
                        group: figure.group,
                        measure: &figure.measure,
                        unit: &figure.unit,
                        columns: Vec::new(),
                        lines: Vec::new(),
                    };
                    table.add(figure);
                    tables.push(table);
                }
            }
        }
        tables
    }

    /// As text: the head, which begins with `corner`, and a row for each case.
    pub(super) fn rows(&self, corner: String) -> Vec<Vec<String>> {
        let columns = self.columns.iter().map(|&column| column.to_owned());
        let mut rows = vec![std::iter::once(corner).chain(columns).collect()];
        rows.extend(self.lines.iter().map(Line::row));
        rows
    }

    fn add(&mut self, figure: &'r Figure) {
        let column = position(&mut self.columns, figure.column.as_str());
        let found = self.lines.iter().position(|line| line.case == figure.case);
        let index = found.unwrap_or_else(|| {
            self.lines.push(Line {
                case: &figure.case,
                cells: Vec::new(),
            });
            self.lines.len() - 1
        });
        let width = self.columns.len();
        for line in &mut self.lines {
            line.cells.resize(width, None);
        }
        if let Some(cell) = self
            .lines
            .get_mut(index)
            .and_then(|line| line.cells.get_mut(column))
        {
            *cell = Some(figure);
        }
    }
}

fn position<'r>(columns: &mut Vec<&'r str>, column: &'r str) -> usize {
    let found = columns.iter().position(|known| *known == column);
    found.unwrap_or_else(|| {
        columns.push(column);
        columns.len() - 1
    })
}

impl Line<'_> {
    /// The case, and each figure with how many times the first column's it is.
    fn row(&self) -> Vec<String> {
        let cells = self.cells.iter().enumerate().map(|(column, cell)| {
            let value = cell.map(|figure| number(figure.value)).unwrap_or_default();
            match self.ratio(column) {
                Some(ratio) => format!("{value} ({}x)", number(ratio)),
                None => value,
            }
        });
        std::iter::once(self.case.to_owned()).chain(cells).collect()
    }

    /// How many times the first column's figure another one's is: that is what a reader compares.
    pub(super) fn ratio(&self, column: usize) -> Option<f64> {
        let (first, other) = (
            self.cells.first()?.as_ref()?,
            self.cells.get(column)?.as_ref()?,
        );
        (column > 0 && first.value > 0.0).then(|| other.value / first.value)
    }
}
