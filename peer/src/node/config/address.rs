//! `peer.address` where the machine has to say it. Fabric: core/peer/config.go, getLocalAddress.

use super::NodeConfigError;
use crate::cli::CoreConfig;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// The address that others are told: `peer.address`, or `listening` where there is none. Its host is the machine's own where
/// `peer.addressAutoDetect` asks for that, and where it is no address anybody could call.
pub(super) fn address(
    core: &CoreConfig,
    listening: &str,
    own: fn() -> io::Result<Ipv4Addr>,
) -> Result<String, NodeConfigError> {
    let given = core.text("peer.address");
    let address = given.as_deref().unwrap_or(listening);
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let unspecified = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
    // A peer that is not told any address runs on one machine for now, and need not have another.
    let needed = unspecified && given.is_some() || core.flag("peer.addressAutoDetect")?;
    if !needed {
        return Ok(address.to_owned());
    }
    if port.is_empty() {
        return Err(NodeConfigError::Address {
            key: "peer.address",
            value: address.to_owned(),
        });
    }
    let own = own().map_err(NodeConfigError::OwnAddress)?;
    let detected = format!("{own}:{port}");
    tracing::info!("Auto-detected peer address: {detected}");
    Ok(detected)
}

/// The address from which this machine would call others. Nothing is sent.
pub(super) fn own() -> io::Result<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    // Of the range that documentation may use: nobody is there.
    socket.connect("192.0.2.1:9")?;
    match socket.local_addr()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() => Ok(*address.ip()),
        _ => Err(io::ErrorKind::AddrNotAvailable.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(peer: &str, own: fn() -> io::Result<Ipv4Addr>) -> Result<String, String> {
        let (_dir, core) = CoreConfig::of(&format!("peer: {{{peer}}}\n"), &[]);
        address(&core, "0.0.0.0:7051", own).map_err(|error| error.to_string())
    }

    #[test]
    fn the_machine_is_asked_where_it_has_to_be() {
        let own = || Ok(Ipv4Addr::new(10, 1, 2, 3));
        let detected = Ok("10.1.2.3:7051".to_owned());
        assert_eq!(
            read("address: 'peer0:7051', addressAutoDetect: true", own),
            detected
        );
        assert_eq!(read("address: '0.0.0.0:7051'", own), detected);
        assert_eq!(read("address: '[::]:7051'", own), detected);
        assert_eq!(read("address: 'peer0:7051'", own), Ok("peer0:7051".into()));
        assert_eq!(read("addressAutoDetect: true", own), detected);
        assert_eq!(read("", own), Ok("0.0.0.0:7051".into()));
        let refused = read("address: peer0, addressAutoDetect: true", own);
        assert_eq!(
            refused,
            Err("peer.address is 'peer0', not of the form host:port".into())
        );
    }

    #[test]
    fn a_machine_without_an_address_is_no_peer() {
        let none = || Err(io::ErrorKind::AddrNotAvailable.into());
        let refused = Err("no non-loopback, IPv4 interface detected".to_owned());
        assert_eq!(
            read("address: 'a:1', addressAutoDetect: true", none),
            refused
        );
        assert_eq!(read("address: 'a:1'", none), Ok("a:1".into()));
    }
}
