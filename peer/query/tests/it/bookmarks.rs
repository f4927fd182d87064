//! Bookmarks, beside those that Erlang/OTP 25 wrote for the same terms with CouchDB's options.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use selvedge_query::{Document, Index, Query};
use std::io::Write as _;

use crate::properties::values;

fn index(fields: &str) -> Index {
    let text = format!(r#"{{"index":{{"fields":{fields}}},"ddoc":"d","name":"n"}}"#);
    Index::parse(text.as_bytes()).unwrap()
}

/// By the index if there is one.
fn query(bookmark: &str) -> Query {
    let some = r#"{"selector":{"a":{"$exists":true},"b":{"$exists":true},"c":{"$exists":true}}}"#;
    Query::parse(some, bookmark).unwrap()
}

fn after(bookmark: &str, indexes: &[&Index]) -> Result<Option<Vec<u8>>, String> {
    let plan = query(bookmark).plan(indexes);
    plan.map(|plan| plan.after)
        .map_err(|error| error.to_string())
}

#[test]
fn ours_and_couchdbs_lead_to_the_same_row() {
    let (plain, wide) = ("k", "a longer key, as a composite one is");
    for (key, fields, value, bookmark) in [
        (
            plain,
            "",
            r#"{}"#,
            "g1AAAAAyeJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASEKEsAE_oDY0",
        ),
        (
            wide,
            "",
            r#"{"a":1}"#,
            "g1AAAAB2eJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYorJyrk5OelpxYpAIV1FBKLFRIVkvNzC_KLM0tSFfLzUhUyi0FaOWBaidWUBQBb1yXB",
        ),
        (
            plain,
            r#"["a"]"#,
            r#"{"a":"tom"}"#,
            "g1AAAAA6eJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOSAhkDhzSX5uVhYAvzIPSw",
        ),
        (
            plain,
            r#"["a","b","c"]"#,
            r#"{"a":1,"b":2,"c":255}"#,
            "g2wAAAACaAJkAA5zdGFydGtleV9kb2NpZG0AAAABa2gCZAAIc3RhcnRrZXlrAAMBAv9q",
        ),
        (
            plain,
            r#"["a","b","c"]"#,
            r#"{"a":256,"b":-1,"c":2147483647}"#,
            "g1AAAABBeJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOUAh5iSgMEPSfyBIqgcSWVkAUWkWLA",
        ),
        (
            plain,
            r#"["a","b","c"]"#,
            r#"{"a":2147483648,"b":-2147483649,"c":1e20}"#,
            "g1AAAABMeJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOUAh5jwWIMnQkMfCyAiiOIEcgWTduOPZrFlZANZbEh8",
        ),
        (
            plain,
            r#"["a","b","c"]"#,
            r#"{"a":1.5,"b":-0.00000025,"c":1e21}"#,
            "g1AAAABNeJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOUAhZjf7Hwxg4LZvwrHvC7a-7XVz8ZZ6cu3R-4CsLABOJhn0",
        ),
        (
            plain,
            r#"["a","b","c"]"#,
            r#"{"a":null,"b":true,"c":false}"#,
            "g2wAAAACaAJkAA5zdGFydGtleV9kb2NpZG0AAAABa2gCZAAIc3RhcnRrZXlsAAAAA2QABG51bGxkAAR0cnVlZAAFZmFsc2Vqag",
        ),
        (
            plain,
            r#"["a","b","c"]"#,
            r#"{"a":[],"b":{},"c":[[1.0]]}"#,
            "g1AAAABAeJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOUAh5qwMxqwcsBwDI2NWVhYAHYYQDg",
        ),
        (
            plain,
            r#"["a"]"#,
            r#"{"a":{"c":{"d":"é"},"b":[1.5]}}"#,
            "g1AAAABweJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOSChDMYciA6wgiSwmJv9DwYwyIIKJ0NUMUK5YMOYDq_MAgIAnLoX7A",
        ),
        (
            plain,
            r#"["a","b"]"#,
            r#"{"b":[0,0,7,255],"a":[0,0,7,255,256]}"#,
            "g1AAAABMeJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYozZoMkOGASOSClIII1kQEI2RP_JwHVMGRlM7AwMLD_z8oCAOaNEsk",
        ),
        (
            wide,
            r#"["a","b"]"#,
            r#"{"a":"abababababababababababababababababababababababababababababababababababababababab","b":35}"#,
            "g1AAAACreJzLYWBgYMpgSmHgKy5JLCrJTq2MT8lPzkzJBYorJyrk5OelpxYpAIV1FBKLFRIVkvNzC_KLM0tSFfLzUhUyi0FaOWBac0CGgXQGJCZRGSpnZQEAIeM5Xw",
        ),
        (
            wide,
            r#"["a","b"]"#,
            r#"{"a":"the quick brown fox jumps over the lazy dog","b":"blue"}"#,
            "g1AAAACNeJw1jEESwiAQBKmUh5x8w1R5NH-yCKwJBNjIQjS-Xjh47ZnuoJQa1sGqqxSdy0bnw7JxNjZ-0wicFspoeIIWaBiOO4srBE4EJ10d_2rosW7ey0p4VWc2zJnfCU_-wNe4C_hovT4H_T1heen_yxwqef8D6fssUA",
        ),
    ] {
        let document = Document::new(key, value.as_bytes());
        let index = (!fields.is_empty()).then(|| index(fields));
        let ours = query("").bookmark(&document, index.as_ref());
        let indexes: Vec<&Index> = index.iter().collect();
        let row = index.as_ref().and_then(|index| index.entry(&document));
        let row = [row.unwrap_or_default(), key.into()].concat();
        assert_eq!(after(bookmark, &indexes), Ok(Some(row.clone())), "{value}");
        assert_eq!(after(&ours, &indexes), Ok(Some(row)), "{value}");
    }
}

/// What Erlang writes without compression.
#[test]
fn ours_are_couchdbs_before_it_compresses_them() {
    let index = index(r#"["a","b","c"]"#);
    let value = r#"{"a":[1,2,{"d":[1,256]}],"b":2147483648,"c":[true,null,1.5,"é",-1]}"#;
    let ours = query("").bookmark(&Document::new("k", value.as_bytes()), Some(&index));
    assert_eq!(
        ours,
        "g2wAAAACaAJkAA5zdGFydGtleV9kb2NpZG0AAAABa2gCZAAIc3RhcnRrZXlsAAAAA2wAAAADYQFhAmgBbAAAAAFoAm0AAAABZGwAAAACYQFiAAABAGpqam4EAAAAAIBsAAAABWQABHRydWVkAARudWxsRj_4AAAAAAAAbQAAAALDqWL_____ampq"
    );
}

#[test]
fn a_value_as_deep_as_one_can_be_leads_back() {
    let index = index(r#"["a"]"#);
    let depth = selvedge_query::MAX_DEPTH - 1;
    let value = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let document = Document::new("k", value.as_bytes());
    let row = [index.entry(&document).unwrap(), b"k".to_vec()].concat();
    let bookmark = query("").bookmark(&document, Some(&index));
    assert_eq!(after(&bookmark, &[&index]), Ok(Some(row)));
}

#[test]
fn what_is_no_bookmark_is_refused() {
    let good = query("").bookmark(&Document::new("key", b"{}"), None);
    for cut in 0..good.len() {
        let error = Query::parse("{\"selector\":{}}", &good[..cut]).map(|_| ());
        assert_eq!(error.is_ok(), cut == 0, "{cut}");
    }
    for text in [
        // A list of four thousand millions, and as much that is said to be compressed.
        "g2z_____",
        "g1D_____eJxLAQAAZABk",
        // An atom; a pair that is not in a list; a key that is a number.
        "g2QAAWE",
        "g2gCZAAIc3RhcnRrZXlhAQ",
        "g2wAAAACaAJkAA5zdGFydGtleV9kb2NpZGEBaAJkAAhzdGFydGtleWEBag",
    ] {
        let error = Query::parse("{\"selector\":{}}", text)
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with(&format!("Invalid bookmark value: \"{text}\"")),
            "{error}"
        );
    }
}

#[test]
fn a_page_without_rows_has_that_of_its_query() {
    assert_eq!(query("").bookmark_of_nothing(), "nil");
    let bookmark = query("").bookmark(&Document::new("k", b"{}"), None);
    assert_eq!(query(&bookmark).bookmark_of_nothing(), bookmark);
    assert_eq!(after("", &[]), Ok(None));
}

#[test]
fn that_of_another_order_is_refused() {
    let (one, two) = (index(r#"["a"]"#), index(r#"["a","b"]"#));
    let document = Document::new("k", br#"{"a":1,"b":2}"#);
    for (of, given) in [
        (Some(&one), None),
        (None, Some(&one)),
        (Some(&two), Some(&one)),
    ] {
        let bookmark = query("").bookmark(&document, of);
        let indexes: Vec<&Index> = given.into_iter().collect();
        let error = after(&bookmark, &indexes).unwrap_err();
        assert!(error.contains("Error:invalid_bookmark"), "{error}");
        assert!(error.ends_with(&format!("Invalid bookmark value: \"{bookmark}\"")));
    }
}

/// As CouchDB writes it, with this size before it is compressed.
fn compressed(plain: &[u8]) -> String {
    let mut out = vec![131, 80];
    out.extend_from_slice(&u32::try_from(plain.len()).unwrap().to_be_bytes());
    let mut encoder = ZlibEncoder::new(out, Compression::best());
    encoder.write_all(plain).unwrap();
    URL_SAFE_NO_PAD.encode(encoder.finish().unwrap())
}

#[test]
fn little_that_becomes_much_is_refused() {
    for (length, is_taken) in [(1000, true), (500_000, true), (600_000, false)] {
        let key = "k".repeat(length);
        let bookmark = query("").bookmark(&Document::new(&key, b"{}"), None);
        let plain = URL_SAFE_NO_PAD.decode(&bookmark).unwrap();
        let found = Query::parse(r#"{"selector":{}}"#, &compressed(&plain[1..]));
        assert_eq!(found.is_ok(), is_taken, "{length}");
        // What comes as it is, is as much as it seems.
        assert_eq!(after(&bookmark, &[]), Ok(Some(key.into_bytes())));
    }
}

/// Bytes that begin as terms do, and good ones with a byte changed.
fn dubious() -> impl Strategy<Value = Vec<u8>> {
    let tags = prop::sample::select(b"\x00\x01\x02\xffFabdhjklmnsvwP".to_vec());
    let bytes = prop_oneof![3 => tags, 1 => any::<u8>()];
    let made_up = prop::collection::vec(bytes, 0..60).prop_map(|bytes| [vec![131], bytes].concat());
    let index = index(r#"["a","b"]"#);
    let good = (values(), values()).prop_map(move |(a, b)| {
        let document = Document::new("k", format!(r#"{{"a":{a},"b":{b}}}"#).as_bytes());
        URL_SAFE_NO_PAD
            .decode(query("").bookmark(&document, Some(&index)))
            .unwrap()
    });
    let changed =
        (good, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut bytes, at, to)| {
            *at.get_mut(&mut bytes) = to;
            bytes
        });
    prop_oneof![made_up, changed]
}

proptest! {
    #[test]
    fn what_clients_make_up_is_taken_or_refused(bytes in dubious()) {
        let text = URL_SAFE_NO_PAD.encode(bytes);
        match Query::parse(r#"{"selector":{}}"#, &text) {
            Ok(query) => prop_assert_eq!(query.bookmark_of_nothing(), text),
            Err(error) => prop_assert!(error.to_string().contains("Invalid bookmark value")),
        }
    }

    #[test]
    fn each_leads_back_to_its_row(key in "[^_].{0,20}", a in values(), b in values()) {
        let index = index(r#"["a","b"]"#);
        let value = format!(r#"{{"a":{a},"b":{b}}}"#);
        let document = Document::new(&key, value.as_bytes());
        let entry = index.entry(&document).unwrap();
        let bookmark = query("").bookmark(&document, Some(&index));
        prop_assert_eq!(after(&bookmark, &[&index]), Ok(Some([&entry, key.as_bytes()].concat())));
        let bookmark = query("").bookmark(&document, None);
        prop_assert_eq!(after(&bookmark, &[]), Ok(Some(key.into_bytes())));
    }
}
