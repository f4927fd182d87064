//! Which keys of Fabric's `core.yaml` this peer honours.

/// Lower case, as keys are compared.
const HONOURED: &[&str] = &[
    "chaincode.builder",
    "chaincode.executetimeout",
    "chaincode.externalbuilders",
    "chaincode.golang.dynamiclink",
    "chaincode.golang.runtime",
    "chaincode.installtimeout",
    "chaincode.java.runtime",
    "chaincode.keepalive",
    "chaincode.logging.format",
    "chaincode.logging.level",
    "chaincode.logging.shim",
    "chaincode.mode",
    "chaincode.node.runtime",
    "chaincode.pull",
    "chaincode.runtimeparams.maxsizegetmultiplekeys",
    "chaincode.runtimeparams.maxsizewritebatch",
    "chaincode.runtimeparams.usegetmultiplekeys",
    "chaincode.runtimeparams.usewritebatch",
    "chaincode.startuptimeout",
    "chaincode.system._lifecycle",
    "chaincode.system.cscc",
    "chaincode.system.lscc",
    "chaincode.system.qscc",
    "chaincode.wasm.readycode",
    "chaincode.wasm.totalmemory",
    "ledger.history.enablehistorydatabase",
    "ledger.pvtdatastore.collelgprocdbbatchesinterval",
    "ledger.pvtdatastore.collelgprocmaxdbbatchsize",
    "ledger.pvtdatastore.deprioritizeddatareconcilerinterval",
    "ledger.pvtdatastore.purgedkeyauditlogging",
    "ledger.snapshots.rootdir",
    "ledger.state.couchdbconfig.internalquerylimit",
    "ledger.state.statedatabase",
    "ledger.state.totalquerylimit",
    "metrics.provider",
    "metrics.statsd.address",
    "metrics.statsd.network",
    "metrics.statsd.prefix",
    "metrics.statsd.writeinterval",
    "operations.listenaddress",
    "operations.page.enabled",
    "operations.tls.cert.file",
    "operations.tls.clientauthrequired",
    "operations.tls.clientrootcas.files",
    "operations.tls.enabled",
    "operations.tls.key.file",
    "peer.address",
    "peer.addressautodetect",
    "peer.authentication.timewindow",
    "peer.bccsp.default",
    "peer.bccsp.sw.filekeystore.keystore",
    "peer.bccsp.sw.hash",
    "peer.bccsp.sw.security",
    "peer.chaincodeaddress",
    "peer.chaincodelistenaddress",
    "peer.client.conntimeout",
    "peer.connectiontimeout",
    "peer.deliveryclient.addressoverrides",
    "peer.deliveryclient.blockcensorshiptimeoutkey",
    "peer.deliveryclient.conntimeout",
    "peer.deliveryclient.minimalreconnectinterval",
    "peer.deliveryclient.policy",
    "peer.deliveryclient.reconnectbackoffthreshold",
    "peer.deliveryclient.reconnecttotaltimethreshold",
    "peer.discovery.authcacheenabled",
    "peer.discovery.authcachemaxsize",
    "peer.discovery.authcachepurgeretentionratio",
    "peer.discovery.enabled",
    "peer.discovery.orgmembersallowedaccess",
    "peer.filesystempath",
    "peer.gateway.broadcasttimeout",
    "peer.gateway.dialtimeout",
    "peer.gateway.enabled",
    "peer.gateway.endorsementtimeout",
    "peer.gossip.aliveexpirationtimeout",
    "peer.gossip.alivetimeinterval",
    "peer.gossip.bootstrap",
    "peer.gossip.conntimeout",
    "peer.gossip.dialtimeout",
    "peer.gossip.digestwaittime",
    "peer.gossip.endpoint",
    "peer.gossip.externalendpoint",
    "peer.gossip.maxconnectionattempts",
    "peer.gossip.membershiptrackerinterval",
    "peer.gossip.msgexpirationfactor",
    "peer.gossip.orgleader",
    "peer.gossip.propagateiterations",
    "peer.gossip.propagatepeernum",
    "peer.gossip.publishcertperiod",
    "peer.gossip.publishstateinfointerval",
    "peer.gossip.pullinterval",
    "peer.gossip.pullpeernum",
    "peer.gossip.pvtdata.btlpullmargin",
    "peer.gossip.pvtdata.implicitcollectiondisseminationpolicy.maxpeercount",
    "peer.gossip.pvtdata.implicitcollectiondisseminationpolicy.requiredpeercount",
    "peer.gossip.pvtdata.pullretrythreshold",
    "peer.gossip.pvtdata.pushacktimeout",
    "peer.gossip.pvtdata.reconcilebatchsize",
    "peer.gossip.pvtdata.reconcilesleepinterval",
    "peer.gossip.pvtdata.reconciliationenabled",
    "peer.gossip.pvtdata.skippullinginvalidtransactionsduringcommit",
    "peer.gossip.pvtdata.transientstoremaxblockretention",
    "peer.gossip.reconnectinterval",
    "peer.gossip.requeststateinfointerval",
    "peer.gossip.requestwaittime",
    "peer.gossip.responsewaittime",
    "peer.gossip.sendbuffsize",
    "peer.gossip.useleaderelection",
    "peer.id",
    "peer.keepalive.client.interval",
    "peer.keepalive.client.timeout",
    "peer.keepalive.deliveryclient.interval",
    "peer.keepalive.deliveryclient.timeout",
    "peer.keepalive.interval",
    "peer.keepalive.mininterval",
    "peer.keepalive.timeout",
    "peer.limits.concurrency.deliverservice",
    "peer.limits.concurrency.endorserservice",
    "peer.limits.concurrency.gatewayservice",
    "peer.limits.connections",
    "peer.limits.requestbytes",
    "peer.listenaddress",
    "peer.localmspid",
    "peer.localmsptype",
    "peer.maxrecvmsgsize",
    "peer.maxsendmsgsize",
    "peer.mspconfigpath",
    "peer.networkid",
    "peer.tls.cert.file",
    "peer.tls.clientauthrequired",
    "peer.tls.clientcert.file",
    "peer.tls.clientkey.file",
    "peer.tls.clientrootcas.files",
    "peer.tls.enabled",
    "peer.tls.key.file",
    "peer.tls.rootcert.file",
    "peer.validatorpoolsize",
    "vm.docker.attachstdout",
    "vm.docker.hostconfig.blkioweight",
    "vm.docker.hostconfig.capadd",
    "vm.docker.hostconfig.capdrop",
    "vm.docker.hostconfig.cgroupparent",
    "vm.docker.hostconfig.cpuperiod",
    "vm.docker.hostconfig.cpuquota",
    "vm.docker.hostconfig.cpusetcpus",
    "vm.docker.hostconfig.cpusetmems",
    "vm.docker.hostconfig.cpushares",
    "vm.docker.hostconfig.dns",
    "vm.docker.hostconfig.dnssearch",
    "vm.docker.hostconfig.extrahosts",
    "vm.docker.hostconfig.ipcmode",
    "vm.docker.hostconfig.logconfig",
    "vm.docker.hostconfig.memory",
    "vm.docker.hostconfig.memoryswap",
    "vm.docker.hostconfig.memoryswappiness",
    "vm.docker.hostconfig.networkmode",
    "vm.docker.hostconfig.oomkilldisable",
    "vm.docker.hostconfig.pidmode",
    "vm.docker.hostconfig.pidslimit",
    "vm.docker.hostconfig.readonlyrootfs",
    "vm.docker.hostconfig.securityopt",
    "vm.docker.hostconfig.utsmode",
    "vm.docker.tls.ca.file",
    "vm.docker.tls.cert.file",
    "vm.docker.tls.enabled",
    "vm.docker.tls.key.file",
    "vm.endpoint",
];

