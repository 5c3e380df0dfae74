//! The event loop of the screen, and all that it does outside of the state: terminal, clipboard, programs, tasks.
//!
//! [`run`] is the loop. It takes input before results, so that progress cannot starve the cancel key, and
//! draws only when no message waits.

#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants
)]

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
use ratatui::backend::{Backend, ClearType};

use self::clipboard::TerminalCopy;
use self::worker::TerminalEffect;
use crate::app::App;
use crate::app::effect::{Draft, Effect, Mouse, Outside};
use crate::app::msg::Msg;
use crate::domain::failure::{Failure, FailureKind};
use crate::ui::{Theme, draw};

pub use worker::{Activity, LARGE_REPLY, Source, Worker, WorkerSetup};

/// The interval of [`Msg::Tick`] while something runs.
const TICK: Duration = Duration::from_millis(100);
/// How many messages are handled before a draw, so that a flood of them cannot stop the drawing.
const MAX_BATCH: usize = 500;

/// What the loop needs of the terminal besides drawing and input.
pub trait Host {
    /// Writes an escape sequence that draws nothing, such as the clipboard's.
    fn write(&mut self, sequence: &str) -> std::io::Result<()>;
    /// Releases the terminal, stops the process, and acquires the terminal again when it is continued.
    fn suspend(&mut self) -> std::io::Result<()>;
    /// Takes the mouse, or leaves it to the terminal.
    fn use_mouse(&mut self, _: Mouse) -> std::io::Result<()> {
        Ok(())
    }
    /// Is ready when the process was stopped by somebody else and continued; the terminal was acquired again then.
    fn poll_continued(&mut self, _: &mut std::task::Context<'_>) -> Poll<()> {
        Poll::Pending
    }
    /// Releases the terminal to another program until that ends, and acquires it again. Returns what was run.
    fn run_program(
        &mut self,
        program: Outside,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<String>> + '_>>;
    /// The same with the user's editor on a text. Returns the text that it has left; nothing if it ended with an error.
    fn edit_text(
        &mut self,
        draft: Draft,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Option<String>>> + '_>>;
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user quit, with this exit code.
    Quit(u8),
    /// The stream of input has ended, so nothing can be asked of the program any more.
    InputClosed,
}

/// Runs the loop until it ends. The first frame is drawn before the effects in `first` are started.
///
/// `open_input` opens the stream of the terminal's events. The stream is dropped while another program has the terminal,
/// and opened again afterwards, so that each key reaches the program that it was typed for.
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
    if let Next::Quit(code) = perform(first, terminal, host, worker)? {
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
                invalidate(terminal);
                Some(Msg::Resized)
            }
            msg = worker.next() => Some(msg),
            () = tokio::time::sleep_until(next_tick), if app.is_busy() => {
                next_tick = tokio::time::Instant::now() + TICK;
                Some(Msg::Tick(Instant::now()))
            }
        };
        for handled in 1..=MAX_BATCH {
            if let Some(msg) = msg.take() {
                let effects = app.update(msg);
                match perform(effects, terminal, host, worker)? {
                    Next::Continue => {}
                    Next::Quit(code) => return Ok(Ended::Quit(code)),
                    Next::GiveTerminal(program) => {
                        drop(input);
                        let msg = match program {
                            OtherProgram::Shows(value) => Msg::CameBack {
                                result: host.run_program(*value).await.map_err(not_run),
                            },
                            OtherProgram::Edits(draft) => Msg::EditedText {
                                result: host.edit_text(draft).await.map_err(not_run),
                            },
                        };
                        input = open_input();
                        invalidate(terminal);
                        let effects = app.update(msg);
                        if let Next::Quit(code) = perform(effects, terminal, host, worker)? {
                            return Ok(Ended::Quit(code));
                        }
                    }
                }
            }
            if handled == MAX_BATCH {
                // A further message must not be taken from its channel here: it would be dropped.
                break;
            }
            // Polled with this task's own waker: the stream wakes only the one that polled it last.
            let event = std::future::poll_fn(|context| match input.poll_next_unpin(context) {
                Poll::Ready(event) => Poll::Ready(Some(event)),
                Poll::Pending => Poll::Ready(None),
            });
            msg = match event.await {
                Some(Some(Ok(event))) => translate(event),
                Some(Some(Err(_)) | None) => break,
                None => match worker.try_next() {
                    Some(msg) => Some(msg),
                    None => break,
                },
            };
        }
        paint(terminal, theme, app)?;
    }
}

