use crate::scratch;

/// Ends the process with this exit status; [`Scratch`](scratch::Scratch) folders that are still there are removed.
///
/// Not by `exit`: it runs the destructors of C++'s static objects, while RocksDB's threads still use them when a ledger
/// is open, and the process may abort. A signal comes at any time, and a command may end with its servers half stopped.
pub(super) fn leave(status: u8) -> ! {
    scratch::remove_all();
    signal_hook::low_level::exit(status.into())
}
