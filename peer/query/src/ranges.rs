//! What a selector says of each field, brought down to one range (CouchDB: mango_idx_view.erl, range).

use crate::collate::{HIGHEST, compare, encode};
use crate::json::Json;
use crate::selector::{Restriction, Selector};
use std::cmp::Ordering;

/// The highest text of the collation follows a prefix.
const LAST: char = '\u{ffff}';

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Range {
    /// `None`: from the first value.
    pub(crate) low: Option<Json>,
    /// `low` itself is inside.
    low_inside: bool,
    pub(crate) high: Option<Json>,
    high_inside: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldRange {
    Empty,
    Range(Range),
}

/// By field name, sorted. Where one field can have no value, it alone is left.
pub(crate) fn field_ranges(selector: &Selector) -> Vec<(String, FieldRange)> {
    let restrictions = selector.restrictions();
    let mut names: Vec<&str> = restrictions.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let mut own = restrictions.iter().filter(|(field, _)| *field == name);
        let range = own.try_fold(Range::default(), |range, (_, restriction)| {
            range.narrow(*restriction)
        });
        match range {
            None => return vec![(name.to_owned(), FieldRange::Empty)],
            Some(range) => found.push((name.to_owned(), FieldRange::Range(range))),
        }
    }
    found
}

/// Where a value lies among the bounds of a range.
#[derive(PartialEq)]
enum Place {
    Below,
    Low,
    Inside,
    High,
    Above,
}

impl Range {
    fn place(&self, value: &Json) -> Place {
        match self.low.as_ref().map(|low| compare(value, low)) {
            Some(Ordering::Less) => return Place::Below,
            Some(Ordering::Equal) => return Place::Low,
            _ => {}
        }
        match self.high.as_ref().map(|high| compare(value, high)) {
            Some(Ordering::Equal) => Place::High,
            Some(Ordering::Greater) => Place::Above,
            _ => Place::Inside,
        }
    }

    fn narrow(self, restriction: Restriction<'_>) -> Option<Self> {
        match restriction {
            Restriction::Exists => Some(self),
            Restriction::Less(value) => self.below(value, false),
            Restriction::AtMost(value) => self.below(value, true),
            Restriction::Equal(value) => self.exactly(value),
            Restriction::AtLeast(value) => self.above(value, true),
            Restriction::Greater(value) => self.above(value, false),
            Restriction::BeginsWith(prefix) => self
                .above(&Json::String(prefix.to_owned()), true)?
                .below(&Json::String(format!("{prefix}{LAST}")), true),
        }
    }

    fn below(self, value: &Json, inside: bool) -> Option<Self> {
        match self.place(value) {
            Place::Below => None,
            Place::Low if inside && self.low_inside => Some(Self::only(value)),
            Place::Low => None,
            Place::High if inside => Some(self),
            Place::Inside | Place::High => Some(Self {
                high: Some(value.clone()),
                high_inside: inside,
                ..self
            }),
            Place::Above => Some(self),
        }
    }

    fn above(self, value: &Json, inside: bool) -> Option<Self> {
        match self.place(value) {
            Place::Below => Some(self),
            Place::Low if inside => Some(self),
            Place::Low | Place::Inside => Some(Self {
                low: Some(value.clone()),
                low_inside: inside,
                ..self
            }),
            Place::High if inside && self.high_inside => Some(Self::only(value)),
            Place::High | Place::Above => None,
        }
    }

    fn exactly(self, value: &Json) -> Option<Self> {
        let possible = match self.place(value) {
            Place::Inside => true,
            Place::Low => self.low_inside,
            Place::High => self.high_inside,
            Place::Below | Place::Above => false,
        };
        possible.then(|| Self::only(value))
    }

    fn only(value: &Json) -> Self {
        Self {
            low: Some(value.clone()),
            low_inside: true,
            high: Some(value.clone()),
            high_inside: true,
        }
    }
}

/// First and past-the-last row of an index for the ranges of its leading columns. Rows outside the ranges may lie
/// between: the selector still has to be asked.
pub(crate) fn rows(ranges: &[Range]) -> (Vec<u8>, Vec<u8>) {
    let bound = |side: fn(&Range) -> Option<&Json>| {
        let mut out = Vec::new();
        for value in ranges.iter().map_while(side) {
            encode(value, &mut out);
        }
        out
    };
    let lower = bound(|range| range.low.as_ref());
    let mut upper = bound(|range| range.high.as_ref());
    upper.push(HIGHEST);
    (lower, upper)
}