/// Makes the next draw write every cell, because the host has cleared the screen. Queries nothing of the terminal:
/// its answer would arrive as keys.
fn invalidate<B: Backend>(terminal: &mut Terminal<B>) {
    terminal.swap_buffers();
}

/// Clears the screen and makes the next draw write every cell: a terminal may show what was never written.
fn repaint<B: Backend>(terminal: &mut Terminal<B>) -> Result<(), Failure> {
    terminal
        .backend_mut()
        .clear_region(ClearType::All)
        .map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("The terminal cannot be cleared: {error}"),
            )
        })?;
    invalidate(terminal);
    Ok(())
}

/// What the loop does after effects were started.
enum Next {
    Continue,
    Quit(u8),
    GiveTerminal(OtherProgram),
}

/// A program that the terminal is given to.
enum OtherProgram {
    Shows(Box<Outside>),
    Edits(Draft),
}

fn not_run(error: std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::InvalidData {
        return Failure::new(FailureKind::File, format!("The text is as it was: {error}"));
    }
    Failure::new(
        FailureKind::File,
        format!("The program could not be run: {error}"),
    )
    .hint("Set EDITOR or PAGER to one that is there.")
}

/// Carries out effects: the worker starts its own, those of the terminal are done here.
fn perform<B: Backend>(
    effects: Vec<Effect>,
    terminal: &mut Terminal<B>,
    host: &mut dyn Host,
    worker: &mut Worker,
) -> Result<Next, Failure> {
    let mut next = Next::Continue;
    for effect in effects {
        match worker.start(effect) {
            None => {}
            Some(TerminalEffect::Quit(code)) => return Ok(Next::Quit(code)),
            Some(TerminalEffect::RunProgram(value)) => {
                next = Next::GiveTerminal(OtherProgram::Shows(value));
            }
            Some(TerminalEffect::EditText(draft)) => {
                next = Next::GiveTerminal(OtherProgram::Edits(draft));
            }
            Some(TerminalEffect::Suspend) => {
                host.suspend().map_err(|error| {
                    Failure::new(
                        FailureKind::Internal,
                        format!("The terminal cannot be suspended: {error}"),
                    )
                })?;
                invalidate(terminal);
            }
            Some(TerminalEffect::Repaint) => repaint(terminal)?,
            Some(TerminalEffect::Mouse(mouse)) => host.use_mouse(mouse).map_err(|error| {
                Failure::new(
                    FailureKind::Internal,
                    format!("The mouse cannot be switched: {error}"),
                )
            })?,
            Some(TerminalEffect::Copy(text, what)) => {
                let sequence = clipboard::sequence(&text);
                let is_sent = sequence.is_some_and(|sequence| host.write(&sequence).is_ok());
                let copy = if is_sent {
                    TerminalCopy::Sent
                } else {
                    TerminalCopy::NotSent
                };
                worker.copy(text, what, copy);
            }
        }
    }
    Ok(next)
}

/// Draws; a second time if the measured sizes change what should be visible.
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

fn translate(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Mouse(mouse) => Some(Msg::Mouse(mouse)),
        Event::Paste(text) => Some(Msg::Pasted(text)),
        Event::Resize(..) => Some(Msg::Resized),
        Event::FocusGained | Event::FocusLost => None,
    }
}
