//! `selvedge dev`: a whole network in one process.
