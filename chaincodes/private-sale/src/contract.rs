use crate::asset::hex;
use crate::{Asset, Properties, Receipt, SaleError, Terms};
use selvedge_sdk::prelude::*;

/// Public, each with an endorsement policy of its own.
const ASSETS: Records<String, Asset> = Records::new("asset");
/// Of assets an organisation owns or considers buying.
const PROPERTIES: Implicit<String, Properties> = Implicit::new("properties");
/// What an organisation would sell and buy for, by asset.
const ASKS: Implicit<String, Terms> = Implicit::new("ask");
const BIDS: Implicit<String, Terms> = Implicit::new("bid");
/// By asset and transaction.
const RECEIPTS: Implicit<(String, String), Receipt> = Implicit::new("receipt");

/// Sells assets in private.
#[derive(Debug, Default)]
pub struct PrivateSale;

/// What is secret comes in the transient data and goes into implicit collections. Transactions that take it write to the
/// caller's collection alone, so the caller's own peer can endorse them and no other sees it.
#[contract(state(ASSETS, PROPERTIES, ASKS, BIDS, RECEIPTS))]
impl PrivateSale {
    /// Keeps the properties of an asset, `properties` in the transient data, for the caller's organisation: before it
    /// creates the asset, or before it buys it.
    #[transaction]
    pub fn deposit_properties(&self, tx: &Tx, id: String) -> Result<(), SaleError> {
        let properties: Properties = tx.transient("properties")?;
        if let Some(asset) = ASSETS.get(tx, &id)?
            && asset.properties_hash != properties.hash()?
        {
            return Err(SaleError::OtherProperties);
        }
        let caller = tx.client()?;
        Ok(PROPERTIES.of(caller.msp_id()).put(tx, &id, &properties)?)
    }

    /// Makes an asset of the caller's organisation, which has deposited its properties.
    #[transaction]
    pub fn create_asset(
        &self,
        tx: &Tx,
        id: String,
        public_description: String,
    ) -> Result<(), SaleError> {
        let owner = tx.client()?.msp_id().to_owned();
        let Some(hash) = PROPERTIES.of(&owner).hash(tx, &id)? else {
            return Err(SaleError::NoProperties(owner));
        };
        let asset = Asset {
            id,
            owner_org: owner,
            public_description,
            properties_hash: hex(&hash),
        };
        if !ASSETS.try_insert(tx, &asset.id, &asset)? {
            return Err(SaleError::Exists(asset.id));
        }
        // From the next block on, the owner decides, whatever the chaincode's policy says.
        let policy = endorsed_by_all([&asset.owner_org])?;
        Ok(ASSETS.set_policy(tx, &asset.id, policy)?)
    }

    /// Describes an asset of the caller's organisation anew.
    #[transaction]
    pub fn change_public_description(
        &self,
        tx: &Tx,
        id: String,
        public_description: String,
    ) -> Result<(), SaleError> {
        let mut asset = own(tx, id)?;
        asset.public_description = public_description;
        Ok(ASSETS.put(tx, &asset.id, &asset)?)
    }

    /// Agrees to sell for the `terms` in the transient data.
    #[transaction]
    pub fn agree_to_sell(&self, tx: &Tx, id: String) -> Result<(), SaleError> {
        let asset = own(tx, id)?;
        let terms = terms(tx, &asset)?;
        Ok(ASKS.of(&asset.owner_org).put(tx, &asset.id, &terms)?)
    }

    /// Agrees to buy for the `terms` in the transient data.
    #[transaction]
    pub fn agree_to_buy(&self, tx: &Tx, id: String) -> Result<(), SaleError> {
        let asset = read(tx, id)?;
        let buyer = tx.client()?.msp_id().to_owned();
        must_know(tx, &buyer, &asset)?;
        let terms = terms(tx, &asset)?;
        Ok(BIDS.of(&buyer).put(tx, &asset.id, &terms)?)
    }

    /// Whether the `properties` in the transient data are those of the asset: for whom the owner has told.
    #[transaction]
    pub fn verify_properties(&self, view: &View, id: String) -> Result<bool, SaleError> {
        let properties: Properties = view.transient("properties")?;
        Ok(read(view, id)?.properties_hash == properties.hash()?)
    }

