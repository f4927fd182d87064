//! What the contract answers, reads and writes, natively and as a component.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use asset_transfer::{Asset, AssetChange, CHAINCODE};
use expect_test::expect;
use selvedge_testkit::{Deployed, Network, on_every_runtime};

fn with_one_asset(network: &Network, assets: &Deployed) -> selvedge_testkit::Client {
    let ann = network.client("Org1MSP", "ann");
    assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    ann
}

#[test]
fn init_ledger_writes_the_assets_of_the_sample() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = network.client("Org1MSP", "ann");
        let simulated = assets.submit(&ann, "InitLedger", ());
        assert_eq!(simulated.text(), "");
        expect![[r#"
            asset-transfer
              write asset1 = {"AppraisedValue":300,"Color":"blue","ID":"asset1","Owner":"Tomoko","Size":5}
              write asset2 = {"AppraisedValue":400,"Color":"red","ID":"asset2","Owner":"Brad","Size":5}
              write asset3 = {"AppraisedValue":500,"Color":"green","ID":"asset3","Owner":"Jin Soo","Size":10}
              write asset4 = {"AppraisedValue":600,"Color":"yellow","ID":"asset4","Owner":"Max","Size":10}
              write asset5 = {"AppraisedValue":700,"Color":"black","ID":"asset5","Owner":"Adriana","Size":15}
              write asset6 = {"AppraisedValue":800,"Color":"white","ID":"asset6","Owner":"Michel","Size":15}
        "#]]
        .assert_eq(&simulated.rwset());
        let all = assets.call(&ann, "GetAllAssets", ());
        assert_eq!(all.result::<Vec<Asset>>().len(), 6);
        assert!(
            all.text()
                .starts_with(r#"[{"AppraisedValue":300,"Color":"blue","ID":"asset1","#)
        );
    });
}

#[test]
fn an_asset_is_created_once() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = network.client("Org1MSP", "ann");
        let created = assets.submit(&ann, "CreateAsset", ("a<1>", "blue", 5, "ann", 300));
        expect![[r#"
            asset-transfer
              read a<1> absent
              write a<1> = {"AppraisedValue":300,"Color":"blue","ID":"a\u003c1\u003e","Owner":"ann","Size":5}
        "#]]
        .assert_eq(&created.rwset());
        assert_eq!(created.log().first().unwrap().text, "ann now owns a<1>");
        let again = assets.call(&ann, "CreateAsset", ("a<1>", "red", 1, "bob", 1));
        assert_eq!(
            again.refusal(),
            Some((409, "the asset a<1> already exists"))
        );
    });
}

#[test]
fn an_asset_passes_on_and_tells_its_old_owner() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = with_one_asset(network, assets);
        let transferred = assets.submit(&ann, "TransferAsset", ("a1", "bob"));
        assert_eq!(transferred.text(), "ann");
        expect![[r#"
            asset-transfer
              read a1 at 1.0
              write a1 = {"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"bob","Size":5}
        "#]]
        .assert_eq(&transferred.rwset());
        let read = assets.call(&ann, "ReadAsset", ("a1",));
        assert_eq!(
            read.text(),
            r#"{"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"bob","Size":5}"#
        );
    });
}

#[test]
fn what_does_not_exist_is_named() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = network.client("Org1MSP", "ann");
        let missing = Some((404, "the asset ghost does not exist"));
        assert_eq!(
            assets.call(&ann, "ReadAsset", ("ghost",)).refusal(),
            missing
        );
        assert_eq!(
            assets
                .call(&ann, "UpdateAsset", ("ghost", "c", 1, "o", 1))
                .refusal(),
            missing
        );
        assert_eq!(
            assets.call(&ann, "DeleteAsset", ("ghost",)).refusal(),
            missing
        );
        assert_eq!(
            assets
                .call(&ann, "TransferAsset", ("ghost", "bob"))
                .refusal(),
            missing
        );
        assert_eq!(assets.call(&ann, "AssetExists", ("ghost",)).text(), "false");
        assert_eq!(assets.call(&ann, "GetAllAssets", ()).text(), "[]");
    });
}

