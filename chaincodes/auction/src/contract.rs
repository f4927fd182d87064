use crate::auction::{Sealed, hex};
use crate::{Auction, AuctionError, Bid, Secret, Status};
use selvedge_sdk::prelude::*;
use std::collections::BTreeSet;

/// Public, each with an endorsement policy of its own.
const AUCTIONS: Records<String, Auction> = Records::new("auction");
/// Bids that take part, by auction and bid: records of their own, so that bidders do not conflict with each other.
const SEALED: Records<(String, String), Sealed> = Records::new("sealed");
const REVEALED: Records<(String, String), Bid> = Records::new("revealed");
/// What an organisation's clients have bid.
const BIDS: Implicit<(String, String), Bid> = Implicit::new("bid");

/// Sells to whoever bids most.
#[derive(Debug, Default)]
pub struct SealedAuction;

/// Auctions with sealed bids.
#[contract(state(AUCTIONS, SEALED, REVEALED, BIDS))]
impl SealedAuction {
    /// Opens an auction. The caller is the seller; clients of these organisations and of the caller's may bid.
    #[transaction]
    pub fn create_auction(
        &self,
        tx: &Tx,
        id: String,
        item: String,
        mut organisations: Vec<String>,
    ) -> Result<(), AuctionError> {
        let seller = tx.client()?;
        organisations.push(seller.msp_id().to_owned());
        organisations.sort();
        organisations.dedup();
        let auction = Auction {
            item,
            seller: seller.id(),
            organisations,
            status: Status::Open,
            winner: None,
            price: 0,
        };
        if !AUCTIONS.try_insert(tx, &id, &auction)? {
            return Err(AuctionError::Exists(id));
        }
        Ok(AUCTIONS.set_policy(tx, &id, endorsed_by_all(&auction.organisations)?)?)
    }

    /// Keeps a bid, `bid` in the transient data, for the caller's organisation alone, whose peer is the one to endorse
    /// it. Answers the bid's id.
    #[transaction]
    pub fn bid(&self, tx: &Tx, auction_id: String) -> Result<String, AuctionError> {
        let bidder = tx.client()?;
        let auction = at(tx, &auction_id, Status::Open)?;
        must_be_invited(&auction, bidder.msp_id())?;
        let bid = Bid::new(&bidder, tx.transient("bid")?);
        let key = (auction_id, tx.tx_id().to_owned());
        BIDS.of(bidder.msp_id()).put(tx, &key, &bid)?;
        Ok(key.1)
    }

    /// Lets a bid of the caller's organisation take part, by its hash.
    #[transaction]
    pub fn submit_bid(
        &self,
        tx: &Tx,
        auction_id: String,
        bid_id: String,
    ) -> Result<(), AuctionError> {
        let organisation = tx.client()?.msp_id().to_owned();
        let auction = at(tx, &auction_id, Status::Open)?;
        let key = (auction_id, bid_id);
        let Some(hash) = BIDS.of(&organisation).hash(tx, &key)? else {
            return Err(AuctionError::NoBid(key.1));
        };
        let hash = hex(&hash);
        SEALED.put(tx, &key, &Sealed { organisation, hash })?;
        Ok(SEALED.set_policy(tx, &key, endorsed_by_all(&auction.organisations)?)?)
    }

    /// Ends the bidding.
    #[transaction]
    pub fn close_auction(&self, tx: &Tx, id: String) -> Result<(), AuctionError> {
        let mut auction = at(tx, &id, Status::Open)?;
        must_be_seller(tx, &auction)?;
        auction.status = Status::Closed;
        Ok(AUCTIONS.put(tx, &id, &auction)?)
    }

    /// Reveals a bid of the caller. What is revealed is public, so it comes in arguments.
    #[transaction]
    pub fn reveal_bid(
        &self,
        tx: &Tx,
        auction_id: String,
        bid_id: String,
        price: u64,
        salt: String,
    ) -> Result<(), AuctionError> {
        at(tx, &auction_id, Status::Closed)?;
        let key = (auction_id, bid_id);
        let Some(sealed) = SEALED.get(tx, &key)? else {
            return Err(AuctionError::NoBid(key.1));
        };
        let bid = Bid::new(&tx.client()?, Secret { price, salt });
        if bid.hash()? != sealed.hash {
            return Err(AuctionError::OtherBid);
        }
        Ok(REVEALED.put(tx, &key, &bid)?)
    }

    /// Ends the auction: the highest bid that was revealed wins, the earlier id of two that are equal. While a peer knows
    /// of a higher bid that its organisation's client has not revealed, it does not endorse this.
    #[transaction]
    pub fn end_auction(&self, tx: &Tx, id: String) -> Result<(), AuctionError> {
        let mut auction = at(tx, &id, Status::Closed)?;
        must_be_seller(tx, &auction)?;
        let mut revealed = BTreeSet::new();
        for row in REVEALED.prefix(tx, &id)? {
            let (key, bid) = row?;
            if bid.price > auction.price {
                auction.price = bid.price;
                auction.winner = Some(bid.bidder);
            }
            revealed.insert(key);
        }
        for row in SEALED.prefix(tx, &id)? {
            let (key, sealed) = row?;
            if !revealed.contains(&key) {
                must_not_win(tx, &sealed.organisation, &key, auction.price)?;
            }
        }
        auction.status = Status::Ended;
        Ok(AUCTIONS.put(tx, &id, &auction)?)
    }

    /// What everybody sees of an auction.
    #[transaction]
    pub fn read_auction(&self, view: &View, id: String) -> Result<Auction, AuctionError> {
        read(view, &id)
    }

    /// A bid of the caller's organisation. A peer of that organisation answers, and no other can.
    #[transaction]
    pub fn read_bid(
        &self,
        view: &View,
        auction_id: String,
        bid_id: String,
    ) -> Result<Option<Bid>, AuctionError> {
        let bids = BIDS.of(view.client()?.msp_id());
        Ok(bids.get(view, &(auction_id, bid_id))?)
    }
}

/// Every peer reads the hash, so that all read the same; the value only the bidder's organisation has, and the others'
/// peers refuse to answer. Their refusal is passed over on purpose: this one check is the bidder's own.
fn must_not_win(
    view: &View,
    organisation: &str,
    key: &(String, String),
    price: u64,
) -> Result<(), AuctionError> {
    let bids = BIDS.of(organisation);
    bids.hash(view, key)?;
    match bids.get(view, key) {
        Ok(Some(hidden)) if hidden.price > price => Err(AuctionError::HigherBidHidden),
        _ => Ok(()),
    }
}

fn read(view: &View, id: &str) -> Result<Auction, AuctionError> {
    let found = AUCTIONS.get(view, id)?;
    found.ok_or_else(|| AuctionError::NotFound(id.to_owned()))
}

/// The auction, if this is what it is.
fn at(view: &View, id: &str, status: Status) -> Result<Auction, AuctionError> {
    let auction = read(view, id)?;
    match auction.status == status {
        true => Ok(auction),
        false => Err(AuctionError::WrongTime(auction.status)),
    }
}

fn must_be_invited(auction: &Auction, organisation: &str) -> Result<(), AuctionError> {
    let invited = auction.organisations.iter().any(|of| of == organisation);
    invited
        .then_some(())
        .ok_or_else(|| AuctionError::NotInvited(organisation.to_owned()))
}

fn must_be_seller(view: &View, auction: &Auction) -> Result<(), AuctionError> {
    let is_seller = view.client()?.id() == auction.seller;
    is_seller.then_some(()).ok_or(AuctionError::NotSeller)
}
