//! One test program: the rules of the house, the client, the screen, the commands, the process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly"
)]

mod answers;
mod architecture;
mod batches;
mod cases;
mod chaos;
mod client;
mod commands;
mod contrast;
mod downloads;
mod each;
mod each_screen;
mod encoded;
mod exports;
mod fetching;
mod hostile;
mod journeys;
mod keys;
mod nasty;
mod nearly;
mod outcomes;
mod outputs;
mod pages;
mod process;
mod reading;
mod redirects;
mod resumes;
mod screens;
mod screens_each;
mod screens_files;
mod screens_names;
mod secrets;
mod support;
mod tables;
mod turning;
mod unlisted;
mod valid;
mod wire;
