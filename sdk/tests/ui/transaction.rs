//! Functions that cannot be transactions.
use selvedge_sdk::prelude::*;

macro_rules! contract {
    ($name:ident { $($function:tt)* }) => {
        #[derive(Default)]
        struct $name;

        #[selvedge_sdk::contract]
        impl $name {
            $($function)*
        }
    };
}

contract!(Async {
    #[transaction]
    async fn create(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(Generic {
    #[transaction]
    fn create<T>(&self, tx: &Tx, value: T) {
        let _ = (tx, value);
    }
});

contract!(NoReceiver {
    #[transaction]
    fn create(tx: &Tx) {
        let _ = tx;
    }
});

contract!(Mutable {
    #[transaction]
    fn create(&mut self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(Owned {
    #[transaction]
    fn create(self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(NoContext {
    #[transaction]
    fn create(&self) {}
});

contract!(NoContextButArguments {
    #[transaction]
    fn create(&self, id: String) {
        let _ = id;
    }
});

contract!(MutableContext {
    #[transaction]
    fn create(&self, tx: &mut Tx) {
        let _ = tx;
    }
});

contract!(TwoContexts {
    #[transaction]
    fn create(&self, tx: &Tx, again: &Tx) {
        let _ = (tx, again);
    }
});

contract!(Borrowed {
    #[transaction]
    fn create(&self, tx: &Tx, id: &str) {
        let _ = (tx, id);
    }
});

contract!(Unnamed {
    #[transaction]
    fn create(&self, tx: &Tx, (a, b): (u32, u32)) {
        let _ = (tx, a, b);
    }
});

contract!(Opaque {
    #[transaction]
    fn create(&self, tx: &Tx, id: impl Into<String>) {
        let _ = (tx, id.into());
    }
});

contract!(SameName {
    #[transaction]
    fn create(&self, tx: &Tx, asset_id: String, assetId: String) {
        let _ = (tx, asset_id, assetId);
    }
});

contract!(UnknownKey {
    #[transaction(readonly)]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(EmptyName {
    #[transaction(name = "")]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(Colon {
    #[transaction(name = "asset:Create")]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(Small {
    #[transaction(name = "create")]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(TwiceOnTheWire {
    #[transaction]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }

    #[transaction(name = "Create")]
    fn create_again(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(Empty {
    fn helper(&self) {}
});

contract!(TwoRoles {
    #[transaction]
    #[before]
    fn create(&self, tx: &Tx) {
        let _ = tx;
    }
});

contract!(TwoHooks {
    #[before]
    fn one(&self, _: &View, _: &Call) {}

    #[before]
    fn two(&self, _: &View, _: &Call) {}
});

contract!(Before {
    #[before]
    fn check(&self, _: &View) {}
});

contract!(After {
    #[after]
    fn check(&mut self, _: &View, _: &Call) {}
});

contract!(Unknown {
    #[unknown]
    async fn other(&self, _: &View, _: &Call) {}
});

fn main() {}
