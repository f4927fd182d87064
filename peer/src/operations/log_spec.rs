//! `/logspec`. Fabric: fabric-lib-go/common/flogging/httpadmin/spec.go.

use crate::logging::LogControl;
use axum::Json;
use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Body {
    #[serde(alias = "Spec", alias = "SPEC")]
    spec: String,
}

pub(super) fn answer(method: &Method, body: &Bytes, log: &LogControl) -> Response {
    match *method {
        Method::GET => {
            let spec = log.spec().to_string();
            Json(Body { spec }).into_response()
        }
        Method::PUT => {
            let asked: Result<Body, _> = serde_json::from_slice(body);
            let activated = asked
                .map_err(|error| error.to_string())
                .and_then(|asked| log.activate(&asked.spec).map_err(|error| error.to_string()));
            match activated {
                Ok(()) => {
                    tracing::info!(spec = %log.spec(), "the logging specification was changed");
                    StatusCode::NO_CONTENT.into_response()
                }
                Err(error) => refused(&error),
            }
        }
        _ => refused(&format!("invalid request method: {method}")),
    }
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}
