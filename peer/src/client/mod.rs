//! The client's side of Fabric: proposals, transactions, and the connections to peers and orderers.
//!
//! The command line and the development network use it; the peer itself does not.
