use crate::definition::Rule;
use crate::must::must;
use crate::{Client, Network, Request, Simulated};
use bytes::Bytes;
use selvedge_sdk::{Arg, ArgList, SdkError};

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

    /// The endorsements that its transactions need: `AND('Org1MSP.peer', 'Org2MSP.peer')`. Without effect in a network
    /// without organisations.
    ///
    /// # Panics
    /// For a text that is no policy.
    #[track_caller]
    pub fn endorsement_policy(self, policy: &str) -> Self {
        let inner = &self.network.0;
        if !inner.organisations.is_empty() {
            let rule = Rule::parse(policy, &inner.msps);
            if let Some(definition) = inner.chaincode.write().get_mut(&self.name) {
                definition.policy = Some(rule);
            }
        }
        self
    }

    /// Its definition has `init_required`: nothing runs before [`Request::init`] has committed for this version.
    pub fn init_required(self, version: &str) -> Self {
        if let Some(definition) = self.network.0.chaincode.write().get_mut(&self.name) {
            definition.init_version = Some(version.to_owned());
        }
        self
    }

    /// A proposal to be refined, then simulated or submitted.
    #[track_caller]
    pub fn request(&self, client: &Client, function: &str, args: impl ArgList) -> Request {
        let mut all = vec![Bytes::copy_from_slice(function.as_bytes())];
        all.extend(must("writing arguments", args.to_args()));
        self.request_raw(client, all)
    }

    /// As [`Deployed::request`], with the function and its arguments as bytes.
    pub fn request_raw(&self, client: &Client, args: Vec<Bytes>) -> Request {
        Request::new(&self.network, &self.name, client, args)
    }

    /// Simulates a transaction on the committed state. Nothing changes until [`Network::commit`].
    #[track_caller]
    pub fn call(&self, client: &Client, function: &str, args: impl ArgList) -> Simulated {
        self.request(client, function, args).simulate()
    }

    /// As [`Deployed::call`], with transient data.
    #[track_caller]
    pub fn call_with(
        &self,
        client: &Client,
        function: &str,
        args: impl ArgList,
        transient: &[(&str, &[u8])],
    ) -> Simulated {
        let mut request = self.request(client, function, args);
        for (name, value) in transient {
            request = request.transient(*name, value);
        }
        request.simulate()
    }

    /// Simulates a call whose arguments, the function included, are given as bytes; `is_init` as the client sets it.
    pub fn call_raw(
        &self,
        client: &Client,
        args: Vec<Bytes>,
        is_init: bool,
        transient: &[(&str, &[u8])],
    ) -> Simulated {
        let mut request = self.request_raw(client, args).init_if(is_init);
        for (name, value) in transient {
            request = request.transient(*name, value);
        }
        request.simulate()
    }

    /// Simulates a transaction and commits it in a block of its own.
    ///
    /// # Panics
    /// If the transaction is refused or not valid.
    #[track_caller]
    pub fn submit(&self, client: &Client, function: &str, args: impl ArgList) -> Simulated {
        self.request(client, function, args).submit()
    }

    /// Simulates a transaction and reads its result.
    ///
    /// # Errors
    /// The transaction's refusal.
    ///
    /// # Panics
    /// If the result is not an `R`, or in strict mode if the transaction writes: nothing of it would be kept.
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
            None => {
                simulated.expect_query();
                Ok(simulated.decoded())
            }
        }
    }
}
