use crate::contract::{Call, Contract, Descriptor};
use crate::metadata::{GET_METADATA, SYSTEM_CONTRACT, describe};
use crate::raw::{self, Program, Stub};
use crate::wire::to_json;
use crate::{SdkError, View};
use bytes::Bytes;
use selvedge_interface::{Host, Input, Response};

/// A chaincode as a value: what [`chaincode!`](crate::chaincode) defines and the testkit deploys.
#[derive(Clone, Copy, Debug)]
pub struct Chaincode {
    invoke: fn(Box<dyn Host>, Input) -> Response,
    crate_name: &'static str,
    manifest_dir: &'static str,
}

impl Chaincode {
    #[doc(hidden)]
    pub const fn new(
        invoke: fn(Box<dyn Host>, Input) -> Response,
        crate_name: &'static str,
        manifest_dir: &'static str,
    ) -> Self {
        Self {
            invoke,
            crate_name,
            manifest_dir,
        }
    }

    /// Answers one invocation. A panic unwinds through: whoever runs native chaincode for others decides what it means.
    pub fn invoke(&self, host: Box<dyn Host>, input: Input) -> Response {
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

/// One contract of a chaincode.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub(crate) descriptor: &'static Descriptor,
    invoke: fn(View, &Call) -> Result<Bytes, SdkError>,
}

impl Entry {
    pub const fn of<C: Contract>() -> Self {
        Self {
            descriptor: &C::DESCRIPTOR,
            invoke: C::invoke,
        }
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
            "this contract name is Fabric's own"
        );
        left += 1;
    }
}

const fn same(left: &[u8], right: &[u8]) -> bool {
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

/// Routes an invocation to its contract, the first being the default.
#[doc(hidden)]
pub fn run_contracts(entries: &[Entry], host: Box<dyn Host>, input: Input) -> Response {
    let stub = Stub::new(host, input);
    if stub.is_init() && stub.args().first().is_none_or(Bytes::is_empty) {
        return Response::ok("Default initiator successful.");
    }
    match route(entries, stub) {
        Ok(payload) => Response::ok(payload),
        Err(error) => Response {
            status: error.status(),
            message: error.message().to_owned(),
            payload: Bytes::new(),
        },
    }
}

fn route(entries: &[Entry], stub: Stub) -> Result<Bytes, SdkError> {
    let (name, params) = stub
        .args()
        .split_first()
        .map_or((&[][..], &[][..]), |(name, rest)| (name.as_ref(), rest));
    let name = std::str::from_utf8(name)
        .map_err(|_| SdkError::bad_request("the function name is not valid UTF-8"))?;
    // The last colon separates, as in contract-api for Go.
    let (contract, function) = match name.rsplit_once(':') {
        Some(pair) => pair,
        None => (
            entries.first().map_or("", |entry| entry.descriptor.name),
            name,
        ),
    };
    let entry = entries
        .iter()
        .find(|entry| entry.descriptor.name == contract);
    if entry.is_none() && contract != SYSTEM_CONTRACT {
        return Err(SdkError::bad_request(format!(
            "Contract not found with name {contract}"
        )));
    }
    if function.is_empty() {
        return Err(SdkError::bad_request("Blank function name passed"));
    }
    let call = Call::new(contract.to_owned(), function.to_owned(), params.to_vec());
    match entry {
        Some(entry) => (entry.invoke)(View::new(stub), &call),
        None if call.lookup_name() == GET_METADATA => metadata(entries),
        None => Err(call.unknown()),
    }
}

fn metadata(entries: &[Entry]) -> Result<Bytes, SdkError> {
    to_json(&describe(entries)).map_err(|error| SdkError::internal(error.to_string()))
}

#[doc(hidden)]
pub fn run_program<P: Program>(host: Box<dyn Host>, input: Input) -> Response {
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
                |host, input| $crate::run_contracts(entries(), host, input),
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
