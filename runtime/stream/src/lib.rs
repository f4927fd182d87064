//! Chaincode over Fabric's chat stream: the peer's end of the stream, and what starts and stops the other end.
