//! What a node does without being asked.

use super::Node;
use super::connect::Expected;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

impl Node {
    pub(super) fn spawn_tasks(&self) {
        let settings = self.settings().clone();
        self.every(settings.alive_interval, |node| async move {
            let any = node.0.roster.lock().alive().next().is_some();
            if any {
                let beat = node.beat();
                node.spread_alive(node.pki_id(), &beat, None);
            }
        });
        let check = (settings.alive_expiration / 10).max(Duration::from_millis(10));
        self.every(check, |node| async move { node.bury() });
        self.every(settings.reconnect_interval, |node| async move {
            node.call_the_dead().await;
        });
        self.every(settings.pull_interval, |node| async move {
            node.ask_around();
            node.exchange_identities();
            node.sweep_state_infos();
        });
        self.every(settings.publish_state_info_interval, |node| async move {
            node.publish();
        });
        self.every(settings.request_state_info_interval, |node| async move {
            node.request_state_infos();
        });
        self.every(settings.membership_tracker_interval, |node| async move {
            node.track();
        });
        // Expired certificates, without waiting for a change of configuration.
        self.every(Duration::from_secs(60), |node| async move {
            node.recheck_identities();
        });
        for endpoint in settings.bootstrap {
            if !self.settings().is_own(&endpoint) {
                tokio::spawn(self.clone().seek(endpoint, Expected::OwnOrganisation));
            }
        }
    }

    fn every<F>(&self, period: Duration, work: impl Fn(Self) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let node = self.clone();
        let period = period.max(Duration::from_millis(10));
        tokio::spawn(async move {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = ticks.tick() => work(node.clone()).await,
                    () = node.stopped() => return,
                }
            }
        });
    }

    /// Peers that were silent for too long are dead, and in the end forgotten.
    fn bury(&self) {
        let settings = self.settings();
        let dead = {
            let mut roster = self.0.roster.lock();
            roster.expire(Instant::now(), settings.alive_expiration)
        };
        for peer in &dead {
            tracing::warn!(%peer, "a peer has not been heard of for too long");
            self.0.connections.close(peer);
        }
        let after = settings.alive_expiration * settings.expiration_factor;
        let landmarks = |endpoint: &str| self.is_landmark(endpoint);
        self.0
            .roster
            .lock()
            .forget(Instant::now(), after, landmarks);
        if !dead.is_empty() {
            self.changed();
        }
    }
}
