//! A registry on 127.0.0.1 with one image in it, as far as an engine asks: enough of the OCI distribution API to pull by
//! digest.

use super::support::probe;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub(crate) struct Registry {
    /// `127.0.0.1:port/name@sha256:…`.
    pub(crate) reference: String,
}

struct Blob {
    kind: &'static str,
    content: Vec<u8>,
}

type Blobs = HashMap<String, Blob>;

fn add(blobs: &mut Blobs, kind: &'static str, content: Vec<u8>) -> Value {
    let digest = format!("sha256:{}", hex::encode(Sha256::digest(&content)));
    let described = json!({ "mediaType": kind, "digest": digest, "size": content.len() });
    blobs.insert(digest, Blob { kind, content });
    described
}

/// The probe at `/opt/cc`.
fn layer() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_path_with_name(probe(), "opt/cc").unwrap();
    tar.into_inner().unwrap()
}

impl Registry {
    /// Serves until the process ends.
    pub(crate) fn start(command: &[&str]) -> Self {
        let mut blobs = Blobs::new();
        let layer = add(
            &mut blobs,
            "application/vnd.oci.image.layer.v1.tar",
            layer(),
        );
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": { "Cmd": command },
            "rootfs": { "type": "layers", "diff_ids": [layer["digest"]] },
        });
        let kind = "application/vnd.oci.image.config.v1+json";
        let config = add(&mut blobs, kind, config.to_string().into_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": [layer],
        });
        let manifest = add(&mut blobs, MANIFEST, manifest.to_string().into_bytes());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let blobs = Arc::new(blobs);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let blobs = Arc::clone(&blobs);
                std::thread::spawn(move || serve(&blobs, stream));
            }
        });
        let digest = manifest["digest"].as_str().unwrap();
        Self {
            reference: format!("{address}/some/cc@{digest}"),
        }
    }
}

/// One request; the engine opens a connection for each.
fn serve(blobs: &Blobs, mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request = lines.next().and_then(Result::ok).unwrap_or_default();
    // The headers end with an empty line; there is no body.
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let digest = path.rsplit('/').next().unwrap_or("");
    let nothing = Blob {
        kind: "application/json",
        content: b"{}".to_vec(),
    };
    let (status, blob) = match blobs.get(digest) {
        Some(blob) => ("200 OK", blob),
        None if path == "/v2/" => ("200 OK", &nothing),
        None => ("404 Not Found", &nothing),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nDocker-Content-Digest: {digest}\r\nConnection: close\r\n\r\n",
        blob.kind,
        blob.content.len()
    );
    let body: &[u8] = match method {
        "HEAD" => &[],
        _ => &blob.content,
    };
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body));
}
