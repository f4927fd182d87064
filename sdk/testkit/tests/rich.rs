//! Typed rich queries: what a contract finds, and what of it is recorded.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use selvedge_sdk::prelude::*;
use selvedge_testkit::{Client, Deployed, Network, StateDatabase, TrapKind};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Marble {
    owner: String,
    size: u32,
}

const MARBLES: Records<String, Marble> = Records::new("marble");
const OTHERS: Records<String, Marble> = Records::plain();
const SECRETS: Private<String, Marble> = Private::new("secrets");

fn of(owner: &str) -> Find {
    Find::select(json!({"owner": owner}))
}

#[derive(Default)]
struct Marbles;

#[contract]
impl Marbles {
    #[transaction]
    fn add(&self, tx: &Tx, id: String, owner: String, size: u32) -> Result<(), SdkError> {
        let marble = Marble { owner, size };
        OTHERS.put(tx, &format!("other-{id}"), &marble)?;
        SECRETS.put(tx, &id, &marble)?;
        MARBLES.put(tx, &id, &marble)
    }

    #[transaction]
    fn largest(&self, query: &Query, owner: String) -> Result<Vec<String>, SdkError> {
        let wanted = of(&owner)
            .descending(&["size"])
            .use_index("sizeDoc", "size");
        MARBLES
            .find(query, &wanted)?
            .map(|row| Ok(row?.0))
            .collect()
    }

    #[transaction]
    fn secret(&self, query: &Query, owner: String) -> Result<Vec<String>, SdkError> {
        SECRETS
            .find(query, &of(&owner))?
            .map(|row| Ok(row?.0))
            .collect()
    }

    #[transaction]
    fn page(&self, query: &Query, owner: String, page: Page) -> Result<PageOf<Marble>, SdkError> {
        OTHERS.find_page(query, &of(&owner), &page)
    }

    #[transaction]
    fn give_all(&self, tx: &Tx, from: String, to: String) -> Result<u32, SdkError> {
        let mut given = 0;
        for row in MARBLES.find_unprotected(tx, &of(&from))? {
            let (id, mut marble) = row?;
            marble.owner = to.clone();
            MARBLES.put(tx, &id, &marble)?;
            given += 1;
        }
        Ok(given)
    }
}

chaincode!(Marbles);

const INDEX: &str = r#"{"index":{"fields":["owner","size"]},"ddoc":"sizeDoc","name":"size"}"#;

fn marbles(network: &Network) -> (Deployed, Client) {
    let marbles = network.deploy("marbles", CHAINCODE);
    network.add_collection("marbles", "secrets");
    let ann = network.client("Org1MSP", "ann");
    for (id, owner, size) in [("1", "tom", 5), ("2", "jerry", 7), ("3", "tom", 9)] {
        marbles.submit(&ann, "add", (id, owner, size));
    }
    (marbles, ann)
}

#[test]
fn records_are_found_in_the_order_asked_for() {
    let network = Network::new();
    let (marbles, ann) = marbles(&network);
    let refused = marbles.evaluate::<Vec<String>>(&ann, "largest", ("tom",));
    assert!(refused.unwrap_err().to_string().contains("no_usable_index"));
    network.add_index("marbles", None, INDEX);
    let found: Vec<String> = marbles.evaluate(&ann, "largest", ("tom",)).unwrap();
    assert_eq!(found, ["3", "1"]);
    let found: Vec<String> = marbles.evaluate(&ann, "secret", ("tom",)).unwrap();
    assert_eq!(found, ["1", "3"]);
}

#[test]
fn pages_end_with_a_short_one() {
    let network = Network::new();
    let (marbles, ann) = marbles(&network);
    let mut page = Page {
        size: 1,
        bookmark: String::new(),
    };
    let mut sizes = Vec::new();
    loop {
        let found: PageOf<Marble> = marbles
            .evaluate(&ann, "page", ("tom", page.clone()))
            .unwrap();
        if found.fetched_records_count == 0 {
            break;
        }
        sizes.extend(found.records.iter().map(|marble| marble.size));
        page.bookmark = found.bookmark;
    }
    assert_eq!(sizes, [5, 9]);
}

#[test]
fn what_a_writer_found_is_read_and_nothing_more() {
    let network = Network::new();
    network.allow(TrapKind::RichQueryInUpdate, "it is what is under test");
    let (marbles, ann) = marbles(&network);
    let give = marbles.call(&ann, "GiveAll", ("tom", "ann"));
    // A marble that appears meanwhile does no harm; one that changes does.
    marbles.submit(&ann, "add", ("4", "tom", 1));
    assert!(network.commit([&give])[0].is_valid());
    let give = marbles.call(&ann, "GiveAll", ("ann", "tom"));
    assert_eq!(give.text(), "2");
    marbles.submit(&ann, "add", ("3", "ann", 2));
    assert!(!network.commit([&give])[0].is_valid());
}

#[test]
fn a_peer_on_leveldb_refuses() {
    let network = Network::with_state_database(StateDatabase::LevelDb);
    let (marbles, ann) = marbles(&network);
    let refused = marbles.evaluate::<Vec<String>>(&ann, "secret", ("tom",));
    let text = refused.unwrap_err().to_string();
    assert!(
        text.contains("ExecuteQuery not supported for leveldb"),
        "{text}"
    );
}
