//! The contract and the test of docs/quick-start.md.
#![allow(
    unreachable_pub,
    reason = "a contract is a crate of its own; here it is a module of a test"
)]

use selvedge_testkit::Network;

mod greeter {
    use selvedge_sdk::prelude::*;

    const GREETINGS: Records<String, String> = Records::plain();

    #[derive(Default)]
    pub struct Greeter;

    #[contract]
    impl Greeter {
        #[transaction]
        pub fn greet(&self, tx: &Tx, name: String, text: String) -> Result<(), SdkError> {
            GREETINGS.put(tx, &name, &text)
        }

        #[transaction]
        pub fn greeting(&self, query: &Query, name: String) -> Result<Option<String>, SdkError> {
            GREETINGS.get(query, &name)
        }
    }

    chaincode!(Greeter);
}

#[test]
fn a_greeting_is_kept() {
    let network = Network::new();
    let greeter = network.deploy("greeter", greeter::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let greeted = greeter.submit(&ann, "Greet", ("ann", "hello"));
    assert_eq!(greeted.rwset(), "greeter\n  write ann = \"hello\"\n");
    assert_eq!(greeter.call(&ann, "Greeting", ("ann",)).text(), "hello");
    assert_eq!(greeter.call(&ann, "Greeting", ("bob",)).text(), "");
}
