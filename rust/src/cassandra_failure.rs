//! Errors of the scylla crate by the codes of this one.

use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError,
    MetadataError, MetadataFetchErrorKind, NewSessionError, PrepareError, RequestAttemptError,
};

use crate::failure::{Code, Failure};

fn code_of_answer(error: &DbError) -> Code {
    use DbError as E;
    match error {
        E::AuthenticationError | E::Unauthorized => Code::Denied,
        E::SyntaxError
        | E::Invalid
        | E::ConfigError
        | E::AlreadyExists { .. }
        | E::FunctionFailure { .. } => Code::Invalid,
        _ => Code::Transient,
    }
}

fn of_attempt(error: &RequestAttemptError) -> Failure {
    match error {
        // The server's own words say it best.
        RequestAttemptError::DbError(kind, text) => {
            let code = code_of_answer(kind);
            let whole =
                if code == Code::Transient { format!("{kind}: {text}") } else { text.clone() };
            Failure::new(code, whole)
        }
        RequestAttemptError::SerializationError(_) => Failure::new(Code::Internal, error),
        _ => Failure::new(Code::Transient, error),
    }
}

fn of_connection(error: &ConnectionError) -> Failure {
    match error {
        ConnectionError::ConnectionSetupRequestError(setup) => match &setup.error {
            ConnectionSetupRequestErrorKind::DbError(kind, text) => {
                Failure::new(code_of_answer(kind), text)
            }
            ConnectionSetupRequestErrorKind::MissingAuthentication => {
                Failure::new(Code::Denied, "the server asks for a user and a password")
            }
            other => Failure::new(Code::Transient, other),
        },
        // What TLS does not like: a certificate, an answer that is no TLS.
        ConnectionError::IoError(io) if io.kind() == std::io::ErrorKind::InvalidData => {
            Failure::new(Code::Invalid, format!("TLS: {io}"))
        }
        other => Failure::new(Code::Transient, other),
    }
}

fn of_pool(error: &ConnectionPoolError) -> Failure {
    match error {
        ConnectionPoolError::Broken { last_connection_error } => {
            of_connection(last_connection_error)
        }
        other => Failure::new(Code::Transient, other),
    }
}

fn of_metadata(error: &MetadataError) -> Failure {
    match error {
        MetadataError::ConnectionPoolError(pool) => of_pool(pool),
        MetadataError::FetchError(fetch) => match &fetch.error {
            MetadataFetchErrorKind::PrepareError(attempt) => of_attempt(attempt),
            other => Failure::new(Code::Transient, other),
        },
        other => Failure::new(Code::Transient, other),
    }
}

impl From<NewSessionError> for Failure {
    fn from(error: NewSessionError) -> Self {
        match &error {
            NewSessionError::MetadataError(metadata) => of_metadata(metadata),
            NewSessionError::FailedToResolveAnyHostname(_) => Self::new(Code::Transient, error),
            other => Self::new(Code::Invalid, other),
        }
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        match &error {
            PrepareError::ConnectionPoolError(pool) => of_pool(pool),
            PrepareError::AllAttemptsFailed { first_attempt } => of_attempt(first_attempt),
            other => Self::new(Code::Internal, other),
        }
    }
}

impl From<ExecutionError> for Failure {
    fn from(error: ExecutionError) -> Self {
        match &error {
            ExecutionError::LastAttemptError(attempt) => of_attempt(attempt),
            ExecutionError::ConnectionPoolError(pool) => of_pool(pool),
            ExecutionError::BadQuery(_) => Self::new(Code::Internal, error),
            ExecutionError::EmptyPlan => Self::new(
                Code::Transient,
                "no node can be asked; is the data centre that 'datacenter' names there?",
            ),
            other => Self::new(Code::Transient, other),
        }
    }
}
