use crate::SdkError;

/// Whose conventions a contract follows on the wire where Fabric's libraries disagree.
///
/// Common to all: strings travel raw, numbers and booleans as text, everything else as JSON; `contract:function` calls a
/// function of a contract that is not the default; no result is an empty payload. They differ in this:
///
/// | | `Strict` | `Go` | `Node` | `Java` |
/// |---|---|---|---|---|
/// | `a:b:c` calls | `c` of `a:b` | `c` of `a:b` | `b:c` of `a` | `a` of the default |
/// | first letter of a function | either case | either case | exact | exact |
/// | no arguments at all | error, but success on Init | as `Strict` | success | success |
/// | too many arguments | error | ignored | error | ignored |
/// | booleans | `true`, `false` | also `1`, `t`, `T`, `TRUE`, `True` and their opposites; empty is false | any case, spaces around | anything but `true`, in any case, is false |
/// | numbers | as JSON has them | a sign, empty is zero | what `Number()` takes, empty is zero | a sign |
/// | the hook before runs | before arguments are read | as `Strict` | after | after |
/// | floats in results | decimal | Go's `%v` | JavaScript's | Java's |
/// | status of errors of the library | 400 | 500 | 500 | 500 |
/// | their texts | name the argument and what was expected | Go's | Node's | Java's: `Unexpected error` |
///
/// An author's errors keep their status. JSON is read as serde reads it in every dialect, so field names are exact where
/// Go's are not, and a parser's complaint is serde's; `Node` writes it without Go's escapes. Infinities and hexadecimal
/// floats, which Go reads and its library trips over, are errors in `Go`.
///
/// In a chaincode of several contracts the first one's dialect decides how calls reach the others.
///
/// Sources: `contractapi/contract_chaincode.go`, `serializer/json_transaction_serializer.go` and `internal/types` of
/// fabric-contract-api-go; `lib/contract-spi` of fabric-shim and `lib/jsontransactionserializer.js` of
/// fabric-contract-api for Node; `contract/execution` of fabric-chaincode-shim for Java. `Node` is tested against
/// recordings of the library from npm (`tests/interop/contract`), the others against what their sources say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// What all agree on; an error where they do not.
    #[default]
    Strict,
    /// fabric-contract-api-go.
    Go,
    /// fabric-contract-api for Node.
    Node,
    /// fabric-chaincode-java.
    Java,
}

/// What Java's library says of everything that is not a `ChaincodeException`.
pub(crate) const UNEXPECTED: &str = "Unexpected error";

impl Dialect {
    /// The error of a call that cannot be understood.
    pub(crate) fn refusal(self, text: impl Into<String>) -> SdkError {
        match self {
            Self::Strict => SdkError::bad_request(text),
            Self::Go | Self::Node | Self::Java => SdkError::internal(text),
        }
    }

    /// Contract and function of a call; without a contract, it is the default one.
    pub(crate) fn split(self, call: &str) -> (Option<&str>, &str) {
        match self {
            Self::Strict | Self::Go => match call.rsplit_once(':') {
                Some((contract, function)) => (Some(contract), function),
                None => (None, call),
            },
            Self::Node => match call.split_once(':') {
                Some((contract, function)) => (
                    Some(contract).filter(|name| !name.trim().is_empty()),
                    function,
                ),
                None => (None, call),
            },
            Self::Java => split_java(call),
        }
    }
}

/// Java's `split` drops empty pieces at the end; only exactly two are a contract and a function.
fn split_java(call: &str) -> (Option<&str>, &str) {
    let mut pieces: Vec<&str> = call.split(':').collect();
    while pieces.len() > 1 && pieces.last().is_some_and(|piece| piece.is_empty()) {
        pieces.pop();
    }
    match pieces.as_slice() {
        [contract, function] => (Some(*contract), *function),
        [first, ..] => (None, *first),
        [] => (None, call),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_split_as_each_library_does() {
        type Split = (Option<&'static str>, &'static str);
        let cases: [(&str, [Split; 3]); 6] = [
            ("f", [(None, "f"), (None, "f"), (None, "f")]),
            (
                "a:f",
                [(Some("a"), "f"), (Some("a"), "f"), (Some("a"), "f")],
            ),
            (
                "a:b:f",
                [(Some("a:b"), "f"), (Some("a"), "b:f"), (None, "a")],
            ),
            (":f", [(Some(""), "f"), (None, "f"), (Some(""), "f")]),
            ("a:", [(Some("a"), ""), (Some("a"), ""), (None, "a")]),
            ("", [(None, ""), (None, ""), (None, "")]),
        ];
        for (call, expected) in cases {
            let found = [Dialect::Go, Dialect::Node, Dialect::Java].map(|it| it.split(call));
            assert_eq!(found, expected, "{call}");
            assert_eq!(Dialect::Strict.split(call), expected[0], "{call}");
        }
    }
}
