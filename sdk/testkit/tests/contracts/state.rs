//! Pages of indexes, many keys at once, policies of keys, and the overlay.

use expect_test::{expect, expect_file};
use selvedge_sdk::prelude::*;
use selvedge_testkit::{Client, Deployed, Network};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Asset {
    pub owner: String,
}

const ASSETS: Records<String, Asset> = Records::plain();
const BY_OWNER: Index<(String, String)> = Index::new("owner~id");
const BALANCES: Records<String, u64> = Records::new("balance");
const SECRETS: Private<String, u64> = Private::new("secrets");

#[derive(Default)]
pub struct Store;

#[contract(state(ASSETS, BY_OWNER, BALANCES, SECRETS))]
impl Store {
    #[transaction]
    fn add(&self, tx: &Tx, id: String, owner: String) -> Result<(), SdkError> {
        ASSETS.put(
            tx,
            &id,
            &Asset {
                owner: owner.clone(),
            },
        )?;
        BY_OWNER.insert(tx, &(owner, id))
    }

    #[transaction]
    fn of(&self, query: &Query, owner: String, page: Page) -> Result<PageOf<Asset>, SdkError> {
        BY_OWNER.page(query, &owner, &page)?.try_map(|(_, id)| {
            ASSETS
                .get(query, &id)?
                .ok_or_else(|| SdkError::new(404, format!("{id} is gone")))
        })
    }

    #[transaction]
    fn owners(&self, view: &View, ids: Vec<String>) -> Result<Vec<Option<String>>, SdkError> {
        let found = ASSETS.get_many(view, &ids)?;
        Ok(found.into_iter().map(|found| Some(found?.owner)).collect())
    }

    /// Adds to balances; the same account may come twice.
    #[transaction]
    fn pay(&self, tx: &Tx, accounts: Vec<String>, close: String) -> Result<Vec<u64>, SdkError> {
        let mut balances = tx.overlay();
        let mut seen = Vec::new();
        for account in &accounts {
            let balance = balances.get(&BALANCES, account)?.unwrap_or(0);
            seen.push(balance);
            balances.put(&BALANCES, account, &(balance + 1))?;
        }
        balances.delete(&BALANCES, close.as_str())?;
        assert_eq!(balances.get(&BALANCES, &close)?, None);
        Ok(seen)
    }

    #[transaction]
    fn guard(&self, tx: &Tx, id: String, policy: Bytes) -> Result<Option<Bytes>, SdkError> {
        let before = ASSETS.policy(tx, &id)?;
        ASSETS.set_policy(tx, &id, policy)?;
        Ok(before)
    }

    #[transaction]
    fn hide(&self, tx: &Tx, id: String, value: u64) -> Result<bool, SdkError> {
        let known = SECRETS.exists(tx, &id)?;
        SECRETS.put(tx, &id, &value)?;
        Ok(known)
    }

    #[transaction]
    fn secrets(&self, view: &View, ids: Vec<String>) -> Result<Vec<Option<u64>>, SdkError> {
        SECRETS.get_many(view, &ids)
    }
}

selvedge_sdk::chaincode!(Store);

fn store() -> (Network, Deployed, Client) {
    let network = Network::new();
    let store = network.deploy("store", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    (network, store, ann)
}

#[test]
fn an_index_is_read_in_pages_of_what_it_points_to() {
    let (_network, store, ann) = store();
    for id in ["a", "b", "c"] {
        store.submit(&ann, "Add", (id, "ann"));
    }
    store.submit(&ann, "Add", ("d", "bob"));
    let page = |bookmark: &str| Page {
        size: 2,
        bookmark: bookmark.to_owned(),
    };
    let owned: PageOf<Asset> = store.evaluate(&ann, "Of", ("ann", page(""))).unwrap();
    assert_eq!((owned.records.len(), owned.fetched_records_count), (2, 2));
    let rest: PageOf<Asset> = store
        .evaluate(&ann, "Of", ("ann", page(&owned.bookmark)))
        .unwrap();
    assert_eq!((rest.records.len(), rest.fetched_records_count), (1, 1));
}

#[test]
fn many_keys_are_one_question() {
    let (network, store, ann) = store();
    store.submit(&ann, "Add", ("a", "ann"));
    let owners = store.call(&ann, "Owners", (["a", "x"].map(str::to_owned).to_vec(),));
    assert_eq!(owners.text(), r#"["ann",null]"#);
    expect![[r#"
        store
          read a at 1.0
          read x absent
    "#]]
    .assert_eq(&owners.rwset());
    network.add_collection("store", "secrets");
    assert_eq!(store.submit(&ann, "Hide", ("s", 5)).text(), "false");
    assert_eq!(store.call(&ann, "Hide", ("s", 6)).text(), "true");
    let secrets = store.call(&ann, "Secrets", (["s", "x"].map(str::to_owned).to_vec(),));
    assert_eq!(secrets.text(), "[5,null]");
}

#[test]
fn an_overlay_shows_own_writes_and_reads_each_key_once() {
    let (_network, store, ann) = store();
    let accounts = ["a", "b", "a", "a"].map(str::to_owned).to_vec();
    let paid = store.submit(&ann, "Pay", (accounts, "b"));
    assert_eq!(paid.text(), "[0,0,1,2]");
    expect![[r#"
        store
          read balance:a absent
          read balance:b absent
          write balance:a = 3
          delete balance:b
    "#]]
    .assert_eq(&paid.rwset());
}

#[test]
fn the_metadata_says_where_the_records_lie() {
    let (_network, store, ann) = store();
    let metadata = store.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.response().payload).unwrap();
    expect_file!["store.metadata.json"].assert_eq(&crate::pretty(&metadata));
    assert_eq!(
        metadata["contracts"]["Store"]["x-state"],
        serde_json::json!([
            {"kind": "records", "keys": "simple"},
            {"kind": "index", "name": "owner~id", "parts": 2},
            {"kind": "records", "name": "balance", "parts": 1},
            {"kind": "private", "collection": "secrets"},
        ])
    );
}

#[test]
fn a_key_tells_its_policy() {
    let (_network, store, ann) = store();
    store.submit(&ann, "Add", ("a", "ann"));
    assert_eq!(store.submit(&ann, "Guard", ("a", "first")).text(), "");
    assert_eq!(store.call(&ann, "Guard", ("a", "second")).text(), "first");
}
