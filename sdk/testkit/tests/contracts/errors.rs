//! Errors as text and as JSON, in the metadata, and passed on from one chaincode to the next.

use expect_test::expect_file;
use selvedge_sdk::prelude::*;
use selvedge_testkit::Network;
use serde_json::{Value, json};

/// Not JSON, and no part of an error's data.
#[derive(Debug)]
pub struct Opaque;

#[derive(Debug, ContractError)]
pub enum Inner {
    #[status(451, "sealed")]
    Sealed,
}

#[derive(Debug, ContractError)]
pub enum ShopError {
    #[status(404, "the asset {0} does not exist")]
    NotFound(String),
    #[status(403, "only {owner} may transfer it, {}", by.join(" or "))]
    NotOwner { owner: String, by: Vec<String> },
    #[status(418, "{0} of something else")]
    Odd(u32, Opaque),
    #[status(423, "closed")]
    Closed,
    #[transparent]
    Inner(#[from] Inner),
    #[transparent]
    Sdk(#[from] SdkError),
}

#[derive(Default)]
pub struct Shop;

#[contract(errors = "json")]
impl Shop {
    #[transaction]
    fn fail(&self, view: &View, how: String) -> Result<u32, ShopError> {
        Err(match how.as_str() {
            "missing" => ShopError::NotFound("a1".to_owned()),
            "owner" => ShopError::NotOwner {
                owner: "ann".to_owned(),
                by: vec!["bob".to_owned(), "\"cy\"\n".to_owned()],
            },
            "odd" => ShopError::Odd(1, Opaque),
            "closed" => ShopError::Closed,
            "inner" => Inner::Sealed.into(),
            _ => {
                let _: u32 = view.transient("value")?;
                return Ok(1);
            }
        })
    }
}

selvedge_sdk::chaincode!(Shop);

mod plain {
    use super::*;

    #[derive(Default)]
    pub struct Reseller;

    #[contract]
    impl Reseller {
        #[transaction]
        fn ask(&self, tx: &Tx, how: String) -> Result<u32, SdkError> {
            tx.chaincode("shop").call("Fail", (how,))
        }

        #[transaction]
        fn code(&self, tx: &Tx, how: String) -> String {
            match tx.chaincode("shop").call::<u32>("Fail", (how,)) {
                Ok(value) => value.to_string(),
                Err(error) => format!("{} {}", error.code(), error.data()),
            }
        }
    }

    selvedge_sdk::chaincode!(Reseller);
}

fn line(status: i32, line: Value) -> Option<(i32, Value)> {
    Some((status, line))
}

#[test]
fn an_error_as_json_has_code_text_and_data() {
    let network = Network::new();
    let shop = network.deploy("shop", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let answer = |function: &str, args: &str| {
        let call = shop.call(&ann, function, (args,));
        let refusal = call.refusal();
        refusal.map(|(status, text)| {
            assert!(!text.contains('\n'), "{text}");
            (status, serde_json::from_str::<Value>(text).unwrap())
        })
    };
    assert_eq!(
        answer("Fail", "missing"),
        line(
            404,
            json!({"code": "NotFound", "message": "the asset a1 does not exist", "data": ["a1"]})
        )
    );
    assert_eq!(
        answer("Fail", "owner"),
        line(
            403,
            json!({
                "code": "NotOwner",
                "message": "only ann may transfer it, bob or \"cy\"\n",
                "data": {"owner": "ann", "by": ["bob", "\"cy\"\n"]},
            })
        )
    );
    assert_eq!(
        answer("Fail", "odd"),
        line(
            418,
            json!({"code": "Odd", "message": "1 of something else", "data": [1, null]})
        )
    );
    assert_eq!(
        answer("Fail", "closed"),
        line(423, json!({"code": "Closed", "message": "closed"}))
    );
    assert_eq!(
        answer("Fail", "inner"),
        line(451, json!({"code": "Sealed", "message": "sealed"}))
    );
    assert_eq!(
        answer("Fail", "transient"),
        line(
            400,
            json!({"code": "BadRequest", "message": "value is missing in the transient data"})
        )
    );
    assert_eq!(
        answer("Nothing", ""),
        line(
            400,
            json!({
                "code": "BadRequest",
                "message": "Function Nothing not found in contract Shop, which has Fail",
            })
        )
    );
}

#[test]
fn another_chaincode_reads_the_code() {
    let network = Network::new();
    network.deploy("shop", CHAINCODE);
    let reseller = network.deploy("reseller", plain::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    assert_eq!(
        reseller.call(&ann, "Ask", ("missing",)).refusal(),
        Some((404, "the asset a1 does not exist"))
    );
    assert_eq!(
        reseller.call(&ann, "Code", ("missing",)).text(),
        "NotFound [\"a1\"]"
    );
    assert_eq!(
        reseller.call(&ann, "Code", ("closed",)).text(),
        "Closed null"
    );
}

#[test]
fn clients_can_read_which_errors_there_are() {
    let network = Network::new();
    let shop = network.deploy("shop", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let metadata = shop.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let metadata: Value = serde_json::from_slice(&metadata.response().payload).unwrap();
    expect_file!["shop.metadata.json"].assert_eq(&crate::pretty(&metadata));
    let contract = &metadata["contracts"]["Shop"];
    assert_eq!(contract["x-error-form"], "json");
    let errors: Vec<_> = contract["x-errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| format!("{} {}", error["status"], error["code"]))
        .collect();
    assert_eq!(
        errors,
        [
            "423 \"Closed\"",
            "404 \"NotFound\"",
            "403 \"NotOwner\"",
            "418 \"Odd\"",
            "451 \"Sealed\"",
        ]
    );
}
