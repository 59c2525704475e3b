//! For the operator: is it alive, is it of use, what has it done.

use std::{fmt, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::time::timeout;

use crate::metrics::Metrics;

/// How long a check may take before the database counts as silent.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why no work is taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// The component's stream to the server does not stand.
    StreamDown,
    /// The database does not answer, or not in 2 s.
    Database,
    /// The disk of the database is full, or cannot be written.
    Full,
    /// Another instance leads; this one waits to take over.
    Standby,
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StreamDown => "stream down",
            Self::Database => "database does not answer",
            Self::Full => "database cannot write",
            Self::Standby => "standby",
        })
    }
}

/// The admin listener: `/livez` (200 while the process answers), `/readyz` (200, or 503 with a line
/// for each reason that `check` gives), `/metrics` (`OpenMetrics` text).
pub fn router<F, Fut>(metrics: Arc<Metrics>, check: F) -> Router
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Vec<NotReady>> + Send,
{
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(move || ready(check())))
        .route("/metrics", get(move || async move { page(&metrics) }))
}

async fn ready(check: impl Future<Output = Vec<NotReady>>) -> (StatusCode, String) {
    let reasons = timeout(PATIENCE, check).await.unwrap_or_else(|_| vec![NotReady::Database]);
    if reasons.is_empty() {
        return (StatusCode::OK, "ready\n".into());
    }
    let lines: Vec<String> = reasons.iter().map(NotReady::to_string).collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines.join("\n") + "\n")
}

fn page(metrics: &Metrics) -> impl IntoResponse + use<> {
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, openmetrics)], metrics.text())
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use axum::{body, extract::Request};
    use tower::ServiceExt;

    use super::*;

    async fn get(router: Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(body::Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn with(reasons: &[NotReady]) -> Router {
        let reasons = reasons.to_vec();
        router(Arc::default(), move || ready(reasons.clone()))
    }

    #[tokio::test]
    async fn ready_says_each_reason_on_a_line() {
        assert_eq!(get(with(&[]), "/readyz").await, (StatusCode::OK, "ready\n".into()));
        let (status, text) = get(with(&[NotReady::StreamDown, NotReady::Standby]), "/readyz").await;
        assert_eq!((status.as_u16(), text.as_str()), (503, "stream down\nstandby\n"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_is_a_database_that_does_not_answer() {
        let (status, text) = get(router(Arc::default(), pending), "/readyz").await;
        assert_eq!((status.as_u16(), text.as_str()), (503, "database does not answer\n"));
    }

    #[tokio::test]
    async fn alive_and_metrics_answer_while_nothing_is_ready() {
        let router = with(&[NotReady::StreamDown]);
        assert_eq!(get(router.clone(), "/livez").await.0, StatusCode::OK);
        let (status, text) = get(router, "/metrics").await;
        assert!(status == StatusCode::OK && text.ends_with("# EOF\n"), "{text}");
    }
}
