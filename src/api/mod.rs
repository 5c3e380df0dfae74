//! The client: HTTP, no screens.
//!
//! One place each for the token, for retries, for the shapes on the wire and for the wording of
//! what fails.

mod answer;
mod client;
mod describe;
mod error;
mod execute;
mod http;
mod retry;
#[cfg(test)]
mod tests;
mod token;
mod wire;
mod words;

pub use answer::{Answer, Event, Notify, Setback, Sink, Stream, Validators};
pub use client::Client;
pub use describe::operations as described_operations;
pub use error::{is_error_body, message as said};
pub use retry::{LONGEST_WAIT, RetryPolicy};
