use crate::Simulator;
use bytes::Bytes;
use selvedge_interface::{Called, HostResult, Input, Level, Response};

/// What the creator of the transaction may do with a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    pub read: bool,
    pub write: bool,
}

/// The part of a transaction that is not the ledger's.
pub trait Outside: Send {
    /// Called without the simulator's lock: the callee takes it.
    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response;

    /// [`selvedge_interface::Host::try_invoke_chaincode`], likewise without the lock.
    fn try_invoke_chaincode(
        &mut self,
        name: &str,
        channel: &str,
        input: Input,
    ) -> HostResult<Called> {
        let args = input.args;
        Ok(Called::Response(self.invoke_chaincode(name, channel, args)))
    }

    /// Asked once per collection. Reads made through `simulator` are recorded, as Fabric's are. An error is the cause
    /// that chaincode sees.
    fn access(
        &mut self,
        simulator: &mut Simulator,
        namespace: &str,
        collection: &str,
    ) -> Result<Access, String>;

    fn set_event(&mut self, name: &str, payload: Bytes);

    fn log(&mut self, level: Level, message: &str);
}

/// What the channel and the peer's configuration decide.
#[derive(Clone, Copy, Debug)]
pub struct HostOptions {
    /// `ledger.state.totalQueryLimit`: rows after which a query ends without a word. All endorsers need the same.
    pub total_query_limit: usize,
    /// The call is a required initialization; private data is refused.
    pub is_init: bool,
    /// Application capability V1_3 or later.
    pub key_metadata: bool,
    /// Application capability V2_5 or later.
    pub purge: bool,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            total_query_limit: 100_000,
            is_init: false,
            key_metadata: true,
            purge: true,
        }
    }
}