/// Below it the engine's log driver decides what there is.
const LOG_CONFIG: &str = "vm.docker.hostconfig.logconfig.";

/// The keys that have no effect here, in the order given. A variable without a key of its own counts, too.
pub(super) fn ignored(keys: Vec<String>, variables: Vec<String>) -> Vec<String> {
    let honoured = |key: &String| {
        let key = key.to_lowercase();
        HONOURED.contains(&key.as_str()) || key.starts_with(LOG_CONFIG)
    };
    let named = |variable: &String| {
        HONOURED
            .iter()
            .any(|key| format!("CORE_{}", key.replace('.', "_").to_uppercase()) == *variable)
    };
    let keys = keys.into_iter().filter(|key| !honoured(key));
    keys.chain(variables.into_iter().filter(|variable| !named(variable)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_has_no_effect() {
        let keys = ["peer.ID", "peer.profile.enabled", "peer.tls.enabled"]
            .map(str::to_owned)
            .to_vec();
        let variables = [
            "CORE_PEER_TLS_CERT_FILE",
            "CORE_PEER_GOSSIP_ELECTION_LEADERALIVETHRESHOLD",
        ]
        .map(str::to_owned)
        .to_vec();
        assert_eq!(
            ignored(keys, variables),
            [
                "peer.profile.enabled",
                "CORE_PEER_GOSSIP_ELECTION_LEADERALIVETHRESHOLD"
            ]
        );
    }

    /// Every key of Fabric's `core.yaml` (v3.1.5), and what becomes of it here: a key is honoured, or named at the start.
    const FABRIC: &str = include_str!("fabric_keys.txt");

    #[test]
    fn every_key_of_fabrics_core_yaml_is_honoured_or_named() {
        let lines: Vec<(&str, &str)> = FABRIC
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .collect();
        assert_eq!(lines.len(), 188);
        for (fate, key) in lines {
            let named = ignored(vec![key.to_owned()], Vec::new());
            let variable = format!("CORE_{}", key.replace('.', "_").to_uppercase());
            let by_variable = ignored(Vec::new(), vec![variable.clone()]);
            match fate {
                "honoured" => assert!(named.is_empty(), "{key}"),
                "named" => {
                    assert_eq!(named, [key]);
                    assert_eq!(by_variable, [variable]);
                }
                other => panic!("{key}: {other}"),
            }
        }
    }
}
