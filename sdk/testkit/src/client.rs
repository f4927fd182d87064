use bytes::Bytes;

/// Somebody who submits transactions, with an X.509 certificate from their organisation's authority.
#[derive(Clone, Debug)]
pub struct Client {
    name: String,
    msp_id: String,
    serialized: Bytes,
}

impl Client {
    pub(crate) fn new(name: &str, msp_id: &str, serialized: Bytes) -> Self {
        Self {
            name: name.to_owned(),
            msp_id: msp_id.to_owned(),
            serialized,
        }
    }

    /// Common name of the certificate.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The organisation's MSP.
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// Bytes of `msp.SerializedIdentity`, as chaincode sees its creator.
    pub fn serialized(&self) -> &Bytes {
        &self.serialized
    }
}
