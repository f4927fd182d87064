//! Contracts with all the faults that the kit is there to find.

pub mod careless;
pub mod ledgerbook;