    /// Hands an asset of the caller's organisation over, if both sides have agreed to the `terms` in the transient data.
    #[transaction]
    pub fn transfer_asset(&self, tx: &Tx, id: String, buyer_org: String) -> Result<(), SaleError> {
        let mut asset = own(tx, id)?;
        let terms = terms(tx, &asset)?;
        if buyer_org == asset.owner_org {
            return Err(SaleError::OwnAsset(buyer_org));
        }
        let seller_org = std::mem::replace(&mut asset.owner_org, buyer_org.clone());
        must_know(tx, &buyer_org, &asset)?;
        let agreements = [
            (ASKS.of(&seller_org), &seller_org),
            (BIDS.of(&buyer_org), &buyer_org),
        ];
        for (agreement, org) in agreements {
            if !agreement.is(tx, &asset.id, &terms)? {
                return Err(SaleError::NotAgreed(org.clone()));
            }
            agreement.delete(tx, &asset.id)?;
        }
        PROPERTIES.of(&seller_org).delete(tx, &asset.id)?;
        ASSETS.put(tx, &asset.id, &asset)?;
        ASSETS.set_policy(tx, &asset.id, endorsed_by_all([&buyer_org])?)?;
        let key = (asset.id, tx.tx_id().to_owned());
        let receipt = Receipt {
            terms,
            seller: seller_org,
            buyer: buyer_org,
            time: tx.time(),
        };
        RECEIPTS.of(&receipt.seller).put(tx, &key, &receipt)?;
        Ok(RECEIPTS.of(&receipt.buyer).put(tx, &key, &receipt)?)
    }

    /// What everybody may know of an asset.
    #[transaction]
    pub fn read_asset(&self, view: &View, id: String) -> Result<Asset, SaleError> {
        read(view, id)
    }

    /// The properties that the caller's organisation holds. A peer of that organisation answers, and no other can.
    #[transaction]
    pub fn read_properties(
        &self,
        view: &View,
        id: String,
    ) -> Result<Option<Properties>, SaleError> {
        Ok(PROPERTIES.of(view.client()?.msp_id()).get(view, &id)?)
    }

    /// The sales that the caller's organisation took part in. A peer of that organisation answers.
    #[transaction]
    pub fn read_receipts(&self, query: &Query) -> Result<Vec<Receipt>, SaleError> {
        let receipts = RECEIPTS.of(query.client()?.msp_id());
        let rows = receipts.range(query, ..)?;
        Ok(rows
            .map(|row| row.map(|(_, receipt)| receipt))
            .collect::<Result<_, _>>()?)
    }
}

fn read(view: &View, id: String) -> Result<Asset, SaleError> {
    ASSETS.get(view, &id)?.ok_or(SaleError::NotFound(id))
}

/// The asset, if the caller's organisation owns it.
fn own(view: &View, id: String) -> Result<Asset, SaleError> {
    let (asset, client) = (read(view, id)?, view.client()?);
    if client.msp_id() != asset.owner_org {
        return Err(SaleError::NotOwner {
            owner: asset.owner_org,
            caller: client.msp_id().to_owned(),
        });
    }
    Ok(asset)
}

/// Nobody buys blindly. By hash, so that every peer can say it.
fn must_know(view: &View, buyer: &str, asset: &Asset) -> Result<(), SaleError> {
    let known = PROPERTIES.of(buyer).hash(view, &asset.id)?;
    match known {
        Some(hash) if hex(&hash) == asset.properties_hash => Ok(()),
        Some(_) => Err(SaleError::OtherProperties),
        None => Err(SaleError::NoProperties(buyer.to_owned())),
    }
}

fn terms(view: &View, asset: &Asset) -> Result<Terms, SaleError> {
    let terms: Terms = view.transient("terms")?;
    match terms.asset_id == asset.id {
        true => Ok(terms),
        false => Err(SaleError::OtherAsset(terms.asset_id)),
    }
}
