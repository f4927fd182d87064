//! `chaincode list`. Fabric: internal/peer/chaincode/list.go.

use anyhow::{Context, Result, bail};
use selvedge_protos::protos::{ChaincodeInfo, ChaincodeQueryResponse};

use super::{ListChaincodesArgs, lscc};
use crate::cli::core_config::CoreConfig;
use crate::cli::session::{Peers, Session};
use crate::client::decode;

pub(in super::super) async fn list(config: CoreConfig, args: ListChaincodesArgs) -> Result<String> {
    if args.instantiated && args.channel.is_empty() {
        bail!("The required parameter 'channelID' is empty. Rerun the command with -C flag");
    }
    if args.installed == args.instantiated {
        bail!("must explicitly specify \"--installed\" or \"--instantiated\"");
    }
    let call = match args.installed {
        true => lscc("", "getinstalledchaincodes", Vec::new()),
        false => lscc(&args.channel, "getchaincodes", Vec::new()),
    };
    let session = Session::open(config, "list", &args.connection, "", Peers::One).await?;
    let response = session
        .ask(&call)
        .await
        .context("error endorsing proposal")?;
    if response.status != 200 {
        bail!("bad response: {} - {}", response.status, response.message);
    }
    let found: ChaincodeQueryResponse = decode(&response.payload)?;
    Ok(shown(&args, &found.chaincodes))
}

fn shown(args: &ListChaincodesArgs, chaincodes: &[ChaincodeInfo]) -> String {
    let mut out = match args.installed {
        true => "Get installed chaincodes on peer:\n".to_owned(),
        false => format!("Get instantiated chaincodes on channel {}:\n", args.channel),
    };
    for chaincode in chaincodes {
        let id = hex::encode(&chaincode.id);
        let fields = [
            ("Name", &chaincode.name),
            ("Version", &chaincode.version),
            ("Path", &chaincode.path),
            ("Input", &chaincode.input),
            ("Escc", &chaincode.escc),
            ("Vscc", &chaincode.vscc),
            ("Id", &id),
        ];
        let present = fields.iter().filter(|(_, value)| !value.is_empty());
        let line: Vec<_> = present
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        out += &format!("{}\n", line.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_look_like_fabrics() {
        let args = |installed| ListChaincodesArgs {
            channel: "ch".to_owned(),
            installed,
            instantiated: !installed,
            connection: Default::default(),
        };
        let chaincode = ChaincodeInfo {
            name: "cc".to_owned(),
            version: "1.0".to_owned(),
            id: vec![0xab, 0x01].into(),
            ..Default::default()
        };
        assert_eq!(
            shown(&args(true), std::slice::from_ref(&chaincode)),
            "Get installed chaincodes on peer:\nName: cc, Version: 1.0, Id: ab01\n"
        );
        let chaincode = ChaincodeInfo {
            escc: "escc".to_owned(),
            vscc: "vscc".to_owned(),
            id: Default::default(),
            ..chaincode
        };
        assert_eq!(
            shown(&args(false), &[chaincode]),
            "Get instantiated chaincodes on channel ch:\nName: cc, Version: 1.0, Escc: escc, Vscc: vscc\n"
        );
    }
}
