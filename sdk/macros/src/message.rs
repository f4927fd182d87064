//! Every text that an author may see from these macros. Each names the mistake and the mend, and each stands in a golden
//! of `sdk/tests/ui`: `sdk/tests/messages.rs` checks that none is missing.

pub(crate) const CONTRACT_KEYS: &str = "expected `name = \"…\"`, `version = \"…\"`, `dialect = \"…\"`, `errors = \"…\"`, `allow(…)`, `events(…)` or `state(…)`";
pub(crate) const GIVEN_TWICE: &str = "this is given twice: leave one out";
pub(crate) const DIALECT: &str = "a dialect is \"strict\", \"go\", \"node\" or \"java\"";
pub(crate) const ERRORS: &str = "errors are sent as \"text\" or \"json\"";
pub(crate) const EMPTY_CONTRACT_NAME: &str = "a contract's name is not empty";
pub(crate) const COLON_IN_CONTRACT_NAME: &str =
    "a contract's name has no `:` in this dialect: it ends the name in a call";
pub(crate) const UNNAMED_CONTRACT: &str = "name the contract: `#[contract(name = \"…\")]`";
pub(crate) const TRAIT_IMPL: &str =
    "`#[contract]` goes on the type's own impl block, not on that of a trait";
pub(crate) const GENERIC_CONTRACT: &str =
    "a contract cannot be generic: the peer would not know which one to call";
pub(crate) const NO_TRANSACTION: &str =
    "a contract has at least one function with `#[transaction]`";
pub(crate) const TWO_ROLES: &str = "a function has one of the roles `#[transaction]`, `#[before]`, `#[after]` and `#[unknown]`: split it in two";
pub(crate) const OUTSIDE: &str = "this attribute belongs to a function in an impl block with `#[contract]`; put `#[contract]` on the block";

pub(crate) const ALLOW: &str = "callers are described by `msp(\"Org1MSP\")`, `unit(\"admin\")` and `attr(\"role\" = \"appraiser\")`; all that are given must hold";
pub(crate) const ALLOW_NOTHING: &str =
    "`allow()` without a condition would let everybody in: name a condition, or leave it out";
pub(crate) const ALLOW_NONE_OF: &str = "name at least one, as in `msp(\"Org1MSP\", \"Org2MSP\")`";
pub(crate) const ATTRIBUTE: &str = "an attribute is `\"role\"`, with any value, `\"role\" = \"appraiser\"` or `\"role\" = [\"appraiser\", \"auditor\"]`";

pub(crate) const ASYNC: &str = "transactions are not async: Fabric answers one request of a transaction at a time, so calls just return";
pub(crate) const GENERIC_TRANSACTION: &str =
    "a transaction cannot be generic: clients call it by name";
pub(crate) const RECEIVER: &str =
    "a transaction takes `&self` first: contracts keep nothing in memory between calls";
pub(crate) const CONTEXT: &str = "a transaction takes its context after `&self`: `&Tx` (may write), `&Query` (reads, pages) or `&View` (reads)";
pub(crate) const MUTABLE_CONTEXT: &str =
    "writes take a shared `&Tx`, so that a scan may run meanwhile: write `&Tx`";
pub(crate) const SECOND_CONTEXT: &str =
    "a transaction has one context, the first parameter after `&self`: remove this one";
pub(crate) const PATTERN: &str =
    "an argument has a plain name, which clients see in the metadata: take it apart in the body";
pub(crate) const BORROWED: &str =
    "arguments are owned: write `String` for `&str`, `Vec<T>` for `&[T]`";
pub(crate) const IMPL_TRAIT: &str =
    "an argument has one type, which clients see in the metadata: name it instead of `impl …`";
pub(crate) const TRANSACTION_KEYS: &str = "expected `name = \"…\"` or `allow(…)`";
pub(crate) const TRANSACTION_NAME: &str =
    "a transaction's name is not empty and has no `:`, which ends the contract's name";
pub(crate) const CAPITAL: &str =
    "a transaction's name begins with a capital: callers may write either";
pub(crate) const SAME_ARGUMENT: &str =
    "two arguments have the same name in the metadata: rename one";

pub(crate) const BEFORE: &str =
    "`#[before]` is `fn(&self, view: &View, call: &Call) -> Result<(), E>`";
pub(crate) const AFTER: &str = "`#[after]` is `fn(&self, view: &View, call: &Call) -> Result<(), E>`, with `payload: &Bytes` as a fourth parameter if it wants to see the result";
pub(crate) const UNKNOWN: &str =
    "`#[unknown]` is `fn(&self, view: &View, call: &Call) -> Result<T, E>`";

pub(crate) const STATUS: &str =
    "expected a status and a text: #[status(404, \"the asset {0} does not exist\")]";
pub(crate) const STATUS_RANGE: &str =
    "an error's status is 400 to 599: a lower one would be endorsed";
pub(crate) const UNION_ERROR: &str = "an error is an enum or a struct";
pub(crate) const STATUS_AND_TRANSPARENT: &str =
    "either `#[status]` or `#[transparent]`: a variant with both would have two texts";
pub(crate) const TRANSPARENT: &str = "`#[transparent]` passes on the error in its one field";
pub(crate) const FROM: &str = "`#[from]` needs the variant to have this field only";

pub(crate) const EVENT_STRUCT: &str = "an event is a struct: its name is the event's name";
pub(crate) const EVENT_KEYS: &str = "expected `name = \"…\"` in `#[event(…)]`";
pub(crate) const EVENT_NAME: &str = "an event's name is not empty";

pub(crate) const GENERIC_KEY: &str =
    "a key cannot be generic: its parts are the same for every record";
pub(crate) const UNION_KEY: &str = "a key is a struct or a field-less enum";
pub(crate) const EMPTY_KEY: &str = "a key has at least one field";
pub(crate) const VARIANT_FIELDS: &str =
    "an enum used as a key has no fields: write a struct of an enum and the rest";
pub(crate) const VARIANTS: &str = "an enum used as a key has 1 to 256 variants";

pub(crate) const GENERIC_SCHEMA: &str =
    "a type in a contract's interface cannot be generic: clients see its name only";
pub(crate) const TRANSPARENT_SCHEMA: &str = "a transparent struct has one field";
pub(crate) const UNNAMED_FIELDS: &str = "give the fields names: clients see them as a JSON object";
pub(crate) const UNION_SCHEMA: &str = "a union has no JSON form: write an enum";
