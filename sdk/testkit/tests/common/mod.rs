//! A contract that uses every part of the SDK.
#![allow(
    unreachable_pub,
    reason = "a contract is a crate of its own; here it is a module of a test"
)]

use selvedge_sdk::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Key, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Low,
    High,
}

/// Travels as the text it wraps.
#[derive(Clone, Debug, PartialEq, Eq, Key, Serialize, Deserialize, Schema)]
#[serde(transparent)]
pub struct ParcelId(pub String);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    pub weight_grams: u32,
    pub grade: Grade,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Event)]
#[event(name = "Sent")]
pub struct ParcelSent {
    pub weight: u32,
}

#[derive(Debug, ContractError)]
pub enum ParcelError {
    #[status(404, "no parcel {number} on shelf {shelf:?}")]
    Missing { shelf: String, number: u32 },
    #[status(422, "{0} g is too heavy, {1} g is the limit")]
    TooHeavy(u32, u32),
    #[status(423, "closed")]
    Closed,
    #[transparent]
    Sdk(#[from] SdkError),
}

const PARCELS: Records<(String, u32), Parcel> = Records::new("parcel");
const BY_GRADE: Index<(Grade, String, u32)> = Index::new("grade~shelf~number");
const SECRETS: Private<ParcelId, u64> = Private::new("secrets");
const SETTINGS: Records<String, bool> = Records::plain();
const LIMIT: u32 = 10_000;

#[derive(Default)]
pub struct Post;

/// Parcels on shelves.
#[contract(version = "2.1")]
impl Post {
    #[before]
    fn must_be_open(&self, view: &View, call: &Call) -> Result<(), ParcelError> {
        let closed = SETTINGS.get(view, "closed")?.unwrap_or(false);
        if closed && call.function() != "Open" {
            Err(ParcelError::Closed)
        } else {
            Ok(())
        }
    }

    #[unknown]
    fn fallback(&self, _: &View, call: &Call) -> Result<String, SdkError> {
        match call.function() {
            "nonsense" => Err(SdkError::new(
                418,
                format!("{} with {} arguments", call.function(), call.params().len()),
            )),
            other => Ok(format!("no {other} here")),
        }
    }

    #[transaction]
    fn close(&self, tx: &Tx) -> Result<(), SdkError> {
        SETTINGS.put(tx, "closed", &true)
    }

    #[transaction]
    fn open(&self, tx: &Tx) -> Result<(), SdkError> {
        SETTINGS.delete(tx, "closed")
    }

    /// Puts a parcel on a shelf.
    #[transaction]
    fn send(&self, tx: &Tx, shelf: String, number: u32, parcel: Parcel) -> Result<(), ParcelError> {
        if parcel.weight_grams > LIMIT {
            return Err(ParcelError::TooHeavy(parcel.weight_grams, LIMIT));
        }
        let key = (shelf, number);
        PARCELS.put(tx, &key, &parcel)?;
        BY_GRADE.insert(tx, &(parcel.grade, key.0, key.1))?;
        tx.emit(&ParcelSent {
            weight: parcel.weight_grams,
        })?;
        Ok(())
    }

    #[transaction]
    fn fetch(&self, query: &Query, shelf: String, number: u32) -> Result<Parcel, ParcelError> {
        let key = (shelf, number);
        PARCELS.get(query, &key)?.ok_or(ParcelError::Missing {
            shelf: key.0,
            number,
        })
    }

    #[transaction]
    fn numbers_on(&self, view: &View, shelf: String) -> Result<Vec<u32>, SdkError> {
        PARCELS
            .prefix(view, &shelf)?
            .map(|row| row.map(|((_, number), _)| number))
            .collect()
    }

    #[transaction]
    fn between(
        &self,
        view: &View,
        shelf: String,
        from: u32,
        to: u32,
    ) -> Result<Vec<u32>, SdkError> {
        let range = (shelf.clone(), from)..(shelf, to);
        PARCELS
            .range(view, range)?
            .map(|row| row.map(|((_, number), _)| number))
            .collect()
    }

    #[transaction]
    fn of_grade(&self, view: &View, grade: Grade) -> Result<Vec<String>, SdkError> {
        BY_GRADE
            .prefix(view, &grade)?
            .map(|entry| entry.map(|(_, shelf, number)| format!("{shelf}/{number}")))
            .collect()
    }

    /// Doubles the weight of everything while a scan is running.
    #[transaction]
    fn double(&self, tx: &Tx) -> Result<u32, SdkError> {
        let mut changed = 0;
        for row in PARCELS.range(tx, ..)? {
            let (key, mut parcel) = row?;
            parcel.weight_grams *= 2;
            PARCELS.put(tx, &key, &parcel)?;
            changed += 1;
        }
        Ok(changed)
    }

    #[transaction]
    fn emit_twice(&self, tx: &Tx) -> Result<(), SdkError> {
        tx.emit(&ParcelSent { weight: 1 })?;
        tx.emit(&ParcelSent { weight: 2 })
    }

    #[transaction]
    fn who_am_i(&self, view: &View) -> Result<Vec<String>, SdkError> {
        let client = view.client()?;
        let role = client.attribute("role").unwrap_or("none").to_owned();
        Ok(vec![
            client.msp_id().to_owned(),
            client.subject().to_owned(),
            client.issuer().to_owned(),
            role,
        ])
    }

    #[transaction]
    fn only_clerks(&self, view: &View) -> Result<bool, SdkError> {
        let client = view.client()?;
        client.require_attribute("role", "clerk")?;
        Ok(client.has_unit("client"))
    }

    #[transaction]
    fn hide(&self, tx: &Tx, id: ParcelId) -> Result<(), SdkError> {
        let value: u64 = tx.transient("value")?;
        SECRETS.put(tx, &id, &value)
    }

    #[transaction]
    fn reveal(&self, query: &Query, id: ParcelId) -> Result<Option<u64>, SdkError> {
        SECRETS.get(query, &id)
    }

    #[transaction]
    fn reveal_all(&self, query: &Query) -> Result<Vec<u64>, SdkError> {
        SECRETS
            .range(query, ..)?
            .map(|row| row.map(|(_, value)| value))
            .collect()
    }

    #[transaction]
    fn hash_matches(&self, view: &View, id: ParcelId, value: u64) -> Result<bool, SdkError> {
        Ok(SECRETS.hash(view, &id)? == Some(selvedge_sdk::sha256(value.to_string().as_bytes())))
    }

    #[transaction]
    fn ask(&self, tx: &Tx, other: String, shelf: String) -> Result<Vec<u32>, SdkError> {
        tx.chaincode(&other).call("NumbersOn", (shelf,))
    }

    #[transaction]
    fn send_through(&self, tx: &Tx, other: String, parcel: Parcel) -> Result<(), SdkError> {
        tx.chaincode(&other).call("Send", ("through", 1, parcel))
    }

    #[transaction]
    fn place(&self, view: &View) -> String {
        format!("{} of {}", view.tx_id(), view.channel())
    }

    #[transaction]
    fn time(&self, view: &View) -> Time {
        view.time()
    }

    #[transaction]
    fn panic(&self, _: &View) {
        panic!("on purpose");
    }

    #[transaction]
    fn sum(&self, _: &View, numbers: Vec<i64>, negate: bool) -> i64 {
        let sum = numbers.iter().sum::<i64>();
        if negate { -sum } else { sum }
    }
}

#[derive(Default)]
pub struct Second;

#[contract(name = "second")]
impl Second {
    #[transaction(name = "Say")]
    fn say_something(&self, _: &View) -> &'static str {
        "something"
    }
}

selvedge_sdk::chaincode!(Post, Second);
