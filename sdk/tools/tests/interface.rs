//! The tools on the metadata of a small contract.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use expect_test::expect;
use selvedge_tools::{Interface, Weight, arguments, compare, help, typescript};

const METADATA: &str = r##"{
  "info": {"title": "undefined", "version": "latest"},
  "contracts": {
    "org.hyperledger.fabric": {"name": "org.hyperledger.fabric", "transactions": [{"name": "GetMetadata"}], "default": false},
    "Bank": {
      "info": {"title": "Bank", "version": "1.0.0", "description": "Keeps accounts."},
      "name": "Bank", "default": true,
      "transactions": [
        {"name": "Transfer", "tag": ["submit", "SUBMIT"], "description": "Moves money.", "parameters": [
          {"name": "fromAccount", "schema": {"type": "string"}},
          {"name": "amount", "schema": {"type": "number", "format": "double", "multipleOf": 1, "minimum": 0, "maximum": 18446744073709552000}},
          {"name": "limits", "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Limit"}}}]},
        {"name": "Balance", "tag": ["evaluate", "EVALUATE"],
          "parameters": [{"name": "class", "schema": {"type": "string"}}],
          "returns": {"type": "integer", "format": "int32"}}
      ]
    },
    "Audit": {"name": "Audit", "default": false, "transactions": [
      {"name": "Note", "tags": ["SUBMIT"], "parameters": [{"name": "p", "schema": {"type": "string", "format": "byte"}}], "returns": {"$ref": "#/components/schemas/Limit"}}]}
  },
  "components": {"schemas": {
    "Limit": {"$id": "Limit", "properties": {"per day": {"type": "boolean"}, "note": {"type": "string"}}, "required": ["per day"], "additionalProperties": false}
  }}
}"##;

