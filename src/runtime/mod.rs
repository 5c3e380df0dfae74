//! The only place with the terminal, the clipboard and the screen's tasks.
//!
//! [`run`] is the loop: input before results, so that progress cannot starve the cancel key, and a
//! draw only when no message waits.

mod bounded;
mod clipboard;
mod editor;
mod keyboard;
mod opener;
pub mod terminal;
mod worker;

use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::app::App;
use crate::app::effect::{Effect, Outside};
use crate::app::msg::Msg;
use crate::domain::failure::{Failure, FailureKind};
use crate::ui::{Theme, draw};

pub use editor::show as show_outside;
pub use worker::{Activity, LARGE_REPLY, Source, Worker, WorkerSetup};

/// How often time is told while something runs.
const TICK: Duration = Duration::from_millis(100);
/// How many messages are taken before a draw, so that a flood cannot hide the screen.
const MOST_AT_ONCE: usize = 500;

/// What the terminal gives and takes besides drawing.
pub trait Host {
    /// Writes an escape sequence that is no drawing, such as the clipboard's.
    fn write(&mut self, sequence: &str) -> std::io::Result<()>;
    /// Gives the terminal back, stops, and takes it again when the user returns.
    fn suspend(&mut self) -> std::io::Result<()>;
    /// Is ready when the program was stopped and goes on; the terminal is taken again then.
    fn poll_continued(&mut self, _: &mut std::task::Context<'_>) -> Poll<()> {
        Poll::Pending
    }
    /// Gives the terminal to another program until it ends, and takes it again. Returns what was run.
    fn outside(
        &mut self,
        outside: Outside,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<String>> + '_>>;
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user ended it, with this exit code.
    Quit(u8),
    /// There is nothing left to read keys from, so nobody left to serve.
    InputClosed,
}

/// Runs the screen until it ends. The first frame is drawn before anything else is started.
///
/// `open_input` opens the stream of the terminal's events; it is ended while another program has the terminal, and
/// opened again after it, so that no key is lost or stolen.
pub async fn run<B, I>(
    terminal: &mut Terminal<B>,
    mut open_input: impl FnMut() -> I,
    host: &mut dyn Host,
    theme: Theme,
    app: &mut App,
    first: Vec<Effect>,
    worker: &mut Worker,
) -> Result<Ended, Failure>
where
    B: Backend,
    I: Stream<Item = std::io::Result<Event>> + Unpin,
{
    paint(terminal, theme, app)?;
    let mut input = open_input();
    if let Done::Quit(code) = perform(first, terminal, host, worker)? {
        return Ok(Ended::Quit(code));
    }
    let mut next_tick = tokio::time::Instant::now() + TICK;
    loop {
        let mut msg = tokio::select! {
            biased;
            event = input.next() => match event {
                Some(Ok(event)) => translate(event),
                Some(Err(_)) | None => return Ok(Ended::InputClosed),
            },
            () = std::future::poll_fn(|context| host.poll_continued(context)) => {
                forget(terminal);
                Some(Msg::Resized)
            }
            msg = worker.next() => Some(msg),
            () = tokio::time::sleep_until(next_tick), if app.is_busy() => {
                next_tick = tokio::time::Instant::now() + TICK;
                Some(Msg::Tick(Instant::now()))
            }
        };
        for taken in 1..=MOST_AT_ONCE {
            if let Some(msg) = msg.take() {
                let effects = app.update(msg);
                match perform(effects, terminal, host, worker)? {
                    Done::All => {}
                    Done::Quit(code) => return Ok(Ended::Quit(code)),
                    Done::Outside(outside) => {
                        drop(input);
                        let result = host.outside(*outside).await;
                        input = open_input();
                        forget(terminal);
                        let failed = |error: std::io::Error| {
                            Failure::new(
                                FailureKind::File,
                                format!("The program could not be run: {error}"),
                            )
                            .hint("Set EDITOR or PAGER to one that is there.")
                        };
                        let effects = app.update(Msg::CameBack {
                            result: result.map_err(failed),
                        });
                        if let Done::Quit(code) = perform(effects, terminal, host, worker)? {
                            return Ok(Ended::Quit(code));
                        }
                    }
                }
            }
            if taken == MOST_AT_ONCE {
                // What comes next is taken after the draw: taken here it would be lost.
                break;
            }
            // Looked at with this task's own waker: the terminal's events wake only who asked last.
            let event = std::future::poll_fn(|context| match input.poll_next_unpin(context) {
                Poll::Ready(event) => Poll::Ready(Some(event)),
                Poll::Pending => Poll::Ready(None),
            });
            msg = match event.await {
                Some(Some(Ok(event))) => translate(event),
                Some(Some(Err(_)) | None) => break,
                None => match worker.waiting() {
                    Some(msg) => Some(msg),
                    None => break,
                },
            };
        }
        paint(terminal, theme, app)?;
    }
}

/// Forgets what is on the screen, which the host has cleared: all of it is painted again. Asks the terminal
/// nothing, for its answer would stand among the keys.
fn forget<B: Backend>(terminal: &mut Terminal<B>) {
    terminal.swap_buffers();
}

/// What is left to do after effects were started.
enum Done {
    All,
    Quit(u8),
    Outside(Box<Outside>),
}

/// Does what must be done.
fn perform<B: Backend>(
    effects: Vec<Effect>,
    terminal: &mut Terminal<B>,
    host: &mut dyn Host,
    worker: &mut Worker,
) -> Result<Done, Failure> {
    let mut done = Done::All;
    for effect in effects {
        match effect {
            Effect::Quit(code) => return Ok(Done::Quit(code)),
            Effect::Outside(outside) => done = Done::Outside(outside),
            Effect::Suspend => {
                host.suspend()
                    .map_err(|error| broken("suspended", &error))?;
                forget(terminal);
            }
            Effect::Copy { text, what } => {
                let sequence = clipboard::sequence(&text);
                let sent = sequence.is_some_and(|sequence| host.write(&sequence).is_ok());
                worker.copy(text, what, sent);
            }
            other => worker.start(other),
        }
    }
    Ok(done)
}

/// Draws; once more if what was measured changes what should be seen.
fn paint<B: Backend>(
    terminal: &mut Terminal<B>,
    theme: Theme,
    app: &mut App,
) -> Result<(), Failure> {
    for _ in 0..2 {
        let mut sizes = None;
        terminal
            .draw(|frame| sizes = Some(draw(app, theme, frame)))
            .map_err(|error| {
                Failure::new(
                    FailureKind::Internal,
                    format!("The terminal cannot be drawn on: {error}"),
                )
            })?;
        if !sizes.is_some_and(|sizes| app.measured(sizes)) {
            break;
        }
    }
    Ok(())
}

fn broken(deed: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Internal,
        format!("The terminal cannot be {deed}: {error}"),
    )
}

fn translate(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Mouse(mouse) => Some(Msg::Mouse(mouse)),
        Event::Paste(text) => Some(Msg::Pasted(text)),
        Event::Resize(..) => Some(Msg::Resized),
        Event::FocusGained | Event::FocusLost => None,
    }
}
