use prost::DecodeError;

/// Why bytes are no message, in the words of Go's decoder, which end up in answers to clients.
///
/// Go says the same of every defect but text that is not UTF-8.
pub(crate) fn why(error: &DecodeError) -> String {
    let words = error.to_string();
    if words.contains("UTF-8") {
        return words;
    }
    "proto: cannot parse invalid wire-format data".to_owned()
}
