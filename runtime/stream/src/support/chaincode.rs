use super::ChaincodeSupport;
use crate::chat::{self, BeginError, Handler};
use crate::launch::{LaunchError, Launcher};
use selvedge_interface::{Host, Response};
use selvedge_runtime::{Call, Chaincode, ExecuteError};
use std::sync::Arc;
use std::time::Instant;

/// A chaincode at the other end of a stream.
pub(super) struct StreamChaincode {
    support: Arc<ChaincodeSupport>,
    id: String,
    /// `None`: it comes by itself or not at all.
    launcher: Option<Arc<dyn Launcher>>,
}

impl StreamChaincode {
    pub(super) fn new(
        support: &Arc<ChaincodeSupport>,
        id: &str,
        launcher: Option<Arc<dyn Launcher>>,
    ) -> Self {
        Self {
            support: Arc::clone(support),
            id: id.to_owned(),
            launcher,
        }
    }

    /// The chaincode's stream, launching it if there is none.
    fn handler(&self) -> Result<Arc<Handler>, ExecuteError> {
        if let Some(handler) = self.support.registry.handler(&self.id) {
            return Ok(handler);
        }
        let launched = match &self.launcher {
            Some(launcher) => self.support.launch(&self.id, launcher),
            None => Err(LaunchError::Build(
                "the chaincode that had registered has gone".to_owned(),
            )),
        };
        launched.map_err(|error| ExecuteError::Launch {
            chaincode: self.id.clone(),
            cause: error.to_string(),
        })?;
        let found = self.support.registry.handler(&self.id);
        found.ok_or_else(|| ExecuteError::Lost(self.id.clone()))
    }
}

impl Chaincode for StreamChaincode {
    fn execute(
        &self,
        mut call: Call<'_>,
        mut host: Box<dyn Host>,
    ) -> Result<Response, ExecuteError> {
        let _under_way = self.support.calls.enter();
        let message = chat::message(&mut call, &*host)?;
        // A stream may end between finding it and using it: the chaincode has not heard of the transaction then, and a
        // second launch is as good as the first.
        for _ in 0..2 {
            let handler = self.handler()?;
            match handler.begin(call.chaincode, host) {
                Ok(begun) => {
                    let deadline = Instant::now() + call.time_limit;
                    return begun.run(message, deadline);
                }
                Err(BeginError::Closed(back)) => host = back,
                Err(BeginError::Exists) => {
                    return Err(ExecuteError::Exists {
                        tx_id: message.txid,
                        channel: message.channel_id,
                    });
                }
            }
        }
        Err(ExecuteError::Terminated)
    }
}
