use crate::metadata::SYSTEM_CONTRACT;
use crate::raw::{self, Invoke, Peer, Program};
use selvedge_interface::{Input, Response};

/// A chaincode as a value: what [`chaincode!`](crate::chaincode) defines and the testkit deploys.
#[derive(Clone, Copy, Debug)]
pub struct Chaincode {
    invoke: Invoke,
    crate_name: &'static str,
    manifest_dir: &'static str,
}

impl Chaincode {
    #[doc(hidden)]
    pub const fn new(invoke: Invoke, crate_name: &'static str, manifest_dir: &'static str) -> Self {
        Self {
            invoke,
            crate_name,
            manifest_dir,
        }
    }

    /// Answers one invocation. A panic unwinds through: whoever runs native chaincode for others decides what it means.
    pub fn invoke(&self, host: Peer, input: Input) -> Response {
        (self.invoke)(host, input)
    }

    /// The cargo package it is written in.
    pub fn crate_name(&self) -> &'static str {
        self.crate_name
    }

    /// Where that package lay when it was compiled.
    pub fn manifest_dir(&self) -> &'static str {
        self.manifest_dir
    }
}

/// Runs at compile time inside [`chaincode!`](crate::chaincode).
#[doc(hidden)]
pub const fn assert_distinct(names: &[&str]) {
    let mut left = 0;
    while left < names.len() {
        let mut right = left + 1;
        while right < names.len() {
            assert!(
                !same(names[left].as_bytes(), names[right].as_bytes()),
                "two contracts of this chaincode have the same name: give one a `#[contract(name = \"…\")]` of its own"
            );
            right += 1;
        }
        assert!(
            !same(names[left].as_bytes(), SYSTEM_CONTRACT.as_bytes()),
            "a contract is called org.hyperledger.fabric, which is Fabric's own name: choose another"
        );
        left += 1;
    }
}

pub(crate) const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[doc(hidden)]
pub fn run_program<P: Program>(host: Peer, input: Input) -> Response {
    raw::run::<P>(host, input)
}

/// Where the crate's source is: for tests, which compile it. A path in a module would make its hash, and so the package
/// ID, depend on the machine that built it.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __manifest_dir {
    () => {
        ::core::env!("CARGO_MANIFEST_DIR")
    };
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[macro_export]
macro_rules! __manifest_dir {
    () => {
        ""
    };
}

/// Makes a chaincode of one or more contracts; the first is the default.
///
/// Defines `CHAINCODE` for tests, and on `wasm32` the component's `invoke`. Once per crate.
#[macro_export]
macro_rules! chaincode {
    ($($contract:ty),+ $(,)?) => {
        /// This crate's contracts as one chaincode.
        pub const CHAINCODE: $crate::Chaincode = {
            const fn entries() -> &'static [$crate::Entry] {
                const { &[$($crate::Entry::of::<$contract>()),+] }
            }
            const _: () = $crate::assert_distinct(&[$(<$contract as $crate::Contract>::DESCRIPTOR.name),+]);
            $crate::Chaincode::new(
                |host, input| $crate::run_contracts(entries(), const { $crate::Entry::dialect(entries()) }, host, input),
                ::core::env!("CARGO_PKG_NAME"),
                $crate::__manifest_dir!(),
            )
        };
        $crate::__export_component!(CHAINCODE);
    };
}

/// Makes a chaincode of a [`Program`](crate::raw::Program). Otherwise as [`chaincode!`](crate::chaincode).
#[macro_export]
macro_rules! raw_chaincode {
    ($program:ty) => {
        /// This crate's chaincode.
        pub const CHAINCODE: $crate::Chaincode = $crate::Chaincode::new(
            $crate::run_program::<$program>,
            ::core::env!("CARGO_PKG_NAME"),
            $crate::__manifest_dir!(),
        );
        $crate::__export_component!(CHAINCODE);
    };
}
