//! `connection.json` of chaincode as a service.

use crate::Target;
use selvedge_stream::launch::service_from_json;

pub(crate) const TARGET: Target = Target {
    name: "connection",
    run,
    seeds,
};

fn run(data: &[u8]) {
    if let Ok(service) = service_from_json(data) {
        assert!(!service.address.is_empty());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"address":"127.0.0.1:9999","dial_timeout":"10s","tls_required":false}"#,
        r#"{"address":"a:1","domain":"d","dial_timeout":3000000000,"tls_required":true,"client_auth_required":true,"client_key":"k","client_cert":"c","root_cert":"r"}"#,
    ];
    texts.map(|text| text.as_bytes().to_vec()).into()
}
