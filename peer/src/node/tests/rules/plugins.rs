//! Which way of validating a definition names: there is one.

use super::bench::Bench;
use super::definitions::{call, define};
use crate::node::CommitError;

/// Fabric: core/committer/txvalidator/v20/plugindispatcher/plugin_validator.go.
#[test]
fn a_plugin_that_nobody_has_stops_the_channel() {
    let bench = Bench::new();
    for (name, plugin) in [("same", "vscc"), ("odd", "other"), ("none", "")] {
        define(&bench, name, |info| {
            info.validation_plugin = plugin.to_owned()
        });
    }
    assert_eq!(bench.code(&call(&bench, "same")), 0);
    assert_eq!(bench.code(&call(&bench, "none")), 25);
    let sound = bench.draft().put("kv", "k", "v");
    let error = bench.verdicts(vec![sound.envelope(), call(&bench, "odd").envelope()]);
    let error = error.unwrap_err();
    assert!(error.contains("transaction [1]"), "{error}");
    assert!(
        error.contains("plugin with name other wasn't found"),
        "{error}"
    );
    // Writing to it is enough, and nothing of the block is committed.
    let height = bench.channel.ledger().height();
    let written = bench.draft().put("odd", "k", "v");
    let error = bench.try_commit(&[written]).unwrap_err();
    assert!(matches!(error, CommitError::Validation(_)), "{error:?}");
    assert_eq!(bench.channel.ledger().height(), height);
    assert_eq!(bench.commit(&[sound]), [0]);
}
