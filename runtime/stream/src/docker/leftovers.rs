use super::Labels;
use super::engine::Engine;
use super::error::EngineError;
use tokio::sync::OnceCell;

/// The containers that this peer left when it was killed. They are removed once, before the first start of a chaincode,
/// which has the same label.
#[derive(Debug)]
pub(super) struct Leftovers {
    engine: Engine,
    labels: Labels,
    removed: OnceCell<usize>,
}

impl Leftovers {
    pub(super) fn new(engine: Engine, labels: Labels) -> Self {
        Self {
            engine,
            labels,
            removed: OnceCell::new(),
        }
    }

    /// How many there were. After a failure the next call tries again.
    pub(super) async fn remove(&self) -> Result<usize, EngineError> {
        let removed = self.removed.get_or_try_init(async || {
            let left = self.engine.labelled(&self.labels.mine()).await?;
            for container in &left {
                self.engine.remove(container).await?;
            }
            if !left.is_empty() {
                tracing::info!(
                    containers = left.len(),
                    "removed what a peer before this one left"
                );
            }
            Ok(left.len())
        });
        removed.await.copied()
    }
}
