use futures::future::BoxFuture;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;

/// The answer to a request, to come. A service that fails says so in its answer.
pub type Answer = BoxFuture<'static, Result<Response<Body>, Infallible>>;

/// Something that answers requests.
pub trait Answers: Send + Sync + 'static {
    fn answer(&self, request: Request<Body>) -> Answer;
}

impl<S> Answers for S
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = Answer>,
    S: Clone + Send + Sync + 'static,
{
    fn answer(&self, request: Request<Body>) -> Answer {
        // What tonic generates is always ready, and cheap to clone.
        self.clone().call(request)
    }
}

/// The gRPC services of one listener, found by name.
///
/// tonic's own `Routes` do the same through axum's router, which clones a service and boxes a request's way to it and its
/// body for every request: 3 % of what was sampled on the threads of a gateway's peer.
#[derive(Clone)]
pub struct Services(Arc<dyn Answers>);

/// Services by the name in a request's path.
#[derive(Clone, Default)]
pub struct Named(Vec<(&'static str, Arc<dyn Answers>)>);

impl Named {
    /// Adds a service.
    #[must_use]
    pub fn with<S: Answers + NamedService>(mut self, service: S) -> Self {
        self.0.push((S::NAME, Arc::new(service)));
        self
    }
}

impl Answers for Named {
    fn answer(&self, request: Request<Body>) -> Answer {
        let path = request.uri().path().strip_prefix('/');
        let name = path
            .and_then(|path| path.split_once('/'))
            .map(|(name, _)| name);
        let found = name.and_then(|name| self.0.iter().find(|(known, _)| *known == name));
        match found {
            Some((_, service)) => service.answer(request),
            None => {
                let unknown = Status::unimplemented(String::new()).into_http();
                Box::pin(async { Ok(unknown) })
            }
        }
    }
}

impl Services {
    pub fn new(answers: impl Answers) -> Self {
        Self(Arc::new(answers))
    }

    /// One service alone.
    pub fn of<S: Answers + NamedService>(service: S) -> Self {
        Self::new(Named::default().with(service))
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

impl Service<Request<Body>> for Services {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        self.0.answer(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use tonic::Code;

    struct Echo;

    impl NamedService for Echo {
        const NAME: &'static str = "test.Echo";
    }

    /// Answers with the path it was asked by.
    impl Answers for Echo {
        fn answer(&self, request: Request<Body>) -> Answer {
            let answer = Status::aborted(request.uri().path()).into_http();
            Box::pin(async { Ok(answer) })
        }
    }

    fn ask(path: &str) -> Status {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = Services::of(Echo).call(request).now_or_never().unwrap();
        Status::from_header_map(answer.unwrap().headers()).unwrap()
    }

    #[test]
    fn a_service_is_found_by_the_name_in_the_path() {
        for path in ["/test.Echo/Say", "/test.Echo/", "/test.Echo/a/b"] {
            let status = ask(path);
            assert_eq!(status.code(), Code::Aborted, "{path}");
            assert_eq!(status.message(), path);
        }
        for path in [
            "/test.Echo",
            "/test.Ech/Say",
            "/test.Echo2/Say",
            "/",
            "/Say",
        ] {
            assert_eq!(ask(path).code(), Code::Unimplemented, "{path}");
        }
    }
}
