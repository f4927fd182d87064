//! Rich queries over JSON values: selectors, sort orders, indexes.
