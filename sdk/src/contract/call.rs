use super::dialect::UNEXPECTED;
use super::{Descriptor, Dialect};
use crate::SdkError;
use crate::wire::{Arg, excerpt};
use selvedge_interface::Bytes;
use std::borrow::Cow;
use std::fmt;

/// What the client asked for.
#[derive(Clone)]
pub struct Call {
    contract: String,
    function: String,
    /// With the contract, if the client named it.
    asked: String,
    params: Vec<Bytes>,
}

impl Call {
    pub(crate) fn new(contract: &str, function: &str, asked: &str, params: Vec<Bytes>) -> Self {
        Self {
            contract: contract.to_owned(),
            function: function.to_owned(),
            asked: asked.to_owned(),
            params,
        }
    }

    /// The contract's name.
    pub fn contract(&self) -> &str {
        &self.contract
    }

    /// The function as the client wrote it.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The arguments after the function.
    pub fn params(&self) -> &[Bytes] {
        &self.params
    }

    /// The name functions are looked up by: in the dialects that are not exact, the first letter in upper case. Letters
    /// beyond ASCII are left to the macro, which knows the names: their tables are a tenth of a small component.
    #[doc(hidden)]
    pub fn lookup_name(&self, dialect: Dialect) -> Cow<'_, str> {
        match dialect {
            Dialect::Strict | Dialect::Go
                if self.function.starts_with(|c: char| c.is_ascii_lowercase()) =>
            {
                let mut name = self.function.clone();
                if let Some(first) = name.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                Cow::Owned(name)
            }
            _ => Cow::Borrowed(&self.function),
        }
    }

    /// Refuses another number of arguments, as far as the dialect does.
    #[doc(hidden)]
    pub fn expect_params(
        &self,
        function: &str,
        names: &[&str],
        dialect: Dialect,
    ) -> Result<(), SdkError> {
        let (expected, received) = (names.len(), self.params.len());
        let surplus_is_ignored = matches!(dialect, Dialect::Go | Dialect::Java);
        if received == expected || (surplus_is_ignored && received > expected) {
            return Ok(());
        }
        Err(self.wrong_number(function, names, dialect))
    }

    #[cold]
    fn wrong_number(&self, function: &str, names: &[&str], dialect: Dialect) -> SdkError {
        let (expected, received) = (names.len(), self.params.len());
        dialect.refusal(match dialect {
            Dialect::Strict => format!(
                "incorrect number of params. Expected {expected}, received {received}: {function} takes {}",
                if names.is_empty() {
                    "no arguments".to_owned()
                } else {
                    listed(names)
                }
            ),
            Dialect::Go => {
                format!("incorrect number of params. Expected {expected}, received {received}")
            }
            Dialect::Node => {
                format!("Expected {expected} parameters, but {received} have been supplied")
            }
            Dialect::Java => UNEXPECTED.to_owned(),
        })
    }

    /// Reads one argument, strictly.
    #[doc(hidden)]
    pub fn param<T: Arg>(&self, index: usize, name: &str) -> Result<T, SdkError> {
        T::from_wire(self.value(index)?)
            .map_err(|problem| bad_param(name, problem, Dialect::Strict))
    }

    /// Reads one argument in a dialect. Apart from [`Call::param`], because what dialects need must not be in every
    /// component.
    #[doc(hidden)]
    pub fn param_in<T: Arg>(
        &self,
        index: usize,
        name: &str,
        dialect: Dialect,
    ) -> Result<T, SdkError> {
        T::from_wire_in(self.value(index)?, dialect)
            .map_err(|problem| bad_param(name, problem, dialect))
    }

    fn value(&self, index: usize) -> Result<&Bytes, SdkError> {
        self.params
            .get(index)
            .ok_or_else(|| SdkError::internal(format!("no parameter {index}")))
    }

    /// The answer of a contract without a function of this name.
    #[doc(hidden)]
    pub fn unknown(&self, descriptor: &Descriptor) -> SdkError {
        let names = descriptor.transactions.iter().map(|known| known.name);
        self.unknown_among(&names.collect::<Vec<_>>(), descriptor.dialect)
    }

    pub(crate) fn unknown_among(&self, names: &[&str], dialect: Dialect) -> SdkError {
        let (function, contract) = (excerpt(&self.function), excerpt(&self.contract));
        dialect.refusal(match dialect {
            Dialect::Strict => format!(
                "Function {function} not found in contract {contract}, which has {}",
                listed(names)
            ),
            Dialect::Go => format!("Function {function} not found in contract {contract}"),
            Dialect::Node => format!(
                "You've asked to invoke a function that does not exist: {}",
                excerpt(&self.asked)
            ),
            Dialect::Java => "Undefined contract method called".to_owned(),
        })
    }
}

#[cold]
fn bad_param(name: &str, problem: String, dialect: Dialect) -> SdkError {
    dialect.refusal(match dialect {
        Dialect::Strict | Dialect::Go => {
            format!("error managing parameter {name}. conversion error. {problem}")
        }
        Dialect::Node => problem,
        Dialect::Java => UNEXPECTED.to_owned(),
    })
}

/// `a`, `a and b`, `a, b and c`; of many, the first ones.
pub(crate) fn listed(names: &[&str]) -> String {
    const MOST: usize = 20;
    match names {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        many if many.len() > MOST => {
            format!("{} and {} more", many[..MOST].join(", "), many.len() - MOST)
        }
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// Arguments may be secret or large: only their number is shown.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}({} params)",
            self.contract,
            self.function,
            self.params.len()
        )
    }
}
