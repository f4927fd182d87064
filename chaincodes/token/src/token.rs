use crate::TokenError;
use crate::error::some;
use crate::event::{Approval, NOBODY, moved};
use selvedge_sdk::prelude::*;

/// What each account holds. An account is a client's ID: see [`Client::id`].
const BALANCES: Records<String, u64> = Records::new("balance");
/// What an owner lets a spender take: (owner, spender).
const ALLOWANCES: Records<(String, String), u64> = Records::new("allowance");
/// One record: everything that was minted and not burnt.
const SUPPLY: Records<String, u64> = Records::plain();
const TOTAL: &str = "totalSupply";

/// One balance per account. Whoever pays or is paid reads and writes it, so of two payments to one account in one block
/// the second is not valid.
#[derive(Debug, Default)]
pub struct Token;

/// A fungible token.
#[contract(state(BALANCES, ALLOWANCES, SUPPLY))]
impl Token {
    /// Makes tokens, which the caller holds.
    #[transaction(allow(msp("Org1MSP")))]
    pub fn mint(&self, tx: &Tx, amount: u64) -> Result<(), TokenError> {
        let minter = tx.client()?.id();
        let supply = total(tx)?.checked_add(some(amount)?);
        SUPPLY.put(tx, TOTAL, &supply.ok_or(TokenError::SupplyOverflow)?)?;
        BALANCES.put(tx, &minter, &(balance(tx, &minter)? + amount))?;
        Ok(moved(tx, NOBODY, &minter, amount)?)
    }

    /// Destroys tokens of the caller.
    #[transaction(allow(msp("Org1MSP")))]
    pub fn burn(&self, tx: &Tx, amount: u64) -> Result<(), TokenError> {
        let minter = tx.client()?.id();
        let left = take(balance(tx, &minter)?, some(amount)?)?;
        SUPPLY.put(tx, TOTAL, &(total(tx)? - amount))?;
        BALANCES.put(tx, &minter, &left)?;
        Ok(moved(tx, &minter, NOBODY, amount)?)
    }

    /// Pays from the caller's account.
    #[transaction]
    pub fn transfer(&self, tx: &Tx, recipient: String, amount: u64) -> Result<(), TokenError> {
        let payer = tx.client()?.id();
        pay(tx, &payer, &recipient, some(amount)?)
    }

    /// Lets a spender take up to an amount from the caller's account. Replaces what was allowed before.
    #[transaction]
    pub fn approve(&self, tx: &Tx, spender: String, value: u64) -> Result<(), TokenError> {
        let owner = tx.client()?.id();
        let key = (owner, spender);
        ALLOWANCES.put(tx, &key, &value)?;
        let (owner, spender) = key;
        Ok(tx.emit(&Approval {
            owner,
            spender,
            value,
        })?)
    }

    /// Pays from an account whose owner allows it to the caller.
    #[transaction]
    pub fn transfer_from(
        &self,
        tx: &Tx,
        from: String,
        to: String,
        value: u64,
    ) -> Result<(), TokenError> {
        let key = (from, tx.client()?.id());
        let allowed = ALLOWANCES.get(tx, &key)?.unwrap_or(0);
        let left = allowed.checked_sub(some(value)?);
        let wanted = value;
        ALLOWANCES.put(
            tx,
            &key,
            &left.ok_or(TokenError::NotAllowed { allowed, wanted })?,
        )?;
        pay(tx, &key.0, &to, value)
    }

    /// How much a spender may still take.
    #[transaction]
    pub fn allowance(
        &self,
        view: &View,
        owner: String,
        spender: String,
    ) -> Result<u64, TokenError> {
        Ok(ALLOWANCES.get(view, &(owner, spender))?.unwrap_or(0))
    }

    /// What an account holds.
    #[transaction]
    pub fn balance_of(&self, view: &View, account: String) -> Result<u64, TokenError> {
        balance(view, &account)
    }

    /// What the caller's account holds.
    #[transaction]
    pub fn client_account_balance(&self, view: &View) -> Result<u64, TokenError> {
        balance(view, &view.client()?.id())
    }

    /// The caller's account, for others to pay to.
    #[transaction(name = "ClientAccountID")]
    pub fn client_account_id(&self, view: &View) -> Result<String, TokenError> {
        Ok(view.client()?.id())
    }

    /// Everything that was minted and not burnt.
    #[transaction]
    pub fn total_supply(&self, view: &View) -> Result<u64, TokenError> {
        total(view)
    }
}

/// Through an overlay, because payer and recipient may be one: then the second read must see the first write.
fn pay(tx: &Tx, payer: &str, recipient: &str, amount: u64) -> Result<(), TokenError> {
    let mut balances = tx.overlay();
    let left = take(balances.get(&BALANCES, payer)?.unwrap_or(0), amount)?;
    balances.put(&BALANCES, payer, &left)?;
    let there = balances.get(&BALANCES, recipient)?.unwrap_or(0);
    balances.put(&BALANCES, recipient, &(there + amount))?;
    Ok(moved(tx, payer, recipient, amount)?)
}

fn take(held: u64, wanted: u64) -> Result<u64, TokenError> {
    let left = held.checked_sub(wanted);
    left.ok_or(TokenError::Insufficient { held, wanted })
}

fn balance(view: &View, account: &str) -> Result<u64, TokenError> {
    Ok(BALANCES.get(view, account)?.unwrap_or(0))
}

fn total(view: &View) -> Result<u64, TokenError> {
    Ok(SUPPLY.get(view, TOTAL)?.unwrap_or(0))
}
