use crate::TokenError;
use crate::error::some;
use crate::event::{NOBODY, moved};
use selvedge_sdk::prelude::*;

/// What an account may spend. Only transactions of its owner read and write it.
const SETTLED: Records<String, u64> = Records::new("settled");
/// What came in since: one record for each payment, (account, transaction). Payers write them and read nothing.
const INCOMING: Records<(String, String), u64> = Records::new("incoming");
/// One record: everything that was minted and not burnt.
const SUPPLY: Records<String, u64> = Records::plain();
const TOTAL: &str = "concurrentSupply";

/// A payment reads and writes what its payer has settled, and adds a record of its own for the recipient: any number of
/// payments to one account fit into a block. `Settle` sums the records up, deletes them, and so makes them spendable.
#[derive(Debug, Default)]
pub struct ConcurrentToken;

/// A fungible token whose payments to one account do not conflict.
#[contract(name = "concurrent", state(SETTLED, INCOMING, SUPPLY))]
impl ConcurrentToken {
    /// Makes tokens, which come in for the caller.
    #[transaction(allow(msp("Org1MSP")))]
    pub fn mint(&self, tx: &Tx, amount: u64) -> Result<(), TokenError> {
        let supply = total(tx)?.checked_add(some(amount)?);
        SUPPLY.put(tx, TOTAL, &supply.ok_or(TokenError::SupplyOverflow)?)?;
        come_in(tx, NOBODY, tx.client()?.id(), amount)
    }

    /// Destroys tokens of the caller.
    #[transaction(allow(msp("Org1MSP")))]
    pub fn burn(&self, tx: &Tx, amount: u64) -> Result<(), TokenError> {
        let holder = tx.client()?.id();
        spend(tx, &holder, some(amount)?)?;
        SUPPLY.put(tx, TOTAL, &(total(tx)? - amount))?;
        Ok(moved(tx, &holder, NOBODY, amount)?)
    }

    /// Pays from what the caller has settled.
    #[transaction]
    pub fn transfer(&self, tx: &Tx, recipient: String, amount: u64) -> Result<(), TokenError> {
        let payer = tx.client()?.id();
        spend(tx, &payer, some(amount)?)?;
        come_in(tx, &payer, recipient, amount)
    }

    /// Makes what came in for the caller spendable, and tells how much that is now. A payment that commits while this is
    /// on its way makes it invalid, never the other way round: it is for the caller to try again.
    #[transaction]
    pub fn settle(&self, tx: &Tx) -> Result<u64, TokenError> {
        let account = tx.client()?.id();
        let mut settled = settled(tx, &account)?;
        for row in INCOMING.prefix(tx, &account)? {
            let (key, amount) = row?;
            settled += amount;
            INCOMING.delete(tx, &key)?;
        }
        SETTLED.put(tx, &account, &settled)?;
        Ok(settled)
    }

    /// What an account holds, settled or not.
    #[transaction]
    pub fn balance_of(&self, view: &View, account: String) -> Result<u64, TokenError> {
        let mut sum = settled(view, &account)?;
        for row in INCOMING.prefix(view, &account)? {
            sum += row?.1;
        }
        Ok(sum)
    }

    /// Everything that was minted and not burnt.
    #[transaction]
    pub fn total_supply(&self, view: &View) -> Result<u64, TokenError> {
        total(view)
    }
}

fn spend(tx: &Tx, account: &str, wanted: u64) -> Result<(), TokenError> {
    let settled = settled(tx, account)?;
    let left = settled.checked_sub(wanted);
    let left = left.ok_or(TokenError::Unsettled { settled, wanted })?;
    Ok(SETTLED.put(tx, account, &left)?)
}

/// Nobody else has this transaction's ID, so the key is new, and nothing has to be read to know it.
fn come_in(tx: &Tx, from: &str, account: String, amount: u64) -> Result<(), TokenError> {
    let key = (account, tx.tx_id().to_owned());
    INCOMING.put(tx, &key, &amount)?;
    Ok(moved(tx, from, &key.0, amount)?)
}

fn settled(view: &View, account: &str) -> Result<u64, TokenError> {
    Ok(SETTLED.get(view, account)?.unwrap_or(0))
}

fn total(view: &View) -> Result<u64, TokenError> {
    Ok(SUPPLY.get(view, TOTAL)?.unwrap_or(0))
}
