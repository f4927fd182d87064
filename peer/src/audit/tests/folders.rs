use super::super::Folder;
use super::{Copy, Kind, Told, found, golden};
use std::fs;

#[test]
fn a_missing_block() {
    let copy = Copy::up_to(8);
    fs::remove_file(copy.path(5)).unwrap();
    let told = copy.audit();
    let error = told.error.as_ref().unwrap().to_string();
    assert!(error.starts_with("block [5] is missing in "), "{error}");
    assert!(error.ends_with("blocks up to [8] are there"), "{error}");
    // What is before it was judged.
    assert_eq!(told.summary().blocks, 5);
    assert!(told.summary().stopped.is_some());
}

#[test]
fn another_genesis_block() {
    let copy = Copy::up_to(3);
    let folder = Folder::open(copy.dir.path()).unwrap();
    let aux = found(&golden().join("aux/blocks/0000.block"));
    let told = Told::of(&folder, Some(aux.clone()));
    assert_eq!(told.kinds()[0], (0, Kind::Genesis));
    // The others do not follow from it, whether or not there is one beside them.
    fs::remove_file(copy.path(0)).unwrap();
    let folder = Folder::open(copy.dir.path()).unwrap();
    let told = Told::of(&folder, Some(aux));
    assert_eq!(told.kinds()[0], (1, Kind::PreviousHash));
    let stopped = told.summary().stopped.as_ref().unwrap();
    assert!(stopped.contains("name [golden], not [aux]"), "{stopped}");
}

#[test]
fn a_block_of_another_channel() {
    let copy = Copy::up_to(6);
    fs::copy(golden().join("aux/blocks/0003.block"), copy.path(3)).unwrap();
    let told = copy.audit();
    assert!(told.kinds().contains(&(3, Kind::PreviousHash)), "{told:?}");
    let stopped = told.summary().stopped.as_ref().unwrap();
    assert!(stopped.contains("name [aux], not [golden]"), "{stopped}");
}

#[test]
fn a_truncated_file_and_one_that_is_no_block() {
    let copy = Copy::up_to(6);
    let bytes = fs::read(copy.path(4)).unwrap();
    fs::write(copy.path(4), &bytes[..bytes.len() / 2]).unwrap();
    let error = copy.audit().error.unwrap().to_string();
    assert!(error.contains("0004.block is not a block"), "{error}");

    let copy = Copy::up_to(2);
    fs::write(copy.dir.path().join("notes.txt"), "").unwrap();
    let error = copy.audit().error.unwrap().to_string();
    assert!(
        error.contains("notes.txt is not a block: it has no header"),
        "{error}"
    );
}

#[test]
fn names_do_not_matter_and_copies_do_not_hurt() {
    let copy = Copy::up_to(3);
    fs::rename(copy.path(3), copy.dir.path().join("a newest one")).unwrap();
    fs::copy(copy.path(2), copy.dir.path().join("again")).unwrap();
    fs::write(copy.dir.path().join(".hidden"), "no block").unwrap();
    fs::create_dir(copy.dir.path().join("folder")).unwrap();
    let told = copy.audit();
    assert!(told.error.is_none() && told.differences().is_empty());
    assert_eq!(told.summary().blocks, 4);

    fs::copy(copy.path(1), copy.path(9)).unwrap();
    copy.change(9, |block| super::metadata(block, 2).clear());
    let error = copy.audit().error.unwrap().to_string();
    assert!(error.contains("two different blocks [1]"), "{error}");
}

#[test]
fn nothing_there() {
    let dir = tempfile::tempdir().unwrap();
    let error = Folder::open(dir.path()).unwrap_err().to_string();
    assert!(error.starts_with("there are no blocks in "), "{error}");
    let error = Folder::open(&dir.path().join("absent"))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("reading "), "{error}");
}

#[test]
fn without_any_genesis_block() {
    let copy = Copy::up_to(3);
    fs::remove_file(copy.path(0)).unwrap();
    let folder = Folder::open(copy.dir.path()).unwrap();
    let mut tell = |_: &super::Record| Ok(());
    let result = super::super::audit(&folder, None, &super::options(), None, &mut tell);
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with("block [0] is missing"), "{error}");
}
