//! Requests of S3 that object_store does not make, signed and sent by its own parts.

use std::ops::Range;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use object_store::client::{HttpConnector, HttpError, HttpRequestBody, ReqwestConnector};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use url::Url;

use crate::failure::{Code, Failure, Outcome};
use crate::settings::S3Parts;

/// UploadPartCopy.
pub async fn copy_part(
    s3: &S3Parts,
    from: &Path,
    to: &Path,
    id: &str,
    number: u64,
    range: Range<u64>,
) -> Outcome<PartId> {
    let invalid = |_| Failure::new(Code::Invalid, "the name cannot be used in a header");
    let source = HeaderValue::from_str(&copy_source(s3, from)?).map_err(invalid)?;
    let bytes = format!("bytes={}-{}", range.start, range.end - 1);
    let options = SignedUrlOptions::default()
        .with_query([("partNumber", number.to_string()), ("uploadId", id.to_string())])
        .with_signed_header(HeaderName::from_static("x-amz-copy-source"), source)
        .with_signed_header(
            HeaderName::from_static("x-amz-copy-source-range"),
            HeaderValue::from_str(&bytes).map_err(invalid)?,
        );
    let text = send(s3, Method::PUT, to, options).await?;
    // An answer that began well may end in an error.
    let missing = || Failure::new(Code::Transient, format!("no ETag of a copied part: {text}"));
    Ok(PartId { content_id: element(&text, "ETag").ok_or_else(missing)? })
}

/// `/bucket/key`, percent-encoded.
fn copy_source(s3: &S3Parts, key: &Path) -> Outcome<String> {
    let mut url = Url::parse("s3://x")?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(&s3.bucket).extend(key.as_ref().split('/'));
    }
    // A plus is a blank for those who decode it as a form.
    Ok(url.path().replace('+', "%2B"))
}

/// The answer to a GET request to the bucket.
pub async fn ask(s3: &S3Parts, query: Vec<(String, String)>) -> Outcome<String> {
    send(s3, Method::GET, &Path::default(), SignedUrlOptions::default().with_query(query)).await
}

/// The answer to a request without a body.
async fn send(
    s3: &S3Parts,
    method: Method,
    path: &Path,
    options: SignedUrlOptions,
) -> Outcome<String> {
    // No error may show the URL: it is signed.
    let lost = |error: HttpError| Failure::new(Code::Transient, format!("{:?}", error.kind()));
    let valid_for = Duration::from_secs(60);
    let url = s3.store.signed_url_opts(method.clone(), path, valid_for, &options).await?;
    let mut request = http::Request::builder()
        .method(method)
        .uri(url.as_str())
        .body(HttpRequestBody::empty())
        .map_err(|_| Failure::new(Code::Internal, "no request could be made"))?;
    request.headers_mut().extend(options.signed_headers);
    let client = ReqwestConnector::default().connect(&s3.client)?;
    let answer = client.execute(request).await.map_err(lost)?;
    let status = answer.status();
    let body = answer.into_body().bytes().await.map_err(lost)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    if status.is_success() {
        return Ok(text);
    }
    Err(Failure::of_answer(status.as_u16(), &text))
}

/// The contents of the XML elements `name`; S3's answers nest none in its like and have no
/// attributes on those asked for here.
pub fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(open.as_str()).skip(1).filter_map(|rest| rest.split(close.as_str()).next()).collect()
}

pub fn element(xml: &str, name: &str) -> Option<String> {
    let text = elements(xml, name).into_iter().next()?;
    // `&amp;` last: what it gives is text.
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    Some(pairs.iter().fold(text.to_string(), |text, (from, to)| text.replace(from, to)))
}
