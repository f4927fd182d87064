use crate::wire::Object;

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

    pub(crate) fn to_json(self) -> String {
        let mut object = Object::new();
        let (kind, name) = match self.kind {
            Kind::Records if self.name.is_empty() => {
                return object
                    .text("keys", "simple")
                    .text("kind", "records")
                    .finish();
            }
            Kind::Private => {
                object.text("collection", self.name);
                return object.text("kind", "private").finish();
            }
            Kind::Records => ("records", self.name),
            Kind::Index => ("index", self.name),
            Kind::Implicit => ("implicit", self.name),
        };
        object.text("kind", kind).text("name", name);
        let parts = i64::try_from(self.parts).unwrap_or_default();
        object.number("parts", parts).finish()
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
