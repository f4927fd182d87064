//! Types that cannot be events, keys, or part of an interface.
use selvedge_sdk::prelude::*;

#[derive(Serialize, Event)]
enum Choice {
    One,
}

#[derive(Serialize, Event)]
#[event(title = "Sold")]
struct Titled;

#[derive(Serialize, Event)]
#[event(name = "")]
struct Nameless;

#[derive(Key)]
struct Generic<T>(T);

#[derive(Key)]
union Either {
    a: u32,
    b: i32,
}

#[derive(Key)]
struct Nothing;

#[derive(Key)]
enum WithFields {
    One(u32),
}

#[derive(Key)]
enum Never {}

#[derive(Schema)]
struct AnyOf<T> {
    value: T,
}

#[derive(Schema)]
#[serde(transparent)]
struct Window {
    a: u32,
    b: u32,
}

#[derive(Schema)]
struct Pair(u32, u32);

#[derive(Schema)]
union Bits {
    a: u32,
    b: i32,
}

fn main() {}
