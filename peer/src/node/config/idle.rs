//! Keys that are not honoured and need not be named: what they say is what this peer does anyway, or belongs to something
//! that is switched off. Fabric's own `core.yaml` is full of them.

use crate::cli::CoreConfig;

/// Keys with the value that is no news here. Lower case, as keys are compared.
const SAME: &[(&str, &str)] = &[
    ("peer.deliveryclient.blockgossipenabled", "false"),
    ("peer.gossip.skipblockverification", "false"),
    ("peer.gossip.state.enabled", "false"),
    ("peer.handlers.endorsers.escc.name", "DefaultEndorsement"),
    ("peer.handlers.validators.vscc.name", "DefaultValidation"),
    ("peer.profile.enabled", "false"),
];

/// Lists of names, likewise; the order counts in none of them.
const SAME_NAMES: &[(&str, &[&str])] = &[
    (
        "peer.handlers.authfilters",
        &["DefaultAuth", "ExpirationCheck", "TimeWindowCheck"],
    ),
    ("peer.handlers.decorators", &["DefaultDecorator"]),
];

/// What only counts where another key has this value.
const PARTS: &[(&str, &str, &str)] = &[
    (
        "ledger.state.couchdbconfig.",
        "ledger.state.stateDatabase",
        "CouchDB",
    ),
    ("peer.bccsp.pkcs11.", "peer.BCCSP.Default", "PKCS11"),
    (
        "peer.gossip.election.",
        "peer.gossip.useLeaderElection",
        "true",
    ),
    ("peer.gossip.state.", "peer.gossip.state.enabled", "true"),
    ("peer.profile.", "peer.profile.enabled", "true"),
];

/// `key` is one of the file, or a variable.
pub(super) fn asks_for_nothing(core: &CoreConfig, key: &str) -> bool {
    let is = |known: &str| key.eq_ignore_ascii_case(known) || key == variable(known);
    let says = |key: &str, value: &str| {
        core.text(key)
            .is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    let same = SAME.iter().find(|(known, _)| is(known));
    if let Some((known, value)) = same {
        return says(known, value);
    }
    if let Some((known, names)) = SAME_NAMES.iter().find(|(known, _)| is(known)) {
        return are(core, known, names);
    }
    let part = PARTS.iter().find(|(prefix, _, _)| {
        let key = key.to_lowercase();
        key.starts_with(prefix) || key.to_uppercase().starts_with(&variable(prefix))
    });
    part.is_some_and(|(_, switch, on)| !says(switch, on))
}

fn variable(key: &str) -> String {
    format!("CORE_{}", key.replace('.', "_").to_uppercase())
}

fn are(core: &CoreConfig, key: &str, names: &[&str]) -> bool {
    let Ok(records) = core.records(key) else {
        return false;
    };
    let mut found: Vec<_> = records.iter().filter_map(|one| one.get("name")).collect();
    found.sort();
    found.len() == records.len() && found == names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(yaml: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let (_dir, core) = CoreConfig::of(yaml, variables);
        let mut keys = super::super::keys::ignored(core.keys(), core.variables());
        keys.retain(|key| !asks_for_nothing(&core, key));
        keys
    }

    #[test]
    fn what_this_peer_does_anyway_is_not_named() {
        let handlers = "peer:\n  handlers:\n    authFilters: [{name: DefaultAuth}, {name: ExpirationCheck}, {name: TimeWindowCheck}]\n    \
                        decorators: [{name: DefaultDecorator}]\n    endorsers: {escc: {name: DefaultEndorsement}}\n";
        let off = "peer: {profile: {enabled: false, listenAddress: 'a:1'}}\n";
        assert_eq!(named(handlers, &[]), Vec::<String>::new());
        assert_eq!(named(off, &[]), Vec::<String>::new());
        let variables = [
            ("CORE_PEER_GOSSIP_STATE_ENABLED", "false"),
            ("CORE_PEER_GOSSIP_STATE_BATCHSIZE", "10"),
            ("CORE_PEER_PROFILE_LISTENADDRESS", "0.0.0.0:6060"),
            (
                "CORE_LEDGER_STATE_COUCHDBCONFIG_COUCHDBADDRESS",
                "couch:5984",
            ),
        ];
        assert_eq!(named("{}", &variables), Vec::<String>::new());
    }

    #[test]
    fn what_it_does_not_do_is_named() {
        let yaml = "peer:\n  profile: {enabled: true, listenAddress: '0.0.0.0:6060'}\n  handlers: {authFilters: [{name: Mine}], decorators: [{library: d.so}]}\n\
                    ledger: {state: {stateDatabase: CouchDB, couchDBConfig: {maxRetries: 3}}}\n";
        let expected = [
            "peer.profile.enabled",
            "peer.profile.listenAddress",
            "peer.handlers.authFilters",
            "peer.handlers.decorators",
            "ledger.state.couchDBConfig.maxRetries",
        ];
        assert_eq!(named(yaml, &[]), expected);
        assert_eq!(
            named(
                "{}",
                &[("CORE_PEER_HANDLERS_AUTHFILTERS", "[{name: Mine}]")]
            ),
            ["CORE_PEER_HANDLERS_AUTHFILTERS"]
        );
    }
}
