use serde::Serialize;
use std::fmt;

/// Something that is no error, but that an author may want to know, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The transaction, object or component it is about.
    pub about: String,
    pub finding: String,
    pub mend: String,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            about,
            finding,
            mend,
        } = self;
        write!(f, "{about}: {finding}\n  mend: {mend}")
    }
}
