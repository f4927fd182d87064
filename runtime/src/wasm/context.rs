use super::bindings::fabric::chaincode::{chaincode, context, crypto, types};
use super::convert;
use super::guest::Guest;
use super::guest_log::harmless;
use bytes::Bytes;
use selvedge_interface::Timestamp;
use sha2::{Digest, Sha256};

/// The part of a fault message that is kept.
const MAX_FAULT: usize = 16 << 10;

impl context::Host for Guest {
    fn transaction(&mut self) -> wasmtime::Result<context::TransactionInfo> {
        let info = convert::transaction(self.host()?.transaction());
        let carried =
            info.transient.iter().map(|t| t.value.len()).sum::<usize>() + info.creator.len();
        self.charge(carried)?;
        Ok(info)
    }

    fn log(&mut self, level: context::Level, message: String) -> wasmtime::Result<()> {
        self.write_log(convert::level(level), &message)
    }

    fn fault(&mut self, message: String) -> wasmtime::Result<()> {
        self.charge(message.len())?;
        self.fault = Some(harmless(message.as_bytes(), MAX_FAULT));
        Ok(())
    }

    fn tx_nanos(&mut self) -> wasmtime::Result<u64> {
        self.charge(0)?;
        Ok(nanos(self.host()?.transaction().timestamp))
    }

    fn random_u64(&mut self) -> wasmtime::Result<u64> {
        self.charge(0)?;
        Ok(seed(&self.host()?.transaction().tx_id))
    }

    fn write_log(&mut self, fd: u8, bytes: Vec<u8>) -> wasmtime::Result<()> {
        self.write_output(fd, &bytes)
    }
}

/// Nanoseconds since 1970, and 0 for any time before.
fn nanos(timestamp: Timestamp) -> u64 {
    let nanos = i128::from(timestamp.seconds) * 1_000_000_000 + i128::from(timestamp.nanos);
    u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)
}

/// A function of the transaction ID, the same on every peer.
fn seed(tx_id: &str) -> u64 {
    let digest = Sha256::new()
        .chain_update(b"fabric:chaincode/context#random-u64\0")
        .chain_update(tx_id)
        .finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

impl chaincode::Host for Guest {
    /// Replaced by [`super::hot`] in the linker, which also carries the fuel over to the callee.
    fn invoke_chaincode(
        &mut self,
        name: String,
        channel: String,
        args: Vec<Vec<u8>>,
    ) -> wasmtime::Result<types::Response> {
        self.charge(name.len() + channel.len() + convert::args_size(&args))?;
        self.settle();
        let args = args.into_iter().map(Bytes::from).collect();
        let response = self.host()?.invoke_chaincode(&name, &channel, args);
        self.resume();
        self.charge_answer(response.message.len() + response.payload.len())?;
        Ok(convert::response(response))
    }

    fn set_event(
        &mut self,
        name: String,
        payload: Vec<u8>,
    ) -> wasmtime::Result<Result<(), String>> {
        self.charge(name.len() + payload.len())?;
        if name.is_empty() {
            return Ok(Err("event name can not be empty string".to_owned()));
        }
        self.host()?.set_event(&name, payload.into());
        Ok(Ok(()))
    }
}

impl crypto::Host for Guest {
    fn sha256(&mut self, data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        self.charge(data.len())?;
        Ok(Sha256::digest(&data).to_vec())
    }
}