#[test]
fn update_and_delete_change_the_state() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = with_one_asset(network, assets);
        assets.submit(&ann, "UpdateAsset", ("a1", "green", 7, "cy", 9));
        assert_eq!(
            assets
                .evaluate::<Asset>(&ann, "ReadAsset", ("a1",))
                .unwrap()
                .owner,
            "cy"
        );
        assets.submit(&ann, "DeleteAsset", ("a1",));
        assert_eq!(assets.call(&ann, "AssetExists", ("a1",)).text(), "false");
        assert_eq!(network.state(assets.name(), "a1"), None);
    });
}

#[test]
fn of_two_transfers_in_one_block_the_first_wins() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = with_one_asset(network, assets);
        let to_bob = assets.call(&ann, "TransferAsset", ("a1", "bob"));
        let to_cy = assets.call(&ann, "TransferAsset", ("a1", "cy"));
        let verdicts = network.commit([&to_bob, &to_cy]);
        assert_eq!(verdicts[0].to_string(), "VALID");
        assert_eq!(
            verdicts[1].to_string(),
            "MVCC_READ_CONFLICT: asset-transfer/a1 was read at 1.0 and is at 2.0 now, written by transaction 0 of this block"
        );
        assert_eq!(
            assets
                .evaluate::<Asset>(&ann, "ReadAsset", ("a1",))
                .unwrap()
                .owner,
            "bob"
        );
    });
}

#[test]
fn a_history_is_told_newest_first() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = with_one_asset(network, assets);
        network.advance(90);
        let transferred = assets.submit(&ann, "TransferAsset", ("a1", "bob"));
        network.advance(90);
        assets.submit(&ann, "DeleteAsset", ("a1",));
        let history: Vec<AssetChange> = assets.evaluate(&ann, "GetAssetHistory", ("a1",)).unwrap();
        let owners: Vec<_> = history
            .iter()
            .map(|change| change.record.as_ref().map(|a| a.owner.as_str()))
            .collect();
        assert_eq!(owners, [None, Some("bob"), Some("ann")]);
        assert_eq!(history[1].tx_id, transferred.tx_id());
        let times: Vec<_> = history
            .iter()
            .map(|change| change.timestamp.unwrap().to_string())
            .collect();
        assert_eq!(
            times,
            [
                "2025-01-01T00:03:00Z",
                "2025-01-01T00:01:30Z",
                "2025-01-01T00:00:00Z"
            ]
        );
    });
}

#[test]
fn ranges_and_pages_cover_the_same_assets() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = network.client("Org1MSP", "ann");
        assets.submit(&ann, "InitLedger", ());
        let ids = |found: Vec<Asset>| found.into_iter().map(|asset| asset.id).collect::<Vec<_>>();
        let some = assets
            .evaluate(&ann, "GetAssetsByRange", ("asset2", "asset4"))
            .unwrap();
        assert_eq!(ids(some), ["asset2", "asset3"]);
        let rest = assets
            .evaluate(&ann, "GetAssetsByRange", ("asset5", ""))
            .unwrap();
        assert_eq!(ids(rest), ["asset5", "asset6"]);
        let first = assets.call(&ann, "GetAssetsPage", (r#"{"size":4}"#,));
        let page: serde_json::Value = serde_json::from_slice(&first.response().payload).unwrap();
        assert_eq!(page["fetchedRecordsCount"], 4);
        assert_eq!(page["bookmark"], "asset5");
        let second = assets.call(
            &ann,
            "GetAssetsPage",
            (r#"{"size":4,"bookmark":"asset5"}"#,),
        );
        let page: serde_json::Value = serde_json::from_slice(&second.response().payload).unwrap();
        assert_eq!(page["fetchedRecordsCount"], 2);
        assert_eq!(page["bookmark"], "");
    });
}
