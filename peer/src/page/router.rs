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
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Json, Router};
use futures::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// The page and what it asks for, by paths relative to where it is mounted.
pub(crate) fn router(page: Arc<Page>) -> Router {
    Router::new()
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
        .with_state(page)
        .layer(from_fn(guard::check))
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

type Answer<T> = Result<Json<T>, PageError>;
type Shared = State<Arc<Page>>;

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
    blocks(&page, &channel, asked.before, asked.count).map(Json)
}

async fn one(State(page): Shared, Query(asked): Query<One>) -> Answer<BlockView> {
    let channel = page.channel(&asked.channel)?;
    block(&page, &channel, asked.number).map(Json)
}

async fn defined(State(page): Shared, Query(asked): Query<Where>) -> Answer<Vec<DefinitionView>> {
    definitions(&page, &asked.channel).map(Json)
}

async fn namespaces(State(page): Shared, Query(asked): Query<Where>) -> Answer<Vec<String>> {
    let channel = page.channel(&asked.channel)?;
    state::namespaces(&channel).map(Json)
}

async fn rows(State(page): Shared, Query(asked): Query<Where>) -> Answer<StateView> {
    let channel = page.channel(&asked.channel)?;
    state::rows(&channel, &asked.namespace, &asked.prefix, &asked.start).map(Json)
}

async fn history(State(page): Shared, Query(asked): Query<Where>) -> Answer<Vec<ChangeView>> {
    let channel = page.channel(&asked.channel)?;
    state::history(&channel, &asked.namespace, &asked.key).map(Json)
}

async fn logs(State(page): Shared) -> Json<Vec<LogLine>> {
    Json(page.logs.latest())
}

/// Tells of new blocks and log lines as they come. A reader that falls behind is told to load again.
async fn events(State(page): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let sources = (page.grown(), page.logs.follow());
    let events = stream::unfold(sources, |(mut grown, mut lines)| async move {
        let event = tokio::select! {
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
        Some((Ok(event), (grown, lines)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
