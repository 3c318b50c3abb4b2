//! Errors of the libraries, sorted into the few codes that src/lake maps to error kinds.

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

    pub fn is_not_found(&self) -> bool {
        self.code == Code::NotFound
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

fn code_of_io(error: &io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::NotFound => Code::NotFound,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Code::Denied,
        io::ErrorKind::Unsupported => Code::Unsupported,
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

fn code_of_store(error: &object_store::Error) -> Code {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => Code::NotFound,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => Code::Denied,
        E::NotSupported { .. } | E::NotImplemented { .. } => Code::Unsupported,
        E::InvalidPath { .. } | E::UnknownConfigurationKey { .. } => Code::Invalid,
        _ => io_below(error).map_or(Code::Transient, code_of_io),
    }
}

fn code_of_kernel(error: &KernelError) -> Code {
    use KernelError as E;
    match error {
        E::Backtraced { source, .. } => code_of_kernel(source),
        E::IOError(source) => code_of_io(source),
        E::ObjectStore(source) => code_of_store(source),
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
        _ => Code::Internal,
    }
}

impl From<KernelError> for Failure {
    fn from(error: KernelError) -> Self {
        Self::new(code_of_kernel(&error), &error)
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        Self::new(code_of_store(&error), &error)
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
        Err(Failure::new(Code::Internal, format!("the Delta library panicked: {text}")))
    })
}
