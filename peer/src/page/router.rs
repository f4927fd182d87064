use super::block::{BlockView, block, blocks};
use super::definitions::{DefinitionView, definitions};
use super::error::PageError;
use super::guard;
use super::logs::LogLine;
use super::state::{self, ChangeView, StateView};
use super::watch::Page;
use super::{assets, watch};
use axum::extract::{Query, State};
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Json, Router};
use futures::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Who can reach the page where it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever is at this machine.
    Machine,
    /// Whoever shows a certificate to the listener.
    Certified,
}

/// The page below `/page/`, beside what else a listener serves.
pub(crate) fn below(page: Arc<Page>, audience: Audience) -> Router {
    Router::new()
        .route("/page", get(async || Redirect::permanent("/page/")))
        .nest("/page/", router(page, audience))
}

/// The page and what it asks for, by paths relative to where it is mounted.
pub(crate) fn router(page: Arc<Page>, audience: Audience) -> Router {
    let router = Router::new()
        .route("/", get(assets::index))
        .route("/style.css", get(assets::style))
        .route("/page.js", get(assets::script))
        .route("/views.js", get(assets::views))
        .route("/api/channels", get(channels))
        .route("/api/blocks", get(latest))
        .route("/api/block", get(one))
        .route("/api/definitions", get(defined))
        .route("/api/namespaces", get(namespaces))
        .route("/api/state", get(rows))
        .route("/api/history", get(history))
        .route("/api/logs", get(logs))
        .route("/api/events", get(events))
        .route("/api/transaction", get(position))
        .with_state(page);
    match audience {
        Audience::Machine => router.layer(from_fn(guard::check)),
        Audience::Certified => router,
    }
}

#[derive(Debug, Serialize)]
struct ChannelView {
    id: String,
    height: u64,
    organisations: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Blocks {
    channel: String,
    before: Option<u64>,
    #[serde(default = "some")]
    count: u64,
}

fn some() -> u64 {
    20
}

#[derive(Debug, Deserialize)]
struct One {
    channel: String,
    number: u64,
}

#[derive(Debug, Deserialize)]
struct Where {
    channel: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    key: String,
}

#[derive(Debug, Serialize)]
struct PositionView {
    block: u64,
}

type Answer<T> = Result<Json<T>, PageError>;
type Shared = State<Arc<Page>>;

/// The ledger is read on a thread that may wait for a disk.
async fn read<T: Send + 'static>(
    page: Arc<Page>,
    work: impl FnOnce(&Page) -> Result<T, PageError> + Send + 'static,
) -> Answer<T> {
    let permit = page.reading().await;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(&page)
    });
    done.await.map_err(PageError::Ended)?.map(Json)
}

async fn channels(State(page): Shared) -> Json<Vec<ChannelView>> {
    let channels = page.channels().into_iter().map(|channel| ChannelView {
        id: channel.id().to_owned(),
        height: channel.ledger().height(),
        organisations: channel
            .config()
            .organisations()
            .map(|organisation| organisation.msp_id.clone())
            .collect(),
    });
    Json(channels.collect())
}

async fn latest(State(page): Shared, Query(asked): Query<Blocks>) -> Answer<Vec<BlockView>> {
    let channel = page.channel(&asked.channel)?;
    read(page, move |page| {
        blocks(page, &channel, asked.before, asked.count)
    })
    .await
}

async fn one(State(page): Shared, Query(asked): Query<One>) -> Answer<BlockView> {
    let channel = page.channel(&asked.channel)?;
    read(page, move |page| block(page, &channel, asked.number)).await
}

async fn position(State(page): Shared, Query(asked): Query<Where>) -> Answer<PositionView> {
    let channel = page.channel(&asked.channel)?;
    read(page, move |_| {
        let status = channel.ledger().tx_status(&asked.key)?;
        let status = status.ok_or_else(|| PageError::NoTransaction(asked.key))?;
        let block = status.block;
        Ok(PositionView { block })
    })
    .await
}

async fn defined(State(page): Shared, Query(asked): Query<Where>) -> Answer<Vec<DefinitionView>> {
    read(page, move |page| definitions(page, &asked.channel)).await
}

async fn namespaces(State(page): Shared, Query(asked): Query<Where>) -> Answer<Vec<String>> {
    let channel = page.channel(&asked.channel)?;
    read(page, move |_| state::namespaces(&channel)).await
}

async fn rows(State(page): Shared, Query(asked): Query<Where>) -> Answer<StateView> {
    let channel = page.channel(&asked.channel)?;
    read(page, move |_| {
        state::rows(&channel, &asked.namespace, &asked.prefix, &asked.start)
    })
    .await
}

async fn history(State(page): Shared, Query(asked): Query<Where>) -> Answer<Vec<ChangeView>> {
    let channel = page.channel(&asked.channel)?;
    read(page, move |_| {
        state::history(&channel, &asked.namespace, &asked.key)
    })
    .await
}

async fn logs(State(page): Shared) -> Json<Vec<LogLine>> {
    Json(page.logs.latest())
}

/// Tells of new blocks and log lines as they come. A reader that falls behind is told to load again.
async fn events(State(page): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let sources = (page.grown(), page.logs.follow(), page.closing().clone());
    let events = stream::unfold(sources, |(mut grown, mut lines, closing)| async move {
        let event = tokio::select! {
            () = closing.closed() => return None,
            block = grown.recv() => block.map(|watch::Grown { channel, number }| {
                ("block", json!({"channel": channel, "number": number}))
            }),
            line = lines.recv() => line.map(|line| ("log", json!(line))),
        };
        let (kind, data) = match event {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => ("behind", json!({})),
            Err(RecvError::Closed) => return None,
        };
        let event = Event::default().event(kind).data(data.to_string());
        Some((Ok(event), (grown, lines, closing)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
