use serde_json::{Value, json};

/// Where a table keeps its records: for the metadata, and to find tables that would meet each other's records.
///
/// A contract lists its tables in `#[contract(state(ASSETS, BY_OWNER))]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    kind: Kind,
    /// Of a composite key, or of a collection; empty for simple keys.
    name: &'static str,
    /// Of the key.
    parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Records,
    Index,
    Private,
    Implicit,
}

impl Layout {
    pub(super) const fn records(name: Option<&'static str>, parts: usize) -> Self {
        let name = match name {
            Some(name) => name,
            None => "",
        };
        Self {
            kind: Kind::Records,
            name,
            parts,
        }
    }

    pub(super) const fn index(name: &'static str, parts: usize) -> Self {
        Self {
            kind: Kind::Index,
            name,
            parts,
        }
    }

    pub(super) const fn private(collection: &'static str) -> Self {
        Self {
            kind: Kind::Private,
            name: collection,
            parts: 1,
        }
    }

    pub(super) const fn implicit(name: &'static str, parts: usize) -> Self {
        Self {
            kind: Kind::Implicit,
            name,
            parts,
        }
    }

    /// Tables in different spaces never meet.
    const fn space(&self) -> u8 {
        match self.kind {
            Kind::Records | Kind::Index => 0,
            Kind::Private => 1,
            Kind::Implicit => 2,
        }
    }

    pub(crate) fn to_json(self) -> Value {
        match self.kind {
            Kind::Records if self.name.is_empty() => json!({"kind": "records", "keys": "simple"}),
            Kind::Records => json!({"kind": "records", "name": self.name, "parts": self.parts}),
            Kind::Index => json!({"kind": "index", "name": self.name, "parts": self.parts}),
            Kind::Private => json!({"kind": "private", "collection": self.name}),
            Kind::Implicit => json!({"kind": "implicit", "name": self.name, "parts": self.parts}),
        }
    }
}

/// Runs at compile time inside [`#[contract]`](macro@crate::contract).
#[doc(hidden)]
pub const fn assert_disjoint(tables: &[Layout]) {
    let mut left = 0;
    while left < tables.len() {
        let mut right = left + 1;
        while right < tables.len() {
            let (one, other) = (&tables[left], &tables[right]);
            assert!(
                one.space() != other.space()
                    || !crate::chaincode::same(one.name.as_bytes(), other.name.as_bytes()),
                "two tables of this contract keep their records under the same keys: give one a name of its own"
            );
            right += 1;
        }
        left += 1;
    }
}
