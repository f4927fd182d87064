use selvedge_sdk::prelude::*;

const GREETINGS: Records<String, String> = Records::plain();

#[derive(Default)]
pub struct Greeter;

#[contract]
impl Greeter {
    #[transaction] // writes, because it takes a Tx
    pub fn greet(&self, tx: &Tx, name: String, text: String) -> Result<(), SdkError> {
        GREETINGS.put(tx, &name, &text)
    }

    #[transaction] // only reads, because it takes a Query
    pub fn greeting(&self, query: &Query, name: String) -> Result<Option<String>, SdkError> {
        GREETINGS.get(query, &name)
    }
}

chaincode!(Greeter);
