//! Thumbnails: `/p/HASH.jpg` and `/p/HASH.png`, what messages and pages point to.
//!
//! The name is the hash of the file, so it never changes and may be kept for ever. It is read from
//! the path as it came: nothing is decoded, nothing is looked for on a disk.

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    http::{HeaderName, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::time::timeout;

use super::{archive::Archive, site::Unavailable};
use crate::domain::picture::{Kind, PictureHash, parse_file_name};

/// How long a look-up may take before whoever asks is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// For GET and HEAD, both with `Content-Length`: Conversations fetches by itself only what it
/// knows the size of.
///
/// Another name than that of a picture that is there is answered 404, a failed look-up, or one of more
/// than 5 s, 503.
pub fn router(archive: Archive) -> Router {
    showing(move |hash, kind| archive.clone().picture(hash, kind))
}

/// The same of whatever `look_up` has the bytes of.
fn showing<F, Fut>(look_up: F) -> Router
where
    F: Fn(PictureHash, Kind) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send + 'static,
{
    let picture = async move |uri: Uri| {
        let name = uri.path().strip_prefix("/p/").and_then(parse_file_name);
        let Some((hash, kind)) = name else { return without(StatusCode::NOT_FOUND) };
        match timeout(PATIENCE, look_up(hash, kind)).await {
            Ok(Ok(Some(bytes))) => with(kind, bytes),
            Ok(Ok(None)) => without(StatusCode::NOT_FOUND),
            Ok(Err(Unavailable)) | Err(_) => without(StatusCode::SERVICE_UNAVAILABLE),
        }
    };
    Router::new().route("/p/{name}", get(picture))
}

fn with(kind: Kind, bytes: Vec<u8>) -> Response {
    let head = [
        (header::CONTENT_TYPE, kind.media_type()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        // Pages of other services may show it: whoever has the name may have the picture.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (head, [(header::CONTENT_LENGTH, bytes.len())], Bytes::from(bytes)).into_response()
}

/// No picture.
pub(super) fn without(status: StatusCode) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")]).into_response()
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use tower::ServiceExt;

    use super::*;
    use crate::domain::picture::file_name;

    const HASH: PictureHash = PictureHash([0x5a; 32]);

    async fn ask(method: &str, path: &str) -> (Response, Vec<u8>) {
        let router = showing(|hash, kind| {
            ready(match (hash, kind) {
                (HASH, Kind::Jpeg) => Ok(Some(b"a picture".to_vec())),
                (HASH, Kind::Png) => Err(Unavailable),
                _ => Ok(None),
            })
        });
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap().to_vec();
        (Response::from_parts(parts, Body::empty()), bytes)
    }

    #[tokio::test]
    async fn a_picture_is_served_with_type_length_and_a_long_life() {
        let path = format!("/p/{}", file_name(HASH, Kind::Jpeg));
        for (method, body) in [("GET", &b"a picture"[..]), ("HEAD", b"")] {
            let (answer, bytes) = ask(method, &path).await;
            assert_eq!((answer.status(), bytes.as_slice()), (StatusCode::OK, body), "{method}");
            for (name, value) in [
                ("content-type", "image/jpeg"),
                ("content-length", "9"),
                ("cache-control", "public, max-age=31536000, immutable"),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "default-src 'none'; sandbox"),
            ] {
                assert_eq!(answer.headers().get(name).unwrap(), value, "{method} {name}");
            }
            assert!(!answer.headers().contains_key("set-cookie"));
        }
    }

    #[tokio::test]
    async fn what_is_no_name_of_a_picture_is_not_found() {
        let name = file_name(HASH, Kind::Jpeg);
        for path in [
            format!("/p/{}", file_name(PictureHash([1; 32]), Kind::Jpeg)),
            format!("/p/{name}/"),
            format!("/p/{name}%00"),
            format!("/p/%35{}", &name[1..]),
            format!("/p/..%2f{name}"),
            format!("/p/../p/{name}"),
            format!("/p//{name}"),
            format!("/p/{}", name.to_uppercase()),
            format!("/p/{}.gif", name.trim_end_matches(".jpg")),
            "/p/".to_owned(),
            "/p/%2e%2e%2fetc%2fpasswd".to_owned(),
        ] {
            assert_eq!(ask("GET", &path).await.0.status(), StatusCode::NOT_FOUND, "{path}");
        }
        let png = format!("/p/{}", file_name(HASH, Kind::Png));
        assert_eq!(ask("GET", &png).await.0.status(), StatusCode::SERVICE_UNAVAILABLE);
        let path = format!("/p/{name}");
        assert_eq!(ask("POST", &path).await.0.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
