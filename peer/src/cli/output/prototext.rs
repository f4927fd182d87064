//! The one-line text form that Go's protobuf library gives a response, which `invoke` and its errors print.

use std::fmt::Write;

use selvedge_protos::protos::Response;

/// `status:200 message:"…" payload:"…"`; empty fields are left out.
pub(crate) fn response(response: &Response) -> String {
    let mut fields = Vec::new();
    if response.status != 0 {
        fields.push(format!("status:{}", response.status));
    }
    if !response.message.is_empty() {
        fields.push(format!("message:{}", quoted(response.message.as_bytes())));
    }
    if !response.payload.is_empty() {
        fields.push(format!("payload:{}", quoted(&response.payload)));
    }
    fields.join(" ")
}

fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_ascii_control() => push_hex(&mut out, c as u8),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            push_hex(&mut out, *byte);
        }
    }
    out.push('"');
    out
}

fn push_hex(out: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\x{byte:02x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_fields_that_are_set() {
        let ok = Response {
            status: 200,
            message: String::new(),
            payload: "{\"a\":1}".into(),
        };
        assert_eq!(response(&ok), r#"status:200 payload:"{\"a\":1}""#);
        let failed = Response {
            status: 500,
            message: "no\nway".into(),
            payload: bytes::Bytes::new(),
        };
        assert_eq!(response(&failed), r#"status:500 message:"no\nway""#);
        let odd = Response {
            status: 200,
            message: String::new(),
            payload: vec![0xff, 0, b'a'].into(),
        };
        assert_eq!(response(&odd), r#"status:200 payload:"\xff\x00a""#);
    }
}
