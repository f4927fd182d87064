//! The imports that need more than the generated bindings give: those that borrow from the guest's memory instead of
//! copying, and the one that hands the transaction's fuel to a callee.

use super::bindings::fabric::chaincode::{chaincode, types};
use super::guest::{Guest, refusal};
use bytes::Bytes;
use selvedge_interface::{Change, Host, Space};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmList, WasmStr};

type Value = Result<Option<Vec<u8>>, String>;

/// Replaces the generated functions of the same names.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut state = linker.instance("fabric:chaincode/state@0.1.0")?;
    state.func_wrap(
        "get-state",
        |store: StoreContextMut<'_, Guest>, (key,): (WasmStr,)| Ok((get(store, &key)?,)),
    )?;
    state.func_wrap(
        "put-state",
        |store: StoreContextMut<'_, Guest>, (key, value): (WasmStr, WasmList<u8>)| {
            Ok((put(store, &key, &value)?,))
        },
    )?;
    linker
        .instance("fabric:chaincode/chaincode@0.1.0")?
        .func_wrap(
            "invoke-chaincode",
            |store: StoreContextMut<'_, Guest>,
             (name, channel, args): (String, String, Vec<Vec<u8>>)| {
                Ok((invoke(store, name, channel, args)?,))
            },
        )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Runs `work` with the host taken out of the store, so that the guest's memory can be borrowed beside it.
fn with_host<T>(
    store: &mut StoreContextMut<'_, Guest>,
    work: impl FnOnce(&StoreContextMut<'_, Guest>, &mut dyn Host) -> wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    let mut host = store.data_mut().take_host()?;
    let result = work(store, host.as_mut());
    store.data_mut().put_host(host);
    result
}

fn get(mut store: StoreContextMut<'_, Guest>, key: &WasmStr) -> wasmtime::Result<Value> {
    store.data_mut().charge(0)?;
    let (length, value) = with_host(&mut store, |store, host| {
        let key = key.to_str(store)?;
        Ok((key.len(), host.get_state(Space::Public, &key)))
    })?;
    let guest = store.data_mut();
    guest.charge_answer(length)?;
    guest.found(value)
}

fn put(
    mut store: StoreContextMut<'_, Guest>,
    key: &WasmStr,
    value: &WasmList<u8>,
) -> wasmtime::Result<Result<(), String>> {
    let length = key.to_str(&store)?.len() + value.as_le_slice(&store).len();
    store.data_mut().charge(length)?;
    with_host(&mut store, |store, host| {
        let key = key.to_str(store)?;
        let value = Bytes::copy_from_slice(value.as_le_slice(store));
        Ok(host
            .write(Space::Public, &key, Change::Put(value))
            .map_err(refusal))
    })
}

fn invoke(
    mut store: StoreContextMut<'_, Guest>,
    name: String,
    channel: String,
    args: Vec<Vec<u8>>,
) -> wasmtime::Result<types::Response> {
    let fuel = store.get_fuel()?;
    store.data().budget.set_fuel(fuel);
    let response = chaincode::Host::invoke_chaincode(store.data_mut(), name, channel, args)?;
    let left = store.data().budget.fuel();
    store.set_fuel(left)?;
    Ok(response)
}
