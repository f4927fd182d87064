//! A contract as a process of its own: the chaincode's end of Fabric's chat stream.
