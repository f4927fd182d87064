use super::Connection;
use crate::PkiId;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Open connections by the peer at the other end.
///
/// A Go peer closes the older of two connections with one peer. When two peers dial each other at the same moment each
/// may close the one that the other keeps, so here the older one is left open until its end, and the newer one used.
#[derive(Debug, Default)]
pub(crate) struct Table {
    open: Mutex<HashMap<PkiId, Vec<Arc<Connection>>>>,
}

/// Connections kept with one peer.
const PER_PEER: usize = 3;

impl Table {
    pub(crate) fn insert(&self, connection: &Arc<Connection>) {
        let mut open = self.open.lock();
        let with_peer = open.entry(connection.remote.pki_id.clone()).or_default();
        with_peer.retain(|known| !known.is_closed() && !Arc::ptr_eq(known, connection));
        while with_peer.len() >= PER_PEER {
            with_peer.remove(0).close();
        }
        with_peer.push(Arc::clone(connection));
    }

    pub(crate) fn remove(&self, connection: &Arc<Connection>) {
        let mut open = self.open.lock();
        if let Some(with_peer) = open.get_mut(&connection.remote.pki_id) {
            with_peer.retain(|known| !Arc::ptr_eq(known, connection));
            if with_peer.is_empty() {
                open.remove(&connection.remote.pki_id);
            }
        }
    }

    pub(crate) fn get(&self, peer: &PkiId) -> Option<Arc<Connection>> {
        let open = self.open.lock();
        let with_peer = open.get(peer)?;
        with_peer
            .iter()
            .rev()
            .find(|known| !known.is_closed())
            .cloned()
    }

    pub(crate) fn close(&self, peer: &PkiId) {
        for connection in self.open.lock().remove(peer).unwrap_or_default() {
            connection.close();
        }
    }
}
