use super::pace::Pace;
use super::progress::Progress;
use super::{Artifacts, Group, Way};
use std::sync::Arc;

/// What a run measures, and with what.
pub(super) struct Setting<'p> {
    pub(super) artifacts: Arc<Artifacts>,
    /// Those that can run here.
    pub(super) ways: Vec<Way>,
    pub(super) groups: Vec<Group>,
    pub(super) pace: Pace,
    pub(super) progress: &'p Progress,
}

impl Setting<'_> {
    pub(super) fn wants(&self, group: Group) -> bool {
        self.groups.contains(&group)
    }

    pub(super) fn doing(&self, group: Group, what: &str) {
        self.progress.doing(&format!("{}: {what}", group.title()));
    }
}
