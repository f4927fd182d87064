use crate::error::QueryError;
use crate::find::invalid_bookmark;
use crate::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a query's bookmark stands for: the last row that was counted. Opaque to chaincode, and the same on every peer
/// of this kind; CouchDB's own bookmarks are other bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// [`crate::Index::label`]; empty: the order of keys.
    pub index: String,
    /// The row of the index, or the key.
    pub row: Vec<u8>,
}

const FORMAT: u8 = 1;
/// CouchDB's bookmark of a page without rows, with which it then takes no query.
const NOWHERE: &str = "nil";

impl Position {
    pub fn encode(&self) -> String {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&(self.index.len() as u32).to_be_bytes());
        bytes.extend_from_slice(self.index.as_bytes());
        bytes.extend_from_slice(&self.row);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None`: from the beginning.
    pub(crate) fn decode(text: &str) -> Result<Option<Self>, QueryError> {
        if text.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let position = bytes.as_deref().and_then(read);
        let invalid = || invalid_bookmark(&Json::String(text.to_owned()));
        position.ok_or_else(invalid).map(Some)
    }
}

fn read(bytes: &[u8]) -> Option<Position> {
    let (format, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (index, row) = rest.split_at_checked(length)?;
    (*format == FORMAT).then_some(())?;
    Some(Position {
        index: std::str::from_utf8(index).ok()?.to_owned(),
        row: row.to_vec(),
    })
}

/// The text for a page without rows, when the query began without a bookmark.
pub(crate) fn nowhere() -> String {
    NOWHERE.to_owned()
}
