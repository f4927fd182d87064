use super::ConfigError;

/// The peer's address, if given: `-peer.address A`, `--peer.address=A`, and the Java shim's `--peerAddress`.
pub(super) fn peer_address(
    arguments: impl IntoIterator<Item = String>,
) -> Result<Option<String>, ConfigError> {
    let mut arguments = arguments.into_iter();
    let mut address = None;
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        match name.strip_prefix("--").or_else(|| name.strip_prefix('-')) {
            Some("peer.address" | "peerAddress") => {
                let value = value.or_else(|| arguments.next());
                let value = value.filter(|value| !value.is_empty());
                address = Some(value.ok_or(ConfigError::NoAddress)?);
            }
            _ => return Err(ConfigError::Argument(argument)),
        }
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Option<String>, ConfigError> {
        peer_address(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn the_address_comes_in_every_spelling_of_fabrics_launchers() {
        for arguments in [
            &["-peer.address=h:1"][..],
            &["--peer.address=h:1"],
            &["-peer.address", "h:1"],
            &["--peer.address", "h:1"],
            &["--peerAddress", "h:1"],
        ] {
            assert_eq!(read(arguments).unwrap().as_deref(), Some("h:1"));
        }
        assert_eq!(read(&[]).unwrap(), None);
    }

    #[test]
    fn everything_else_is_named() {
        let refused = |arguments: &[&str]| read(arguments).unwrap_err().to_string();
        assert!(refused(&["--verbose"]).starts_with("'--verbose' is not understood"));
        assert!(refused(&["h:1"]).starts_with("'h:1' is not understood"));
        assert!(refused(&["-peer.address"]).starts_with("-peer.address needs an address"));
        assert!(refused(&["-peer.address="]).starts_with("-peer.address needs an address"));
    }
}
