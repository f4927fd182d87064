//! Accounts, in ways that keep and in ways that lose money.

use selvedge_sdk::prelude::*;

const ACCOUNTS: Records<String, u64> = Records::new("account");

/// A record of how much moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Entry {
    pub from: String,
    pub amount: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, Event)]
pub struct Moved {
    pub from: String,
    pub to: String,
    pub amount: u64,
}

const LATEST: Records<String, Entry> = Records::new("latest");

#[derive(Default)]
pub struct Ledgerbook;

#[contract]
impl Ledgerbook {
    #[transaction]
    fn open(&self, tx: &Tx, name: String, amount: u64) -> Result<(), SdkError> {
        ACCOUNTS.put(tx, &name, &amount)
    }

    #[transaction]
    fn balance(&self, view: &View, name: String) -> Result<u64, SdkError> {
        Ok(ACCOUNTS.get(view, &name)?.unwrap_or(0))
    }

    #[transaction]
    fn move_money(&self, tx: &Tx, from: String, to: String, amount: u64) -> Result<(), SdkError> {
        let left = ACCOUNTS.get(tx, &from)?.unwrap_or(0).checked_sub(amount);
        let left = left.ok_or_else(|| SdkError::new(409, format!("{from} has not {amount}")))?;
        if from == to {
            return Ok(());
        }
        let there = ACCOUNTS.get(tx, &to)?.unwrap_or(0);
        ACCOUNTS.put(tx, &from, &left)?;
        ACCOUNTS.put(tx, &to, &(there + amount))?;
        LATEST.put(
            tx,
            &to,
            &Entry {
                from: from.clone(),
                amount,
            },
        )?;
        tx.emit(&Moved { from, to, amount })
    }

    /// Sums up all accounts into another key, by a range, which commit protects.
    #[transaction]
    fn total_into(&self, tx: &Tx, name: String) -> Result<u64, SdkError> {
        let mut total = 0;
        for row in ACCOUNTS.range(tx, ..)? {
            total += row?.1;
        }
        LATEST.put(
            tx,
            &name,
            &Entry {
                from: "all".to_owned(),
                amount: total,
            },
        )?;
        Ok(total)
    }

    /// Remembers how many entries are large, by a rich query, which commit does not protect.
    #[transaction]
    fn count_large_into(&self, tx: &Tx, name: String) -> Result<(), SdkError> {
        let wanted = Find::select(serde_json::json!({"amount": {"$gt": 10}}));
        let amount = LATEST.find_unprotected(tx, &wanted)?.count() as u64;
        LATEST.put(
            tx,
            &name,
            &Entry {
                from: "count".to_owned(),
                amount,
            },
        )
    }

    #[transaction]
    fn now(&self, view: &View) -> Time {
        view.time()
    }
}

chaincode!(Ledgerbook);
