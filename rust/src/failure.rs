//! Errors of the libraries, sorted into the few codes that src/io maps to error kinds.

use std::fmt;
use std::io;
use std::panic::{catch_unwind, AssertUnwindSafe};

use delta_kernel::KernelError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    NotFound,
    Denied,
    Unsupported,
    Invalid,
    Transient,
    UnknownOutcome,
    Corruption,
    Internal,
    Cancelled,
    /// Never reaches C++.
    Taken,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Code::NotFound => "not_found",
            Code::Denied => "denied",
            Code::Unsupported => "unsupported",
            Code::Invalid => "invalid",
            Code::Transient => "transient",
            Code::UnknownOutcome => "unknown_outcome",
            Code::Corruption => "corruption",
            Code::Internal => "internal",
            Code::Cancelled => "cancelled",
            Code::Taken => "taken",
        }
    }
}

#[derive(Debug)]
pub struct Failure {
    code: Code,
    message: String,
}

impl Failure {
    pub fn new(code: Code, message: impl ToString) -> Self {
        Self { code, message: message.to_string() }
    }

    /// An HTTP answer that is not a success, by its status and, where S3 gives one, its error code.
    pub fn of_answer(status: u16, body: &str) -> Self {
        Self::new(code_of_status(status), text_of_answer(status, body))
    }

    /// The name that a write asked for is taken.
    pub fn is_taken(&self) -> bool {
        self.code == Code::Taken
    }

    pub fn may_pass(&self) -> bool {
        self.code == Code::Transient
    }

    pub fn is_not_found(&self) -> bool {
        self.code == Code::NotFound
    }

    /// The error may have come after the work was done, or "taken" may mean by this very call.
    pub fn tells_of_passing(error: &object_store::Error) -> bool {
        matches!(failure_of_store(error).code, Code::Transient | Code::Taken)
    }

    /// A failed write may have happened: what could pass on a read is unknown for a write.
    pub fn of_write(self) -> Self {
        match self.code {
            Code::Transient | Code::NotFound => Self { code: Code::UnknownOutcome, ..self },
            _ => self,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.name(), self.message)
    }
}

/// Of Linux; the standard library has no kinds for them.
const ELOOP: i32 = 40;
const EILSEQ: i32 = 84;

fn code_of_io(error: &io::Error) -> Code {
    use io::ErrorKind as K;
    match (error.kind(), error.raw_os_error()) {
        (K::NotFound, _) => Code::NotFound,
        (K::PermissionDenied | K::ReadOnlyFilesystem, _) => Code::Denied,
        (K::Unsupported, _) => Code::Unsupported,
        // A name that no file system takes: nothing was written, and never will be.
        (K::InvalidFilename | K::NotADirectory | K::IsADirectory, _) => Code::Invalid,
        (K::InvalidInput, Some(_)) | (_, Some(ELOOP | EILSEQ)) => Code::Invalid,
        _ => Code::Transient,
    }
}

/// The first io::Error below `error`, which object_store hides in its sources.
fn io_below<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<io::Error>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

fn code_of_status(status: u16) -> Code {
    match status {
        404 => Code::NotFound,
        401 | 403 => Code::Denied,
        501 => Code::Unsupported,
        300..=499 if status != 408 && status != 409 && status != 429 => Code::Invalid,
        _ => Code::Transient,
    }
}

/// "http=403 SignatureDoesNotMatch: The request signature ...". The rest of the body, which may reveal
/// of the request, is left out.
fn text_of_answer(status: u16, body: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("http={status} {code}: {message}"),
        (Some(code), None) => format!("http={status} {code}"),
        _ => format!("http={status}"),
    }
}

/// Status and body of the answer that `text`, the words of object_store, describes: its error type
/// is not public.
fn answer_in(text: &str) -> Option<(u16, &str)> {
    let (_, rest) = text.split_once("non-2xx status code: ")?;
    let status = rest.get(..3)?.parse().ok()?;
    Some((status, rest))
}

fn failure_of_store(error: &object_store::Error) -> Failure {
    use object_store::Error as E;
    let text = error.to_string();
    let answer = answer_in(&text);
    let code = match error {
        // 409: somebody is writing it at this moment, and may fail.
        E::AlreadyExists { .. } if answer.is_some_and(|(status, _)| status == 409) => {
            Code::Transient
        }
        E::AlreadyExists { .. } => Code::Taken,
        E::NotFound { .. } => Code::NotFound,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => Code::Denied,
        E::NotSupported { .. } | E::NotImplemented { .. } => Code::Unsupported,
        E::InvalidPath { .. } | E::UnknownConfigurationKey { .. } => Code::Invalid,
        _ if text.contains("redirect without LOCATION") => Code::Invalid,
        _ => answer.map_or_else(
            || io_below(error).map_or(Code::Transient, code_of_io),
            |(status, _)| code_of_status(status),
        ),
    };
    match answer {
        Some((status, body)) => Failure::new(code, text_of_answer(status, body)),
        None => Failure::new(code, text),
    }
}

fn code_of_kernel(error: &KernelError) -> Code {
    use KernelError as E;
    match error.without_backtrace() {
        E::IOError(source) => code_of_io(source),
        E::ObjectStore(source) => failure_of_store(source).code,
        E::Reqwest(_) => Code::Transient,
        E::FileNotFound(_) | E::EmptyLog => Code::NotFound,
        E::Unsupported(_) => Code::Unsupported,
        E::InvalidUrl(_) | E::InvalidTableLocation(_) | E::Schema(_) => Code::Invalid,
        // A file that says nonsense, unless it could not be read or written at all.
        E::MalformedJson(_) | E::Arrow(_) | E::Parquet(_) => {
            io_below(error).map_or(Code::Corruption, code_of_io)
        }
        E::MissingMetadata
        | E::MissingProtocol
        | E::MissingMetadataAndProtocol
        | E::InvalidProtocol(_)
        | E::MissingVersion(_)
        | E::StartVersionNotFound { .. }
        | E::InvalidCheckpoint(_)
        | E::InvalidLogPath(_)
        | E::InvalidLogSegment(_)
        | E::DeletionVector(_)
        | E::MissingData(_) => Code::Corruption,
        _ => io_below(error).map_or(Code::Internal, code_of_io),
    }
}

impl From<KernelError> for Failure {
    fn from(error: KernelError) -> Self {
        // Not the stack that it captures where RUST_BACKTRACE is set.
        Self::new(code_of_kernel(&error), error.without_backtrace())
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        failure_of_store(&error)
    }
}

impl From<url::ParseError> for Failure {
    fn from(error: url::ParseError) -> Self {
        Self::new(Code::Invalid, error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Code::Internal, error)
    }
}

pub type Outcome<T> = Result<T, Failure>;

/// Runs `work`; a panic becomes an error, since it must not unwind into C++.
pub fn guarded<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(Failure::new(Code::Internal, format!("the bridge panicked: {text}")))
    })
}
