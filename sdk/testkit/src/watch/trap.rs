use std::fmt;

/// A way to write chaincode that simulates well and goes wrong on a real network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TrapKind {
    /// A key was read, alone or in a range, after the same transaction wrote it.
    ReadAfterWrite,
    /// A second event.
    SecondEvent,
    /// An event of a chaincode that another one called.
    CalleeEvent,
    /// A query that was not closed.
    UnclosedQuery,
    /// A range that was left before its end, in a transaction that writes.
    PartialRange,
    /// A rich query in a transaction that writes.
    RichQueryInUpdate,
    /// A fraction in a JSON value of the state.
    FloatInState,
    /// A value without bytes.
    EmptyValue,
    /// A value read from a collection that turns up in public.
    PrivateDataLeak,
    /// A transient value that turns up in public.
    TransientLeak,
    /// A JSON object that overwrites one of another kind.
    KeyCollision,
    /// A key with U+0000 or U+10FFFF that is no composite key.
    StrangeKey,
    /// A refusal of the peer that the contract passed over.
    SwallowedError,
    /// A chaincode that was called wrote and then failed, and the caller went on.
    FailedCalleeWrote,
    /// A transaction that was evaluated, and writes.
    WriteInQuery,
    /// Two simulations on the same state that differ.
    Nondeterministic,
}

impl TrapKind {
    /// As in messages and in [`crate::Network::allow`].
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadAfterWrite => "read after own write",
            Self::SecondEvent => "second event",
            Self::CalleeEvent => "event of a callee",
            Self::UnclosedQuery => "query left open",
            Self::PartialRange => "range left before its end",
            Self::RichQueryInUpdate => "rich query in an update",
            Self::FloatInState => "float in the state",
            Self::EmptyValue => "empty value",
            Self::PrivateDataLeak => "private data in public",
            Self::TransientLeak => "transient data in public",
            Self::KeyCollision => "key collision",
            Self::StrangeKey => "strange key",
            Self::SwallowedError => "swallowed error",
            Self::FailedCalleeWrote => "failed callee wrote",
            Self::WriteInQuery => "write in a query",
            Self::Nondeterministic => "nondeterminism",
        }
    }

    /// What Fabric does, and how to mend the contract.
    pub fn advice(self) -> (&'static str, &'static str) {
        match self {
            Self::ReadAfterWrite => (
                "the answer is the value from before the transaction: writes are visible when their block commits.",
                "Keep the new value in a variable, or read everything before the first write.",
            ),
            Self::SecondEvent => (
                "a transaction has one event: the last one replaces those before, without a word.",
                "Emit one event whose payload is a list, or one at the end.",
            ),
            Self::CalleeEvent => (
                "only the event of the chaincode that the client called leaves the peer; this one is dropped.",
                "Answer what happened, and let the caller emit it.",
            ),
            Self::UnclosedQuery => (
                "the peer keeps the iterator and its database snapshot until the transaction ends.",
                "Read the query to its end or close it; the SDK's iterators close when they are dropped.",
            ),
            Self::PartialRange => (
                "commit protects a range against phantoms only up to the last row that the peer delivered, in batches of 100.",
                "Read to the end, give the range a nearer end, or do not decide by what lies behind.",
            ),
            Self::RichQueryInUpdate => (
                "commit does not run rich queries again: rows that appear or vanish meanwhile are not noticed.",
                "Keep an index of composite keys and read a range of it, or read every row that counts by its key too.",
            ),
            Self::FloatInState => (
                "languages print fractions differently, and rich queries compare them by their decimal digits; endorsers may disagree.",
                "Store whole numbers of the smallest unit, or a decimal as a string.",
            ),
            Self::EmptyValue => (
                "writing an empty value deletes the key.",
                "Delete it by name, or store a byte, as indexes do with 0x00.",
            ),
            Self::PrivateDataLeak => (
                "everything in a public value, a key, an event or a payload is in the block, on every peer and orderer.",
                "Write it to the collection, or publish a salted hash.",
            ),
            Self::TransientLeak => (
                "transient data stays off the chain only while the contract keeps it off: public values, events and payloads are in the block.",
                "Write it to a collection, or pass it as an argument if it may be public.",
            ),
            Self::KeyCollision => (
                "a chaincode's keys are one flat space: records of two kinds with the same key overwrite each other.",
                "Give one kind a name of its own (`Records::new(\"…\")`), or a prefix that the other cannot have.",
            ),
            Self::StrangeKey => (
                "composite keys begin with U+0000 and are parted by it; ranges over simple keys do not see such keys, and Fabric's shims refuse them.",
                "Build composite keys with the SDK, and refuse these characters in what clients send.",
            ),
            Self::SwallowedError => (
                "a refusal that one peer has and another has not (private data, a query limit) becomes different results, and no endorsement.",
                "Pass the error on; ask for what may be missing in a way that cannot fail, such as the private data hash.",
            ),
            Self::FailedCalleeWrote => (
                "what a callee wrote stays in the transaction, whatever it answers.",
                "Fail when a call of another chaincode fails.",
            ),
            Self::WriteInQuery => (
                "an evaluated transaction is never ordered: what it writes is lost.",
                "Submit it, or take a `Query` and write nothing.",
            ),
            Self::Nondeterministic => (
                "every endorser simulates by itself, and results that differ by one byte are no endorsement.",
                "No `HashMap` in what is written or answered, no clock but the transaction's time, no random number, no environment.",
            ),
        }
    }
}

/// A trap that a transaction stepped into. `Display` says what happened, what Fabric does and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    kind: TrapKind,
    subject: String,
}

impl Trap {
    pub(crate) fn new(kind: TrapKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
        }
    }

    /// Which one.
    pub fn kind(&self) -> TrapKind {
        self.kind
    }

    /// The key, query, event or difference.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fabric, mend) = self.kind.advice();
        write!(
            f,
            "{}: {}\n  Fabric: {fabric}\n  Mend: {mend}",
            self.kind.name(),
            self.subject
        )
    }
}
