//! One function for each trap.

use selvedge_sdk::raw::{Program, Stub};
use selvedge_sdk::{Bytes, Response, raw_chaincode};
use std::collections::HashMap;

pub struct Careless;

impl Program for Careless {
    fn invoke(stub: &Stub) -> Response {
        let args: Vec<String> = stub
            .args()
            .iter()
            .map(|arg| String::from_utf8_lossy(arg).into_owned())
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match run(stub, &args) {
            Ok(payload) => Response::ok(payload),
            Err(error) => Response::error(error.to_string()),
        }
    }
}

fn run(stub: &Stub, args: &[&str]) -> Result<Bytes, Box<dyn std::error::Error>> {
    match args {
        ["put", key, value] => stub.put_state(key, value.as_bytes().to_vec())?,
        ["read after write"] => {
            stub.put_state("k", "new")?;
            return Ok(stub.get_state("k")?.unwrap_or_default());
        }
        ["range after write"] => {
            stub.put_state("k", "new")?;
            let _ = stub.get_state_by_range("a", "z")?.count();
        }
        ["two events"] => {
            stub.set_event("one", "")?;
            stub.set_event("two", "")?;
        }
        ["rich query in an update", query] => {
            let found = stub.get_query_result(query)?.count();
            stub.put_state("found", found.to_string())?;
        }
        ["partial range"] => {
            let first = stub.get_state_by_range("row", "row~")?.next();
            stub.put_state("first", first.unwrap()?.value)?;
        }
        ["rows"] => {
            for row in 0..150 {
                stub.put_state(&format!("row{row:03}"), "x")?;
            }
        }
        ["half a range"] => {
            let first = stub.get_state_by_range("row", "row~")?.next();
            return Ok(first.unwrap()?.value);
        }
        ["float"] => stub.put_state("price", r#"{"price":{"eur":1.5}}"#)?,
        ["empty"] => stub.put_state("nothing", "")?,
        ["publish private", key] => {
            let secret = stub.get_private_data("secrets", key)?.unwrap_or_default();
            stub.put_state("published", [b"it is ".as_slice(), &secret].concat())?;
        }
        ["publish transient"] => {
            let secret = stub.transient()["secret"].clone();
            stub.put_state("published", secret)?;
        }
        ["hide", key] => {
            let secret = stub.transient()["secret"].clone();
            stub.put_private_data("secrets", key, secret)?;
        }
        ["guard", key] => {
            let policy = stub.transient()["policy"].clone();
            stub.set_state_validation_parameter(key, policy)?;
        }
        ["swallow"] => {
            let value = stub.get_private_data("nowhere", "k").unwrap_or_default();
            return Ok(value.unwrap_or_default());
        }
        ["strange", key] => stub.put_state(key, "x")?,
        ["call", name, function] => {
            let function = vec![Bytes::copy_from_slice(function.as_bytes())];
            let _ = stub.invoke_chaincode(name, function, "");
        }
        ["write and fail"] => {
            stub.put_state("left behind", "x")?;
            return Err("no".into());
        }
        ["event"] => stub.set_event("from below", "")?,
        ["unordered"] => {
            let map: HashMap<u32, u32> = (0..64).map(|n| (n, n)).collect();
            let keys: Vec<String> = map.into_keys().map(|key| key.to_string()).collect();
            stub.put_state("keys", keys.join(","))?;
        }
        ["clock"] => {
            let now = std::time::SystemTime::now();
            let now = now.duration_since(std::time::UNIX_EPOCH)?;
            stub.put_state("time", now.as_secs().to_string())?;
        }
        ["get", key] => return Ok(stub.get_state(key)?.unwrap_or_default()),
        _ => return Err(format!("no {args:?}").into()),
    }
    Ok(Bytes::new())
}

raw_chaincode!(Careless);
