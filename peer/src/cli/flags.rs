//! Flags that several verbs share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::go_duration;

/// Reads a boolean as Go's flag packages do: `--tls`, `--tls=true`, `--tls=0`.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(format!("'{other}' is not a boolean; use true or false")),
    }
}

/// Which peers to talk to. Without any, the peer of CORE_PEER_ADDRESS is meant.
#[derive(Debug, Default, Args)]
pub struct ConnectionFlags {
    /// The address of a peer to connect to; may be repeated
    #[arg(long = "peerAddresses", value_name = "HOST:PORT")]
    pub peer_addresses: Vec<String>,
    /// With TLS, the TLS root certificate file of a peer; as many and in the same order as --peerAddresses
    #[arg(long = "tlsRootCertFiles", value_name = "FILE")]
    pub tls_root_cert_files: Vec<PathBuf>,
    /// A connection profile (YAML or JSON) to take the peers from
    #[arg(long = "connectionProfile", value_name = "FILE")]
    pub connection_profile: Option<PathBuf>,
    /// With a connection profile, the name of the peer to use where no channel is involved
    #[arg(long = "targetPeer", value_name = "NAME")]
    pub target_peer: Option<String>,
}

/// What Fabric's verbs take that talk to no peer: scripts give one set of flags to every verb.
#[derive(Debug, Default, Args)]
pub struct UnusedConnectionFlags {
    /// Has no effect here
    #[arg(long = "peerAddresses", value_name = "HOST:PORT", hide = true)]
    pub peer_addresses: Vec<String>,
    /// Has no effect here
    #[arg(long = "tlsRootCertFiles", value_name = "FILE", hide = true)]
    pub tls_root_cert_files: Vec<PathBuf>,
    /// Has no effect here
    #[arg(long = "connectionProfile", value_name = "FILE", hide = true)]
    pub connection_profile: Option<PathBuf>,
}

/// How to reach the ordering service (Fabric: internal/peer/common/ordererenv.go).
#[derive(Debug, Default, Args)]
pub struct OrdererFlags {
    /// Ordering service endpoint; asked from the first peer when left out
    #[arg(
        short = 'o',
        long = "orderer",
        global = true,
        value_name = "HOST:PORT",
        default_value = "",
        hide_default_value = true
    )]
    pub orderer: String,
    #[arg(long, global = true, help = "Use TLS when communicating with the orderer endpoint", num_args = 0..=1,
        require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true,
        value_parser = switch, action = ArgAction::Set)]
    pub tls: bool,
    #[arg(long, global = true, help = "Use mutual TLS when communicating with the orderer endpoint", num_args = 0..=1,
        require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true,
        value_parser = switch, action = ArgAction::Set)]
    pub clientauth: bool,
    /// Path to file containing PEM-encoded trusted certificate(s) for the ordering endpoint
    #[arg(long, global = true, value_name = "FILE")]
    pub cafile: Option<PathBuf>,
    /// Path to file containing PEM-encoded private key to use for mutual TLS with the orderer endpoint
    #[arg(long, global = true, value_name = "FILE")]
    pub keyfile: Option<PathBuf>,
    /// Path to file containing PEM-encoded certificate to use for mutual TLS with the orderer endpoint
    #[arg(long, global = true, value_name = "FILE")]
    pub certfile: Option<PathBuf>,
    /// The hostname override to use when validating the TLS connection to the orderer
    #[arg(
        long = "ordererTLSHostnameOverride",
        global = true,
        value_name = "HOST"
    )]
    pub hostname_override: Option<String>,
    /// Timeout for the client to connect
    #[arg(long = "connTimeout", global = true, default_value = "3s", value_parser = go_duration::parse)]
    pub connection_timeout: Duration,
    /// How far back to set the clock for the orderer's certificate; only 0 is possible here
    #[arg(long = "tlsHandshakeTimeShift", global = true, default_value = "0s", value_parser = no_shift)]
    pub tls_handshake_time_shift: Duration,
}

fn no_shift(text: &str) -> Result<Duration, String> {
    let shift = go_duration::parse(text)?;
    match shift.is_zero() {
        true => Ok(shift),
        false => Err(
            "certificates are checked at the present time here; renew the orderer's certificate, or use Fabric's peer for this call"
                .to_owned(),
        ),
    }
}

/// Whether to wait for the transaction to be committed. Lifecycle commands wait unless told not to; `invoke` does not.
#[derive(Debug)]
pub struct WaitFlags<const WAIT: bool> {
    pub wait_for_event: bool,
    pub timeout: Duration,
}

impl<const WAIT: bool> FromArgMatches for WaitFlags<WAIT> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            wait_for_event: matches.get_one("waitForEvent").copied().unwrap_or(WAIT),
            timeout: matches
                .get_one("waitForEventTimeout")
                .copied()
                .unwrap_or(Duration::from_secs(30)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<const WAIT: bool> Args for WaitFlags<WAIT> {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("waitForEvent")
                    .long("waitForEvent")
                    .help("Whether to wait until each peer has committed the transaction")
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_missing_value("true")
                    .default_value(if WAIT { "true" } else { "false" })
                    .value_parser(switch)
                    .action(ArgAction::Set),
            )
            .arg(
                Arg::new("waitForEventTimeout")
                    .long("waitForEventTimeout")
                    .help("Time to wait for the commit of the transaction on each peer")
                    .default_value("30s")
                    .value_parser(go_duration::parse),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
