use super::{Definition, Net, Plan, Runtime};
use crate::hostile;
use std::sync::{Mutex, PoisonError};

/// The network of all tests that do not stop, break or upgrade it: two organisations, `script` and, on the runtime it is
/// written for, `hostile`. Started by whoever asks first.
pub(crate) fn shared(runtime: Runtime) -> &'static Net {
    // One lock each: starting one may have to wait for a compiler.
    static STARTED: [Mutex<Option<&'static Net>>; Runtime::ALL.len()] =
        [const { Mutex::new(None) }; Runtime::ALL.len()];
    // A test that fails to start it fails; the next one tries again.
    let mut started = STARTED[runtime as usize]
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    started.get_or_insert_with(|| Box::leak(Box::new(start(runtime))))
}

fn start(runtime: Runtime) -> Net {
    let net = Net::with_script(&Plan {
        runtime,
        organisations: 2,
        batch: 10,
    });
    if runtime == Runtime::Wasm {
        net.deploy(&Definition::new("hostile"), &hostile::package());
    }
    net
}
