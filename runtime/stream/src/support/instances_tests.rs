use super::Instances;
use crate::launch::Running;
use futures::FutureExt;
use futures::future::{self, BoxFuture};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Takes its time to end: until the test gives a permit.
struct Slow {
    permits: Semaphore,
    stops: AtomicUsize,
}

impl Running for Slow {
    fn exited(&self) -> BoxFuture<'static, Result<i32, String>> {
        future::pending().boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        self.stops.fetch_add(1, Ordering::SeqCst);
        async {
            let permit = self.permits.acquire().await;
            permit.map(drop).map_err(|error| error.to_string())
        }
        .boxed()
    }
}

fn one_running() -> (Instances, Arc<Slow>) {
    let slow = Arc::new(Slow {
        permits: Semaphore::new(0),
        stops: AtomicUsize::new(0),
    });
    let instances = Instances::default();
    instances.insert("cc:1", Arc::clone(&slow) as Arc<dyn Running>);
    (instances, slow)
}

#[tokio::test]
async fn what_is_being_ended_is_there_for_all_who_wait_for_its_end() {
    let (instances, slow) = one_running();
    let running = Arc::clone(&slow) as Arc<dyn Running>;
    let mut exit = Box::pin(instances.ended("cc:1", &running));
    let mut next_launch = Box::pin(instances.stop("cc:1"));
    let mut peer = Box::pin(instances.stop_all());
    assert_eq!(futures::poll!(&mut exit), std::task::Poll::Pending);
    assert_eq!(futures::poll!(&mut next_launch), std::task::Poll::Pending);
    assert_eq!(futures::poll!(&mut peer), std::task::Poll::Pending);
    assert_eq!(instances.ids(), ["cc:1"]);

    slow.permits.add_permits(1);
    futures::join!(exit, next_launch, peer);
    assert!(instances.ids().is_empty());
    assert_eq!(slow.stops.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_end_that_was_given_up_is_gone_on_with() {
    let (instances, slow) = one_running();
    assert_eq!(instances.stop("cc:1").now_or_never(), None);
    assert_eq!(instances.ids(), ["cc:1"]);
    slow.permits.add_permits(1);
    instances.stop("cc:1").await;
    assert!(instances.ids().is_empty());
    assert_eq!(slow.stops.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn another_in_its_place_stays() {
    let (instances, ended) = one_running();
    let (_, other) = one_running();
    instances.insert("cc:1", other);
    let ended: Arc<dyn Running> = ended;
    instances.ended("cc:1", &ended).await;
    assert_eq!(instances.ids(), ["cc:1"]);
}
