use crate::{Asset, AssetChange, AssetError};
use selvedge_sdk::prelude::*;

/// Assets by id.
const ASSETS: Records<String, Asset> = Records::plain();

/// Creates assets, passes them from owner to owner, and deletes them.
#[derive(Debug, Default)]
pub struct AssetTransfer;

/// Issues assets and transfers their ownership.
#[contract(name = "SmartContract")]
impl AssetTransfer {
    /// Adds a base set of assets to the ledger.
    #[transaction]
    pub fn init_ledger(&self, tx: &Tx) -> Result<(), AssetError> {
        let assets = [
            Asset::new("asset1", "blue", 5, "Tomoko", 300),
            Asset::new("asset2", "red", 5, "Brad", 400),
            Asset::new("asset3", "green", 10, "Jin Soo", 500),
            Asset::new("asset4", "yellow", 10, "Max", 600),
            Asset::new("asset5", "black", 15, "Adriana", 700),
            Asset::new("asset6", "white", 15, "Michel", 800),
        ];
        for asset in assets {
            ASSETS.put(tx, &asset.id, &asset)?;
        }
        Ok(())
    }

    /// Issues a new asset with the given details.
    #[transaction]
    pub fn create_asset(
        &self,
        tx: &Tx,
        id: String,
        color: String,
        size: i64,
        owner: String,
        appraised_value: i64,
    ) -> Result<(), AssetError> {
        let asset = Asset {
            id,
            color,
            size,
            owner,
            appraised_value,
        };
        if !ASSETS.try_insert(tx, &asset.id, &asset)? {
            return Err(AssetError::Exists(asset.id));
        }
        info!(tx, "{} now owns {}", asset.owner, asset.id);
        Ok(())
    }

    /// Returns the asset with the given id.
    #[transaction]
    pub fn read_asset(&self, view: &View, id: String) -> Result<Asset, AssetError> {
        read(view, id)
    }

    /// Replaces all details of an existing asset.
    #[transaction]
    pub fn update_asset(
        &self,
        tx: &Tx,
        id: String,
        color: String,
        size: i64,
        owner: String,
        appraised_value: i64,
    ) -> Result<(), AssetError> {
        must_exist(tx, &id)?;
        let asset = Asset {
            id,
            color,
            size,
            owner,
            appraised_value,
        };
        Ok(ASSETS.put(tx, &asset.id, &asset)?)
    }

    /// Deletes an asset.
    #[transaction]
    pub fn delete_asset(&self, tx: &Tx, id: String) -> Result<(), AssetError> {
        must_exist(tx, &id)?;
        Ok(ASSETS.delete(tx, &id)?)
    }

    /// Whether there is an asset with the given id.
    #[transaction]
    pub fn asset_exists(&self, view: &View, id: String) -> Result<bool, AssetError> {
        Ok(ASSETS.exists(view, &id)?)
    }

    /// Gives an asset to a new owner and returns the old one.
    #[transaction]
    pub fn transfer_asset(
        &self,
        tx: &Tx,
        id: String,
        new_owner: String,
    ) -> Result<String, AssetError> {
        let mut asset = read(tx, id)?;
        let old_owner = std::mem::replace(&mut asset.owner, new_owner);
        ASSETS.put(tx, &asset.id, &asset)?;
        Ok(old_owner)
    }

    /// Returns all assets, in the order of their ids.
    #[transaction]
    pub fn get_all_assets(&self, view: &View) -> Result<Vec<Asset>, AssetError> {
        Ok(ASSETS
            .range(view, ..)?
            .map(|row| row.map(|(_, asset)| asset))
            .collect::<Result<_, _>>()?)
    }

    /// Returns the assets with ids from `start` up to, but not including, `end`. An empty bound is open.
    #[transaction]
    pub fn get_assets_by_range(
        &self,
        view: &View,
        start: String,
        end: String,
    ) -> Result<Vec<Asset>, AssetError> {
        let rows = if end.is_empty() {
            ASSETS.range(view, start..)?
        } else {
            ASSETS.range(view, start..end)?
        };
        Ok(rows
            .map(|row| row.map(|(_, asset)| asset))
            .collect::<Result<_, _>>()?)
    }

    /// Returns one page of all assets, in the order of their ids.
    #[transaction]
    pub fn get_assets_page(&self, query: &Query, page: Page) -> Result<PageOf<Asset>, AssetError> {
        Ok(ASSETS.page(query, .., &page)?)
    }

    /// Returns every change of an asset, newest first, also of one that was deleted.
    #[transaction]
    pub fn get_asset_history(
        &self,
        view: &View,
        id: String,
    ) -> Result<Vec<AssetChange>, AssetError> {
        Ok(ASSETS
            .history(view, &id)?
            .map(|change| change.map(AssetChange::from))
            .collect::<Result<_, _>>()?)
    }
}

fn read(view: &View, id: String) -> Result<Asset, AssetError> {
    ASSETS.get(view, &id)?.ok_or(AssetError::NotFound(id))
}

fn must_exist(view: &View, id: &str) -> Result<(), AssetError> {
    if ASSETS.exists(view, id)? {
        Ok(())
    } else {
        Err(AssetError::NotFound(id.to_owned()))
    }
}
