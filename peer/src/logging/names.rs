//! What a part of this program is called in a logging specification.

/// Modules, and the loggers that write of the same things in Fabric.
const FABRIC: &[(&str, &str)] = &[
    ("endorser.acl", "aclmgmt"),
    ("gossip.comm", "gossip.comm"),
    ("ledger", "kvledger"),
    ("legacy.lscc", "lscc"),
    ("node.committer", "committer"),
    ("node.deliver", "common.deliver"),
    ("node.pull", "peer.blocksprovider"),
    ("node.private_data", "gossip.privdata"),
    ("node.join", "peer"),
    ("node.start", "nodeCmd"),
    ("node", "nodeCmd"),
    ("runtime", "chaincode"),
    ("scc.cscc", "cscc"),
    ("scc.qscc", "qscc"),
    ("stream.docker", "dockercontroller"),
    ("stream.external", "chaincode.externalbuilder"),
    ("stream", "chaincode"),
    ("validation", "committer.txvalidator"),
];

/// A logger's own name: `selvedge_peer::endorser::acl` is `endorser.acl`, `selvedge_gossip::comm` is `gossip.comm`. Whoever
/// gave a name with dots keeps it.
pub(super) fn own(target: &str) -> String {
    let path = target
        .strip_prefix("selvedge_peer::")
        .or_else(|| target.strip_prefix("selvedge_"))
        .unwrap_or(target);
    path.replace("::", ".")
}

/// The name of Fabric's logger for the same, if there is one.
pub(super) fn fabric(own: &str) -> Option<String> {
    FABRIC.iter().find_map(|(module, logger)| {
        let rest = own.strip_prefix(module)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{logger}{rest}"))
    })
}

/// Whether a logger belongs to a library, which has much to say below `info` that is of no use to an operator.
pub(super) fn is_foreign(target: &str) -> bool {
    target.contains("::") && !target.starts_with("selvedge")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_have_a_name_of_their_own_and_fabrics() {
        let both = |target| {
            let own = own(target);
            let fabric = fabric(&own);
            (own, fabric)
        };
        assert_eq!(
            both("selvedge_peer::node::pull::puller"),
            (
                "node.pull.puller".to_owned(),
                Some("peer.blocksprovider.puller".to_owned())
            )
        );
        assert_eq!(
            both("selvedge_ledger::commit").1.as_deref(),
            Some("kvledger.commit")
        );
        assert_eq!(both("peer.chaincode"), ("peer.chaincode".to_owned(), None));
        assert!(is_foreign("h2::proto") && !is_foreign("selvedge_gossip::x"));
    }
}
