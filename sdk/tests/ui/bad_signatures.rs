//! Functions that cannot be transactions.
use selvedge_sdk::prelude::*;

#[derive(Default)]
struct Async;

#[contract]
impl Async {
    #[transaction]
    async fn create(&self, tx: &Tx) {
        let _ = tx;
    }
}

#[derive(Default)]
struct NoContext;

#[contract]
impl NoContext {
    #[transaction]
    fn create(&self, id: String) {
        let _ = id;
    }
}

#[derive(Default)]
struct Borrowed;

#[contract]
impl Borrowed {
    #[transaction]
    fn create(&self, tx: &Tx, id: &str) {
        let _ = (tx, id);
    }
}

#[derive(Default)]
struct Mutable;

#[contract]
impl Mutable {
    #[transaction]
    fn create(&mut self, tx: &Tx) {
        let _ = tx;
    }
}

#[derive(Default)]
struct Empty;

#[contract]
impl Empty {
    fn helper(&self) {}
}

fn main() {}
