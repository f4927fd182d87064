//! Compiles the `.proto` files beside this script, without `protoc`.

use prost_types::{DescriptorProto, FieldDescriptorProto, field_descriptor_proto::Type};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = "proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    let mut files = Vec::new();
    collect(Path::new(ROOT), &mut files)?;
    // The order of a directory listing depends on the file system; the generated code must not.
    files.sort();
    let descriptors = protox::compile(&files, [ROOT])?;
    let mut fields = BTreeMap::new();
    for file in &descriptors.file {
        for message in &file.message_type {
            list_fields(file.package(), message, &mut fields);
        }
    }
    write_fields(&fields)?;

    tonic_prost_build::configure()
        // A map in a message that is hashed or signed has to encode the same way twice.
        .btree_map(".")
        .bytes(".")
        // The transport constructor is called `connect`, and so is the one method of `protos.Chaincode`.
        .build_transport(false)
        .include_file("fabric.rs")
        .compile_fds(descriptors)?;
    Ok(())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Full name of a message to its field numbers and the Rust text of their kinds.
type Fields = BTreeMap<String, Vec<(i32, String)>>;

fn list_fields(outer: &str, message: &DescriptorProto, fields: &mut Fields) {
    let name = format!("{outer}.{}", message.name());
    for inner in &message.nested_type {
        list_fields(&name, inner, fields);
    }
    let kinds = message
        .field
        .iter()
        .map(|field| (field.number(), kind(field)));
    fields.insert(name, kinds.collect());
}

fn kind(field: &FieldDescriptorProto) -> String {
    let (one, wire_type) = match field.r#type() {
        Type::Message => {
            let name = field.type_name().trim_start_matches('.');
            return format!("Kind::Message({name:?})");
        }
        Type::String | Type::Bytes | Type::Group => return "Kind::Bytes".to_owned(),
        Type::Double | Type::Fixed64 | Type::Sfixed64 => ("SixtyFour", "SixtyFourBit"),
        Type::Float | Type::Fixed32 | Type::Sfixed32 => ("ThirtyTwo", "ThirtyTwoBit"),
        _ => ("Varint", "Varint"),
    };
    if field.label() == prost_types::field_descriptor_proto::Label::Repeated {
        format!("Kind::Numbers(WireType::{wire_type})")
    } else {
        format!("Kind::{one}")
    }
}

/// How the fields of every message are encoded, sorted by the message's name.
fn write_fields(fields: &Fields) -> Result<(), Box<dyn Error>> {
    let mut text = String::from("static FIELDS: &[(&str, &[(u32, Kind)])] = &[\n");
    for (name, kinds) in fields {
        let kinds: Vec<String> = kinds
            .iter()
            .map(|(number, kind)| format!("({number}, {kind})"))
            .collect();
        text.push_str(&format!("    ({name:?}, &[{}]),\n", kinds.join(", ")));
    }
    text.push_str("];\n");
    let out = std::env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("fields.rs"), text)?;
    Ok(())
}
