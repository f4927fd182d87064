use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// The Fabric release whose formats and rules this peer follows.
pub const FABRIC_RELEASE: &str = "v3.1.5";

/// This program's own version.
pub const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// `/version`. Fabric: core/operations/version.go; `Fabric` is ours. The commit is there when the build was told it.
pub(super) async fn version(method: Method) -> Response {
    if method != Method::GET {
        let error = json!({ "Error": format!("invalid request method: {method}") });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let mut version = json!({ "Version": VERSION, "Fabric": FABRIC_RELEASE });
    if let (Some(commit), Some(fields)) = (option_env!("SELVEDGE_COMMIT"), version.as_object_mut())
    {
        fields.insert("CommitSHA".to_owned(), commit.into());
    }
    Json(version).into_response()
}
