//! The smallest store that can answer queries: what the peer's ledger does with RocksDB, on maps.

use selvedge_query::{Bounds, Document, Index, Plan, Query};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Store {
    pub(crate) documents: BTreeMap<String, Vec<u8>>,
    pub(crate) indexes: Vec<Index>,
    rows: Vec<BTreeSet<(Vec<u8>, String)>>,
}

impl Store {
    pub(crate) fn new(documents: &[(&str, &str)], indexes: &[&str]) -> Self {
        let documents: BTreeMap<String, Vec<u8>> = documents
            .iter()
            .map(|(key, value)| (key.to_string(), value.as_bytes().to_vec()))
            .collect();
        let indexes: Vec<Index> = indexes
            .iter()
            .map(|text| Index::parse(text.as_bytes()).unwrap())
            .collect();
        let rows = indexes
            .iter()
            .map(|index| {
                let row = |(key, value): (&String, &Vec<u8>)| {
                    let row = index.entry(&Document::new(key, value))?;
                    Some(([row, key.as_bytes().to_vec()].concat(), key.clone()))
                };
                documents.iter().filter_map(row).collect()
            })
            .collect();
        Self {
            documents,
            indexes,
            rows,
        }
    }

    pub(crate) fn plan(&self, query: &str) -> Result<Plan, String> {
        let indexes: Vec<&Index> = self.indexes.iter().collect();
        let query = Query::parse(query, "").map_err(|error| error.to_string())?;
        query.plan(&indexes).map_err(|error| error.to_string())
    }

    /// Keys of the documents found, in order.
    pub(crate) fn find(&self, query: &str) -> Vec<String> {
        self.run(query, &self.plan(query).unwrap())
    }

    /// Without any index; only for queries without a sort.
    pub(crate) fn scan(&self, query: &str) -> Vec<String> {
        let parsed = Query::parse(query, "").unwrap();
        let matching = self
            .documents
            .iter()
            .filter(|(key, value)| parsed.matches(&Document::new(key, value)));
        matching.map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn run(&self, query: &str, plan: &Plan) -> Vec<String> {
        let query = Query::parse(query, "").unwrap();
        let is_left = |row: &[u8]| match &plan.after {
            Some(after) if plan.descending => row < after,
            Some(after) => row > after,
            None => true,
        };
        let mut keys: Vec<String> = match &plan.bounds {
            Bounds::Nothing => vec![],
            Bounds::Rows { lower, upper } => self.rows[plan.index.unwrap()]
                .iter()
                .filter(|(row, _)| row >= lower && row < upper)
                .filter(|(row, _)| is_left(row))
                .map(|(_, key)| key.clone())
                .collect(),
            Bounds::Ids { first, last } => self
                .documents
                .keys()
                .filter(|key| first.as_ref().is_none_or(|first| *key >= first))
                .filter(|key| last.as_ref().is_none_or(|last| *key <= last))
                .filter(|key| is_left(key.as_bytes()))
                .cloned()
                .collect(),
        };
        if plan.descending {
            keys.reverse();
        }
        keys.retain(|key| query.matches(&Document::new(key, &self.documents[key])));
        keys
    }
}
