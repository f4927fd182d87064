//! The files a browser loads. They are in the program: nothing has to be built or found.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

/// Nothing is loaded from elsewhere, and nothing that a contract wrote is ever code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 5] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, content)
}

pub(super) async fn index() -> impl IntoResponse {
    file(
        "text/html; charset=utf-8",
        include_str!("assets/index.html"),
    )
}

pub(super) async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("assets/style.css"))
}

pub(super) async fn script() -> impl IntoResponse {
    file(
        "text/javascript; charset=utf-8",
        include_str!("assets/page.js"),
    )
}

pub(super) async fn views() -> impl IntoResponse {
    file(
        "text/javascript; charset=utf-8",
        include_str!("assets/views.js"),
    )
}