fn interface(text: &str) -> Interface {
    Interface::parse(text.as_bytes()).unwrap()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_default_contract_comes_first_and_the_system_contract_is_left_out() {
    let bank = interface(METADATA);
    let names: Vec<_> = bank
        .contracts
        .iter()
        .map(|contract| contract.name.as_str())
        .collect();
    assert_eq!(names, ["Bank", "Audit"]);
    let (_, transfer) = bank.transaction("transfer").unwrap();
    assert!(transfer.submit);
    let (contract, note) = bank.transaction("Audit:Note").unwrap();
    assert_eq!(
        (contract.name.as_str(), note.name.as_str()),
        ("Audit", "Note")
    );
    assert!(bank.transaction("Bank:Nothing").is_none());
    assert!(bank.transaction("Nowhere:Note").is_none());
    assert!(Interface::parse(b"{}").is_err());
}

#[test]
fn flags_become_arguments_in_the_order_of_the_wire() {
    let bank = interface(METADATA);
    let (_, transfer) = bank.transaction("Transfer").unwrap();
    let given = arguments(
        transfer,
        &words("--amount 18446744073709551615 --limits=[] --from-account ann"),
    )
    .unwrap();
    assert_eq!(
        given,
        [
            b"ann".to_vec(),
            b"18446744073709551615".to_vec(),
            b"[]".to_vec()
        ]
    );
    expect![[
        "Transfer --from-account <text> --amount <whole number from 0 to 18446744073709551615> --limits <list of Limit>"
    ]]
    .assert_eq(&help(transfer));
}

#[test]
fn a_wrong_flag_is_named_with_what_would_be_right() {
    let bank = interface(METADATA);
    let (_, transfer) = bank.transaction("Transfer").unwrap();
    let said = [
        "--to bob",
        "--amount 5 --amount 6",
        "--amount",
        "--amount 5",
        "--from-account ann --amount -1 --limits []",
        "--from-account ann --amount 1 --limits {",
        "--from-account ann --amount 1 --limits {}",
        "ann",
    ]
    .map(|line| arguments(transfer, &words(line)).unwrap_err().to_string())
    .join("\n");
    expect![[r#"
        Transfer has no --to; it takes --from-account --amount --limits
        --amount is given twice
        --amount has no value; Transfer expects whole number from 0 to 18446744073709551615
        Transfer needs --from-account <text>
        --amount of Transfer is a whole number from 0 to 18446744073709551615, not '-1'
        --limits of Transfer is a list of Limit, not '{'; it is passed as JSON: EOF while parsing an object at line 1 column 1
        --limits of Transfer is a list of Limit, not '{}'
        'ann' is not a flag; write --<name> <value>"#]]
    .assert_eq(&said);
}

#[test]
fn versions_are_compared() {
    let old = interface(METADATA);
    assert_eq!(compare(&old, &old), []);
    let changed = METADATA
        .replace(r#""name": "Transfer""#, r#""name": "Move""#)
        .replace(r#""format": "int32""#, r#""format": "int64""#)
        .replace(r#"["evaluate", "EVALUATE"]"#, r#"["submit"]"#)
        .replace(
            r#""required": ["per day"]"#,
            r#""required": ["per day", "note"]"#,
        )
        .replace(r#""note": {"#, r#""since": {"type": "string"}, "note": {"#);
    let found = compare(&old, &interface(&changed));
    assert!(
        found
            .iter()
            .any(|difference| difference.weight == Weight::Addition)
    );
    let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
    expect![[r#"
        BREAKING  Bank:Balance: returns whole number from -9223372036854775808 to 9223372036854775807 instead of whole number from -2147483648 to 2147483647
        BREAKING  Bank:Balance: writes now: clients have to submit it
        BREAKING  Bank:Transfer: the transaction is gone
        BREAKING  Limit: the field note is required now: records without it cannot be read
        added     Bank:Move: new transaction
        added     Limit: new optional field since"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_wider_argument_breaks_nobody() {
    let narrow = METADATA.replace(
        r#""type": "string", "format": "byte""#,
        r#""type": "integer", "format": "int32""#,
    );
    let wide = narrow.replace(
        r#""type": "integer", "format": "int32"}}], "returns": {"$ref""#,
        r#""type": "integer", "format": "int64"}}], "returns": {"$ref""#,
    );
    let found = compare(&interface(&narrow), &interface(&wide));
    assert_eq!(
        found
            .iter()
            .map(|difference| difference.weight)
            .collect::<Vec<_>>(),
        [Weight::Notable]
    );
    let back = compare(&interface(&wide), &interface(&narrow));
    assert_eq!(
        back.iter()
            .map(|difference| difference.weight)
            .collect::<Vec<_>>(),
        [Weight::Breaking]
    );
}

#[test]
fn a_client_for_node_is_written() {
    expect![[r#"
        // Made by `selvedge bindings` from the chaincode's metadata; do not edit.
        import type { Contract } from '@hyperledger/fabric-gateway';

        const utf8 = new TextDecoder();

        export interface Limit {
            note?: string | null;
            "per day": boolean;
        }

        /** Keeps accounts. */
        export class Bank {
            constructor(private readonly contract: Contract) {}

            async balance(class_: string): Promise<number> {
                return Number(utf8.decode(await this.contract.evaluateTransaction("Balance", class_)));
            }

            /** Moves money. */
            async transfer(fromAccount: string, amount: bigint, limits: Array<Limit>): Promise<void> {
                await this.contract.submitTransaction("Transfer", fromAccount, String(amount), JSON.stringify(limits));
            }
        }

        export class Audit {
            constructor(private readonly contract: Contract) {}

            async note(p: Uint8Array): Promise<Limit> {
                return JSON.parse(utf8.decode(await this.contract.submitTransaction("Audit:Note", p))) as Limit;
            }
        }
    "#]]
    .assert_eq(&typescript(&interface(METADATA)));
}

#[test]
fn tables_events_and_errors_are_compared_where_both_versions_tell_them() {
    let with = |declared: &str| {
        interface(&format!(
            r#"{{"contracts": {{"Bank": {{"default": true, "transactions": []{declared}}}}}}}"#
        ))
    };
    let old = with(
        r#", "x-state": [{"kind": "records", "keys": "simple"}, {"kind": "index", "name": "owner~id", "parts": 2},
            {"kind": "private", "collection": "secrets"}, {"kind": "records", "name": "limit", "parts": 1}],
            "x-events": [{"name": "Paid", "schema": {"type": "string"}}, {"name": "Lost", "schema": {}}],
            "x-errors": [{"code": "NotFound", "status": 404, "message": ""}, {"code": "Gone", "status": 410}]"#,
    );
    let new = with(
        r#", "x-state": [{"kind": "records", "keys": "simple"}, {"kind": "index", "name": "owner~id", "parts": 3},
            {"kind": "index", "name": "limit", "parts": 1}, {"kind": "records", "name": "rate", "parts": 1}],
            "x-events": [{"name": "Paid", "schema": {"type": "boolean"}}],
            "x-errors": [{"code": "NotFound", "status": 400}]"#,
    );
    let found: Vec<_> = compare(&old, &new)
        .iter()
        .map(ToString::to_string)
        .collect();
    expect![[r#"
        BREAKING  Bank: keys of the index owner~id have 3 parts instead of 2: those on the ledger cannot be read
        BREAKING  Bank: without the private records of secrets: what is on the ledger stays there unread
        BREAKING  Bank: the records limit became the index limit
        BREAKING  Bank: the event Lost is gone: listeners wait for it
        BREAKING  Bank: the event Paid is true or false instead of text
        changed   Bank: the error Gone is gone
        changed   Bank: the error NotFound has status 400 instead of 404
        added     Bank: new: the records rate"#]].assert_eq(&found.join("\n"));
    assert!(compare(&old, &old).is_empty());
    let silent = compare(&with(""), &old);
    assert!(
        silent.iter().all(|change| change.weight < Weight::Breaking),
        "{silent:?}"
    );
    assert!(compare(&old, &with("")).is_empty());
}
