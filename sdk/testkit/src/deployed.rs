use crate::call::Proposal;
use crate::must::must;
use crate::{Client, Network, Simulated, Verdict};
use bytes::Bytes;
use selvedge_sdk::{Arg, ArgList, SdkError};
use std::collections::BTreeMap;

/// A chaincode on a network, to be called.
#[derive(Clone, Debug)]
pub struct Deployed {
    network: Network,
    name: String,
}

impl Deployed {
    pub(crate) fn new(network: Network, name: &str) -> Self {
        Self {
            network,
            name: name.to_owned(),
        }
    }

    /// Its name on the channel.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Simulates a transaction on the committed state. Nothing changes until [`Network::commit`].
    pub fn call(&self, client: &Client, function: &str, args: impl ArgList) -> Simulated {
        self.call_with(client, function, args, &[])
    }

    /// As [`Deployed::call`], with transient data.
    pub fn call_with(
        &self,
        client: &Client,
        function: &str,
        args: impl ArgList,
        transient: &[(&str, &[u8])],
    ) -> Simulated {
        let mut all = vec![Bytes::copy_from_slice(function.as_bytes())];
        all.extend(must("writing arguments", args.to_args()));
        self.call_raw(client, all, false, transient)
    }

    /// Simulates a call whose arguments, the function included, are given as bytes; `is_init` as the peer would set it.
    pub fn call_raw(
        &self,
        client: &Client,
        args: Vec<Bytes>,
        is_init: bool,
        transient: &[(&str, &[u8])],
    ) -> Simulated {
        let transient: BTreeMap<String, Bytes> = transient
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value)))
            .collect();
        Proposal {
            client,
            chaincode: &self.name,
            args,
            is_init,
            transient,
        }
        .simulate(&self.network)
    }

    /// Simulates a transaction and commits it in a block of its own.
    ///
    /// # Panics
    /// If the transaction is refused or not valid.
    #[track_caller]
    pub fn submit(&self, client: &Client, function: &str, args: impl ArgList) -> Simulated {
        let simulated = self.call(client, function, args);
        simulated.expect_ok();
        let verdicts = self.network.commit([&simulated]);
        assert!(
            verdicts.iter().all(Verdict::is_valid),
            "{function} was endorsed, then invalidated: {verdicts:?}"
        );
        simulated
    }

    /// Simulates a transaction and reads its result.
    ///
    /// # Errors
    /// The transaction's refusal.
    ///
    /// # Panics
    /// If the result is not an `R`.
    #[track_caller]
    pub fn evaluate<R: Arg>(
        &self,
        client: &Client,
        function: &str,
        args: impl ArgList,
    ) -> Result<R, SdkError> {
        let simulated = self.call(client, function, args);
        match simulated.refusal() {
            Some((status, message)) => Err(SdkError::new(status, message)),
            None => Ok(simulated.result()),
        }
    }
}
