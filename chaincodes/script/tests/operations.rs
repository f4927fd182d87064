//! Every operation of the language, natively and as a component.

use expect_test::expect;
use script::CHAINCODE;
use selvedge_testkit::{Client, Deployed, Network, Simulated, on_every_runtime};

fn run(script: &Deployed, client: &Client, operations: &str) -> Simulated {
    script.call_with(client, "run", (operations,), &[("t", b"hidden")])
}

fn commit(network: &Network, script: &Deployed, client: &Client, operations: &str) -> String {
    let simulated = run(script, client, operations);
    assert!(network.commit([&simulated])[0].is_valid());
    simulated.text()
}

fn on_both(test: impl Fn(&Network, &Deployed, &Client)) {
    on_every_runtime(CHAINCODE, |network, script| {
        // The language says whatever Fabric lets one say.
        network.lenient();
        let ann = network.client("Org1MSP", "ann");
        test(network, script, &ann);
    });
}

#[test]
fn keys() {
    on_both(|network, script, ann| {
        let all = r#"[["put","k",{"hex":"00fF"}],["put","n","41"],["put","é","x"],["del","gone"],["get","k"]]"#;
        assert_eq!(
            commit(network, script, ann, all),
            r#"["ok","ok","ok","ok",null]"#
        );
        let all = r#"[["get","k"],["getmulti",["é","none","k"]],["copy","k","copy"],["add","n",1],["add","none",-3]]"#;
        assert_eq!(
            commit(network, script, ann, all),
            r#"["00ff",["78",null,"00ff"],"00ff",42,-3]"#
        );
        assert_eq!(
            run(script, ann, r#"[["get","copy"],["get","n"]]"#).text(),
            r#"["00ff","3432"]"#
        );
    });
}

#[test]
fn rich_queries() {
    on_both(|network, script, ann| {
        network.add_collection("script", "pvt");
        let fill = r#"[["put","a","{\"n\": 2}"],["put","b","{\"n\":1}"],["put","c","x"],["putpvt","pvt","p","{\"n\":3}"]]"#;
        commit(network, script, ann, fill);
        let found = run(
            script,
            ann,
            r#"[["rich","{\"selector\":{\"n\":{\"$gt\":0}}}"],["rich","{\"selector\":{\"n\":1},\"fields\":[]}"]]"#,
        );
        assert_eq!(
            found.text(),
            r#"[[["61","7b226e223a327d"],["62","7b226e223a317d"]],[["62","7b7d"]]]"#
        );
        expect![[r#"
            script
              read a at 1.0
              read b at 1.0
        "#]]
        .assert_eq(&found.rwset());
        let private = r#"[["pvtrich","pvt","{\"selector\":{\"n\":3}}"]]"#;
        assert_eq!(
            run(script, ann, private).text(),
            r#"[[["70","7b226e223a337d"]]]"#
        );
        network.add_index(
            "script",
            None,
            r#"{"index":{"fields":["n"]},"ddoc":"d","name":"n"}"#,
        );
        let page = r#"[["richpage","{\"selector\":{\"n\":{\"$gt\":0}}}",1,""]]"#;
        let page = run(script, ann, page).text();
        assert!(
            page.starts_with(r#"[[[["62","7b226e223a317d"]],1,""#),
            "{page}"
        );
    });
}

#[test]
fn scans() {
    on_both(|network, script, ann| {
        let fill = r#"[["put","a","1"],["put","b","2"],["put","c","3"],["ckput","t",["x","1"],"4"],["ckput","t",["y"],"5"]]"#;
        commit(network, script, ann, fill);
        let scans = run(
            script,
            ann,
            r#"[["range","",""],["rangen","a","z",2],["range","c","a"],["ckrange","t",["x"]],["ckget","t",["y"]]]"#,
        );
        assert_eq!(
            scans.text(),
            r#"[[["61","31"],["62","32"],["63","33"]],[["61","31"],["62","32"]],[],[["00740078003100","34"]],"35"]"#
        );
        expect![[r#"
            script
              read t:y at 1.0
              range \u{1}.. to its end
                read a at 1.0
                read b at 1.0
                read c at 1.0
              range a..z to its end
                read a at 1.0
                read b at 1.0
                read c at 1.0
              range c..a to its end
              range t:x..t:x… to its end
                read t:x,1 at 1.0
        "#]]
        .assert_eq(&scans.rwset());
        let pages =
            r#"[["rangepage","a","",2,""],["rangepage","a","",2,"c"],["ckpage","t",[],1,""]]"#;
        assert_eq!(
            run(script, ann, pages).text(),
            r#"[[[["61","31"],["62","32"]],2,"63"],[[["63","33"]],1,""],[[["00740078003100","34"]],1,"0074007900"]]"#
        );
        assert_eq!(
            commit(
                network,
                script,
                ann,
                r#"[["rangedel","a","c"],["ckdel","t",["y"]]]"#
            ),
            r#"[2,"ok"]"#
        );
        assert_eq!(
            run(script, ann, r#"[["range","",""],["ckrange","t",[]]]"#).text(),
            r#"[[["63","33"]],[["00740078003100","34"]]]"#
        );
    });
}

#[test]
fn histories_and_policies() {
    on_both(|network, script, ann| {
        commit(network, script, ann, r#"[["put","k","1"]]"#);
        network.advance(5);
        let deleted = run(script, ann, r#"[["del","k"]]"#);
        network.commit([&deleted]);
        let history = run(script, ann, r#"[["history","k"],["history","none"]]"#).text();
        assert!(
            history.starts_with(&format!(
                r#"[[["{}",null,true,1735689605,0],["#,
                deleted.tx_id()
            )),
            "{history}"
        );
        assert!(
            history.ends_with(r#","31",false,1735689600,0]],[]]"#),
            "{history}"
        );
        commit(
            network,
            script,
            ann,
            r#"[["put","p","1"],["setep","p",{"hex":"0102"}]]"#,
        );
        assert_eq!(
            run(script, ann, r#"[["getep","p"],["getep","k"]]"#).text(),
            r#"["0102",null]"#
        );
    });
}

#[test]
fn private_data() {
    on_both(|network, script, ann| {
        network.add_collection(script.name(), "c");
        let all = r#"[["putpvt","c","k","1"],["putpvtt","c","t","t"],["pvtckput","c","ty",["x"],"2"],["setpvtep","c","k","p"]]"#;
        assert_eq!(
            commit(network, script, ann, all),
            r#"["ok","ok","ok","ok"]"#
        );
        let all = r#"[["getpvt","c","k"],["gethash","c","k"],["getpvtmulti","c",["t","none"]],["getpvtep","c","k"],["pvtrange","c","",""],["pvtckrange","c","ty",[]]]"#;
        assert_eq!(
            run(script, ann, all).text(),
            r#"["31","6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",["68696464656e",null],"70",[["6b","31"],["74","68696464656e"]],[["007479007800","32"]]]"#
        );
        assert_eq!(
            commit(
                network,
                script,
                ann,
                r#"[["delpvt","c","k"],["purge","c","t"]]"#
            ),
            r#"["ok","ok"]"#
        );
        assert_eq!(
            run(script, ann, r#"[["pvtrange","c","",""]]"#).text(),
            "[[]]"
        );
    });
}

#[test]
fn batches() {
    on_both(|network, script, ann| {
        let batched = run(
            script,
            ann,
            r#"[["batch",[["put","a","1"],["put","a","2"],["del","b"],["get","a"]]],["put","c","3"]]"#,
        );
        assert_eq!(batched.text(), r#"[["ok","ok","ok",null],"ok"]"#);
        network.commit([&batched]);
        assert_eq!(
            run(script, ann, r#"[["getmulti",["a","c"]]]"#).text(),
            r#"[["32","33"]]"#
        );
        let failed = run(script, ann, r#"[["batch",[["get","a"],["put","","1"]]]]"#);
        assert_eq!(
            failed.refusal(),
            Some((
                500,
                "op 0: batch: op 1: put: key must not be an empty string"
            ))
        );
    });
}

#[test]
fn errors_in_the_words_of_the_shim() {
    on_both(|_, script, ann| {
        for (operations, message) in [
            (
                r#"[["put","","1"]]"#,
                "op 0: put: key must not be an empty string",
            ),
            (
                r#"[["getpvt","","k"]]"#,
                "op 0: getpvt: collection must not be an empty string",
            ),
            (
                r#"[["get","a"],["event","","1"]]"#,
                "op 1: event: event name can not be empty string",
            ),
            (r#"[["fail","as told"]]"#, "as told"),
            (r#"{"not":"a list"}"#, "bad script"),
            ("[", "bad script"),
        ] {
            assert_eq!(
                run(script, ann, operations).refusal(),
                Some((500, message)),
                "{operations}"
            );
        }
        let refused = run(script, ann, r#"[["getpvt","none","k"]]"#);
        let expected = format!(
            "op 0: getpvt: GET_STATE failed: transaction ID: {}: ",
            refused.tx_id()
        );
        assert!(
            refused.response().message.starts_with(&expected),
            "{}",
            refused.response().message
        );
        assert_eq!(script.call(ann, "run", ()).text(), "[]");
    });
}

#[test]
fn answers_and_surroundings() {
    on_both(|network, script, ann| {
        let returned = run(
            script,
            ann,
            r#"[["put","x","1"],["return",399,"odd",{"hex":"ff"}],["fail","never"]]"#,
        );
        let response = returned.response();
        assert_eq!(
            (
                response.status,
                response.message.as_str(),
                response.payload.as_ref()
            ),
            (399, "odd", &b"\xff"[..])
        );
        let all = run(
            script,
            ann,
            r#"[["txid"],["channel"],["ts"],["transient","t"],["transient","none"],["event","e",{"hex":"00"}]]"#,
        );
        let expected = format!(
            r#"["{}","testchannel",[1735689600,0],"68696464656e",null,"ok"]"#,
            all.tx_id()
        );
        assert_eq!(all.text(), expected);
        assert_eq!(all.event().map(|event| event.name.as_str()), Some("e"));
        let creator = run(script, ann, r#"[["creator"]]"#).text();
        assert!(
            creator.starts_with(r#"[["Org1MSP",""#) && creator.len() == 80,
            "{creator}"
        );
        network.advance(1);
        assert_ne!(
            run(script, ann, r#"[["binding"]]"#).text(),
            run(script, ann, r#"[["binding"]]"#).text()
        );
    });
}

#[test]
fn calls_of_other_chaincode() {
    on_both(|network, script, ann| {
        network.deploy("callee", CHAINCODE);
        let called = run(
            script,
            ann,
            r#"[["invoke","callee","",["run","[[\"put\",\"k\",\"1\"],[\"event\",\"lost\",\"\"]]"]],["invoke","callee","",["run","[[\"fail\",\"a<b>&c\"]]"]]]"#,
        );
        assert_eq!(
            called.text(),
            r#"[[200,"","5b226f6b222c226f6b225d"],[500,"a\u003cb\u003e\u0026c",null]]"#
        );
        assert_eq!(called.event(), None);
        network.commit([&called]);
        assert_eq!(network.state("callee", "k").as_deref(), Some(&b"1"[..]));
        let missing = run(script, ann, r#"[["invoke","nobody","",[]]]"#).text();
        assert!(missing.starts_with(r#"[[500,"",""#), "{missing}");
    });
}
