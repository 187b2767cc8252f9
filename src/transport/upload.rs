//! Files of clients over HTTP (XEP-0363): put once, by who has a permit, exactly as long and of the type that was
//! announced; read by whoever knows the URL, without becoming a page of this site.

use std::io;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::header::{
    ACCEPT_RANGES, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::range::Wanted;
use super::{allow_all_sites, status};
use crate::domain::upload::{Upload, UploadState};
use crate::engine::upload::{Uploads, permits};

/// What the paths of all files begin with; then come the id and the name.
pub const PREFIX: &str = "/upload/";

const METHODS: &str = "GET, HEAD, PUT, OPTIONS";

/// Bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;

/// Answers a request for a path below [`PREFIX`].
pub async fn answer(uploads: &Uploads, request: Request<Body>) -> Response {
    let mut response = serve(uploads, request).await;
    allow_all_sites(&mut response, METHODS);
    response
}

async fn serve(uploads: &Uploads, request: Request<Body>) -> Response {
    if request.method() == Method::OPTIONS {
        return status(StatusCode::NO_CONTENT);
    }
    let path = request.uri().path().to_owned();
    let file = path.strip_prefix(PREFIX).unwrap_or_default();
    let Some((id, name)) = file.split_once('/') else {
        return status(StatusCode::NOT_FOUND);
    };
    let upload = match uploads.find(id).await {
        Ok(Some(upload)) if upload.name == name => upload,
        Ok(_) => return status(StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::warn!(%error, "an uploaded file cannot be looked up");
            return status(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let (head, body) = request.into_parts();
    match head.method {
        Method::PUT => put(uploads, id, &upload, &head, body).await,
        Method::GET | Method::HEAD => get(uploads, id, &upload, &head).await,
        _ => {
            let mut refused = status(StatusCode::METHOD_NOT_ALLOWED);
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
            refused
        }
    }
}

async fn put(uploads: &Uploads, id: &str, upload: &Upload, head: &Parts, body: Body) -> Response {
    if let Err(refused) = check(upload, head) {
        return status(refused);
    }
    match uploads.begin(id).await {
        Ok(true) => {}
        Ok(false) => return status(StatusCode::CONFLICT),
        Err(_) => return status(StatusCode::SERVICE_UNAVAILABLE),
    }
    // The guard gives the place back also when the client goes and this future is dropped.
    let guard = Coming {
        uploads,
        id,
        done: false,
    };
    match receive(uploads, id, upload.bytes, body).await {
        Ok(()) => {}
        Err(Broken::Client) => return status(StatusCode::BAD_REQUEST),
        Err(Broken::Disk(error)) => {
            tracing::error!(%error, "an uploaded file cannot be stored");
            return status(StatusCode::INSUFFICIENT_STORAGE);
        }
    }
    match guard.finish().await {
        Ok(()) => status(StatusCode::CREATED),
        Err(_) => status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Whether the file may be put, and is what was announced.
fn check(upload: &Upload, head: &Parts) -> Result<(), StatusCode> {
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let permit = header(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if !permit.is_some_and(|permit| permits(upload, permit)) {
        return Err(StatusCode::FORBIDDEN);
    }
    if upload.state != UploadState::Expected {
        return Err(StatusCode::CONFLICT);
    }
    let length: Option<u64> = header(CONTENT_LENGTH).and_then(|value| value.parse().ok());
    match length {
        None => return Err(StatusCode::LENGTH_REQUIRED),
        Some(length) if length > upload.bytes => return Err(StatusCode::PAYLOAD_TOO_LARGE),
        Some(length) if length < upload.bytes => return Err(StatusCode::BAD_REQUEST),
        Some(_) => {}
    }
    // A type that is left out, or said as broadly as possible, is the announced one.
    match header(CONTENT_TYPE) {
        None | Some("application/octet-stream") => Ok(()),
        Some(given) if given.eq_ignore_ascii_case(&upload.content_type) => Ok(()),
        Some(_) => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    }
}

/// A file that is being put, until it is there or its place is given back.
struct Coming<'put> {
    uploads: &'put Uploads,
    id: &'put str,
    done: bool,
}

impl Coming<'_> {
    async fn finish(mut self) -> crate::domain::Result<()> {
        self.uploads.finish(self.id).await?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let (uploads, id) = (self.uploads.clone(), self.id.to_owned());
        tokio::spawn(async move {
            let (_, part) = uploads.places(&id);
            let _there_may_be_none = fs::remove_file(part).await;
            if let Err(error) = uploads.give_up(&id).await {
                tracing::warn!(%error, "a file that did not come whole cannot be put again");
            }
        });
    }
}

enum Broken {
    /// It sent too little or too much, or went.
    Client,
    Disk(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

async fn receive(uploads: &Uploads, id: &str, bytes: u64, mut body: Body) -> Result<(), Broken> {
    let (whole, part) = uploads.places(id);
    fs::create_dir_all(uploads.folder()).await?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&part)
        .await?;
    let mut left = bytes;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Broken::Client) };
        let Ok(chunk) = frame.into_data() else { continue };
        left = left.checked_sub(chunk.len() as u64).ok_or(Broken::Client)?;
        file.write_all(&chunk).await?;
    }
    if left > 0 {
        return Err(Broken::Client);
    }
    // Acknowledged means durable, also for files.
    file.sync_all().await?;
    fs::rename(&part, &whole).await?;
    File::open(uploads.folder()).await?.sync_all().await?;
    Ok(())
}

async fn get(uploads: &Uploads, id: &str, upload: &Upload, head: &Parts) -> Response {
    if upload.state != UploadState::Stored {
        return status(StatusCode::NOT_FOUND);
    }
    let etag = format!("\"{id}\"");
    let headers = &head.headers;
    let is_same = |name: HeaderName| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes() == etag.as_bytes())
    };
    if is_same(http::header::IF_NONE_MATCH) {
        return status(StatusCode::NOT_MODIFIED);
    }
    let may_be_part = !headers.contains_key(http::header::IF_RANGE) || is_same(http::header::IF_RANGE);
    let range = headers.get(RANGE).filter(|_| may_be_part);
    let wanted = Wanted::read(range.and_then(|range| range.to_str().ok()), upload.bytes);
    let (code, part) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..upload.bytes),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Nothing => {
            let mut refused = status(StatusCode::RANGE_NOT_SATISFIABLE);
            set(&mut refused, CONTENT_RANGE, &format!("bytes */{}", upload.bytes));
            return refused;
        }
    };
    let length = part.end - part.start;
    let body = if head.method == Method::HEAD {
        Body::empty()
    } else {
        match open(uploads, id, part.start).await {
            Ok(file) => read(file, length),
            Err(error) => {
                tracing::warn!(%error, "an uploaded file is not there");
                return status(StatusCode::NOT_FOUND);
            }
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = code;
    if code == StatusCode::PARTIAL_CONTENT {
        let told = format!("bytes {}-{}/{}", part.start, part.end - 1, upload.bytes);
        set(&mut response, CONTENT_RANGE, &told);
    }
    let disposition = if is_shown(&upload.content_type) {
        "inline"
    } else {
        "attachment"
    };
    for (name, value) in [
        (CONTENT_LENGTH, &*length.to_string()),
        (CONTENT_TYPE, &upload.content_type),
        (CONTENT_DISPOSITION, disposition),
        (ETAG, &etag),
        (ACCEPT_RANGES, "bytes"),
        (CACHE_CONTROL, "private, max-age=86400, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    ] {
        set(&mut response, name, value);
    }
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// What browsers may show beside other content: pictures, sound and films, but no pictures that hold scripts.
fn is_shown(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let kind = essence.split('/').next().unwrap_or_default();
    // Whatever is XML may be a page, by whatever name (RFC 7303 §4.2).
    let may_be_page = essence.starts_with("image/svg") || essence.ends_with("+xml") || essence.ends_with("/xml");
    matches!(kind, "image" | "audio" | "video") && !may_be_page
}

async fn open(uploads: &Uploads, id: &str, start: u64) -> io::Result<File> {
    let (whole, _) = uploads.places(id);
    let mut file = File::open(whole).await?;
    file.seek(io::SeekFrom::Start(start)).await?;
    Ok(file)
}

/// The next `length` bytes of a file, a chunk at a time.
fn read(file: File, length: u64) -> Body {
    Body::from_stream(stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok::<_, io::Error>(None);
        }
        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; most];
        let got = file.read(&mut chunk).await?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(got);
        Ok(Some((Bytes::from(chunk), (file, left - got as u64))))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_act_is_shown_in_place() {
        for (content_type, expected) in [
            ("image/png", true),
            ("IMAGE/JPEG; x=y", true),
            ("audio/ogg", true),
            ("video/mp4", true),
            ("image/svg+xml", false),
            ("Image/SVG", false),
            ("image/x+XML; a=b", false),
            ("image/xml", false),
            ("text/html", false),
            ("application/pdf", false),
        ] {
            assert_eq!(is_shown(content_type), expected, "{content_type}");
        }
    }
}
