//! The scripted session with the asset-transfer sample: what a ledger does with good, bad and conflicting transactions.

use std::time::Instant;

use anyhow::{Result, bail};
use bytes::Bytes;
use serde_json::Value;

use super::event::Event;
use super::member::Endorsed;
use super::millis;
use super::network::Network;
use super::show::Show;
use crate::client::Call;

/// The chaincode that the session knows.
pub(super) const SAMPLE: &str = "asset-transfer";

/// Runs the session against the chaincode deployed as `chaincode`.
pub(super) async fn run(network: &Network, chaincode: &str, show: &Show) -> Result<()> {
    let session = Session {
        network,
        chaincode,
        show,
    };
    session.chapter("Two assets are created. Each organisation endorses, the orderer cuts a block, every peer commits it.");
    session
        .submit(&["CreateAsset", "asset1", "blue", "5", "Tomoko", "300"])
        .await?;
    session
        .submit(&["CreateAsset", "asset2", "red", "7", "Brad", "400"])
        .await?;
    session.chapter("An asset changes hands.");
    session
        .submit(&["TransferAsset", "asset1", "Jin Soo"])
        .await?;
    session.chapter("A duplicate is refused by the contract: no endorsement, nothing is ordered.");
    session
        .refused(&["CreateAsset", "asset1", "green", "1", "Max", "1"])
        .await?;
    session.chapter(
        "Two transfers of one asset in one block. Both were endorsed; only the first may win.",
    );
    session
        .race(
            &["TransferAsset", "asset1", "Max"],
            &["TransferAsset", "asset1", "Adriana"],
        )
        .await?;
    session.chapter("A range query.");
    session
        .query(&["GetAssetsByRange", "asset1", "asset9"])
        .await?;
    session.chapter("The history of an asset, newest first.");
    session.query(&["GetAssetHistory", "asset1"]).await
}

struct Session<'a> {
    network: &'a Network,
    chaincode: &'a str,
    show: &'a Show,
}

impl Session<'_> {
    fn chapter(&self, title: &str) {
        self.show.event(&Event::Chapter {
            title: title.to_owned(),
        });
        self.show.doing("endorsing and ordering");
    }

    fn call(&self, args: &[&str]) -> Call {
        Call {
            channel: self.network.clients().channel.clone(),
            chaincode: self.chaincode.to_owned(),
            args: args
                .iter()
                .map(|arg| Bytes::copy_from_slice(arg.as_bytes()))
                .collect(),
            ..Call::default()
        }
    }

    async fn endorse(&self, args: &[&str]) -> Result<Endorsed> {
        let clients = self.network.clients();
        let everyone: Vec<_> = clients.members.iter().collect();
        let user = &clients.first()?.user;
        clients.endorse(&self.call(args), user, &everyone).await
    }

    /// Endorses and orders; the transaction must be valid.
    async fn submit(&self, args: &[&str]) -> Result<()> {
        let started = Instant::now();
        let endorsed = self.endorse(args).await?;
        let codes = self.order(vec![(args, endorsed)], started).await?;
        match codes.as_slice() {
            [code] if code == "VALID" => Ok(()),
            codes => bail!("{} should be valid and is {codes:?}", args.join(" ")),
        }
    }

    /// The chaincode must answer with an error.
    async fn refused(&self, args: &[&str]) -> Result<()> {
        let started = Instant::now();
        let response = self.endorse(args).await?.response();
        if response.status < 400 {
            bail!(
                "{} should be refused and is answered with {}",
                args.join(" "),
                response.status
            );
        }
        self.show.event(&Event::Refused {
            call: args.join(" "),
            status: response.status,
            message: response.message,
            millis: millis(started),
        });
        Ok(())
    }

    /// Endorses two transactions at the same height and orders them one after the other: the second must lose.
    async fn race(&self, first: &[&str], second: &[&str]) -> Result<()> {
        let started = Instant::now();
        let (one, two) = (self.endorse(first).await?, self.endorse(second).await?);
        let codes = self
            .order(vec![(first, one), (second, two)], started)
            .await?;
        match codes.as_slice() {
            [winner, loser] if winner == "VALID" && loser == "MVCC_READ_CONFLICT" => Ok(()),
            codes => bail!("one transfer should win and the other lose, but they are {codes:?}"),
        }
    }

    async fn order(
        &self,
        endorsed: Vec<(&[&str], Endorsed)>,
        started: Instant,
    ) -> Result<Vec<String>> {
        let clients = self.network.clients();
        let user = &clients.first()?.user;
        let (calls, endorsed): (Vec<_>, Vec<_>) = endorsed.into_iter().unzip();
        let outcomes = clients.order(&endorsed, user).await?;
        let mut codes = Vec::new();
        for ((args, endorsed), outcome) in calls.into_iter().zip(endorsed).zip(outcomes) {
            let payload = endorsed.response().payload;
            let view = self.network.view(endorsed.proposal.tx_id, &outcome)?;
            codes.push(view.code.clone());
            let result = (!payload.is_empty()).then(|| readable(&payload));
            let call = args.join(" ");
            self.show.event(&Event::Transaction {
                call,
                outcome: view,
                result,
                millis: millis(started),
            });
        }
        Ok(codes)
    }

    /// Asks one peer.
    async fn query(&self, args: &[&str]) -> Result<()> {
        let started = Instant::now();
        let first = self.network.clients().first()?;
        let payload = first.ask(&self.call(args)).await?;
        let call = args.join(" ");
        self.show.event(&Event::Query {
            call,
            result: readable(&payload),
            millis: millis(started),
        });
        Ok(())
    }
}

/// JSON where it is JSON, text otherwise.
fn readable(payload: &[u8]) -> Value {
    serde_json::from_slice(payload)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(payload).into_owned()))
}
