//! Who answers a contract.
//!
//! A component has one peer, known while it is compiled: what its contract never asks is then neither in the component nor
//! among its imports, which a peer would resolve with every instance. Elsewhere the peer is chosen at run time.

#[cfg(not(target_arch = "wasm32"))]
use selvedge_interface::Host;
use selvedge_interface::{Input, Response};

/// What owns the way to the peer.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub type Peer = selvedge_interface::guest::WasmHost;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub type Peer = Box<dyn Host>;

/// What asks.
#[cfg(target_arch = "wasm32")]
pub(crate) type Asked = Peer;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Asked = dyn Host;

#[cfg(target_arch = "wasm32")]
pub(super) fn asked(peer: &mut Peer) -> &mut Asked {
    peer
}
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn asked(peer: &mut Peer) -> &mut Asked {
    peer.as_mut()
}

/// What answers an invocation.
#[doc(hidden)]
pub type Invoke = fn(Peer, Input) -> Response;
