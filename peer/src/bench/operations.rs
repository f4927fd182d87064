/// A call of the benchmarks' contract that changes nothing but what it returns, so that it can be repeated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) args: &'static [&'static str],
    /// Keys that must be in the state.
    pub(super) keys: usize,
}

const fn operation(name: &'static str, args: &'static [&'static str]) -> Operation {
    Operation {
        name,
        args,
        keys: 100,
    }
}

pub(super) const EMPTY: Operation = operation("empty", &["empty"]);
pub(super) const GET_PUT: Operation = operation("1 get, 1 put", &["get-put", "7"]);

pub(super) const OPERATIONS: &[Operation] = &[
    EMPTY,
    GET_PUT,
    operation("10 gets", &["gets", "10"]),
    operation("100 gets", &["gets", "100"]),
    operation("range of 100", &["range", "100"]),
    Operation {
        keys: 10_000,
        ..operation("range of 10,000", &["range", "10000"])
    },
    operation("put of 64 KiB", &["put-value", "65536"]),
    operation("get of 64 KiB", &["get-value"]),
    operation("sha256 of 1 MiB, by the SDK", &["sha256", "1048576"]),
    operation("sha256 of 1 MiB, own code", &["sha256-own", "1048576"]),
    operation("JSON of 1,000 records", &["json", "1000"]),
];
