use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selvedge_query::canonical;
use serde_json::{Value, json};

/// One database of the CouchDB that was given, as Fabric fills it; it goes with this value.
pub(super) struct Database {
    address: String,
    authorization: String,
    name: String,
}

impl Database {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let given =
            std::env::var("SELVEDGE_COUCHDB").expect("SELVEDGE_COUCHDB=user:password@host:port");
        let (who, address) = given.split_once('@').expect("user:password before @");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = Self {
            address: address.to_owned(),
            authorization: STANDARD.encode(who),
            name: format!("selvedge-{}-{number}", std::process::id()),
        };
        database.must("PUT", "?q=1", "");
        database
    }

    pub(super) fn put(&self, key: &str, value: &[u8]) {
        let mut document = match canonical(value) {
            Some(object) => serde_json::from_slice(&object).unwrap(),
            None => json!({"_attachments": {"valueBytes": {
                "content_type": "application/octet-stream",
                "data": STANDARD.encode(value),
            }}}),
        };
        document["_id"] = json!(key);
        document["~version"] = json!("CgMBAgA=");
        self.must("POST", "", &document.to_string());
    }

    pub(super) fn index(&self, definition: &str) {
        self.must("POST", "/_index", definition);
    }

    pub(super) fn post(&self, what: &str, body: &str) -> (u16, Value) {
        self.request("POST", &format!("/{what}"), body)
    }

    fn must(&self, method: &str, path: &str, body: &str) {
        let (status, answer) = self.request(method, path, body);
        assert!(
            (200..300).contains(&status),
            "{method} {path} {body}: {status} {answer}"
        );
    }

    /// By HTTP 1.0, whose answers end with the connection.
    fn request(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} /{}{path} HTTP/1.0\r\nAuthorization: Basic {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.name,
            self.authorization,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (
            status,
            serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}")),
        )
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.request("DELETE", "", "");
    }
}
