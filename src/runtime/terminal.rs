//! The terminal: taken at the start, given back on every way out.

use std::collections::VecDeque;
use std::io::{Stdout, Write as _, stdout};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event, EventStream};
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::outside::show;
use super::{Ended, Host, Worker, run};
use crate::app::App;
use crate::app::effect::{Effect, Outside};
use crate::domain::failure::{Failure, FailureKind};
use crate::ui::Theme;

/// So many events are taken at once.
const MOST_EVENTS: usize = 1000;
/// How long one looks for a further event.
const GLANCE: Duration = Duration::from_micros(50);

/// A signal that says why the terminal cannot be drawn on comes within this time.
const SIGNAL_COMES: Duration = Duration::from_millis(200);

/// Whether the terminal is ours, so that giving it back twice does nothing.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether another program has the terminal: Ctrl-C is for it, not for us.
static OUTSIDE: AtomicBool = AtomicBool::new(false);

/// Takes the terminal: raw mode, the alternate screen, mouse, bracketed paste.
fn take() -> std::io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
}

/// Gives the terminal back. Each step is tried, whatever became of the one before.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// Gives the terminal back when it goes.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Runs the screen on the terminal of the process. Returns the exit code.
pub fn screen(app: &mut App, first: Vec<Effect>, worker: &mut Worker) -> Result<u8, Failure> {
    let unusable = |error: std::io::Error| {
        Failure::new(FailureKind::Internal, format!("There is no terminal to draw on: {error}"))
            .hint("Use a command instead: airscope --help")
    };
    let theme = if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) { Theme::Plain } else { Theme::Sixteen };
    let loop_runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
    hold(|| {
        loop_runtime.block_on(async {
            // What shows the cursor again is the guard: its own end would tell a terminal that is gone that it is gone.
            let mut terminal = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(stdout())).map_err(unusable)?);
            let mut signals = std::pin::pin!(signals().map_err(unusable)?);
            let mut process = Process;
            let ended = tokio::select! {
                code = &mut signals => return Ok(code),
                ended = run(&mut *terminal, input, &mut process, theme, app, first, worker) => ended,
            };
            match ended {
                Ok(Ended::Quit(code)) => Ok(code),
                Ok(Ended::InputClosed) => Ok(0),
                // If the terminal is gone the signal that says so is on its way.
                Err(failure) => tokio::time::timeout(SIGNAL_COMES, signals).await.map_err(|_| failure),
            }
        })
    })
    .map_err(unusable)?
}

/// Takes the terminal, runs a body, and gives the terminal back, also if the body panics.
pub fn hold<T>(body: impl FnOnce() -> T) -> std::io::Result<T> {
    restore_on_panic();
    let guard = Guard;
    take()?;
    let outcome = body();
    drop(guard);
    Ok(outcome)
}

/// Returns the events of the terminal. Mouse movements say nothing to us and are left out.
fn input() -> impl Stream<Item = std::io::Result<Event>> + Unpin {
    Events { stream: EventStream::new(), ready: VecDeque::new() }.filter(|event| {
        let moved = matches!(event, Ok(Event::Mouse(mouse)) if matches!(mouse.kind, crossterm::event::MouseEventKind::Moved));
        std::future::ready(!moved)
    })
}

/// The events of the terminal, all that wait taken at once: the stream alone gives one a wakeup, and keys that
/// were pasted or repeat fast would be a frame each.
struct Events {
    stream: EventStream,
    ready: VecDeque<Event>,
}

impl Stream for Events {
    type Item = std::io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let first = Pin::new(&mut self.stream).poll_next(context);
        if matches!(first, Poll::Ready(Some(Ok(_)))) {
            // A wait of no time at all would not look at what was read already.
            while self.ready.len() < MOST_EVENTS && crossterm::event::poll(GLANCE)? {
                let event = crossterm::event::read()?;
                self.ready.push_back(event);
            }
        }
        first
    }
}

/// Waits for a signal that ends the program and returns its exit code.
fn signals() -> std::io::Result<impl Future<Output = u8>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        let interrupted = async { while interrupt.recv().await.is_some() && OUTSIDE.load(Ordering::SeqCst) {} };
        tokio::select! {
            () = interrupted => 130,
            _ = terminate.recv() => 143,
            _ = hangup.recv() => 129,
        }
    })
}

/// Restores the terminal before a panic of the loop's thread is told. A panic of a task becomes a
/// failure on the screen; its message must not be written over it.
fn restore_on_panic() {
    let this = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == this {
            give_back();
            before(info);
        } else if !TAKEN.load(Ordering::SeqCst) {
            before(info);
        }
    }));
}

/// The terminal of the process.
struct Process;

impl Host for Process {
    fn write(&mut self, sequence: &str) -> std::io::Result<()> {
        let mut out: Stdout = stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    fn suspend(&mut self) -> std::io::Result<()> {
        give_back();
        let stopped = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
        take()?;
        stopped
    }

    fn outside(&mut self, outside: Outside) -> Pin<Box<dyn Future<Output = std::io::Result<String>> + '_>> {
        Box::pin(async move {
            // The thread of the events that ended lets go of the terminal; what it has read is read by the next.
            crossterm::event::poll(Duration::ZERO)?;
            give_back();
            OUTSIDE.store(true, Ordering::SeqCst);
            let shown = tokio::task::spawn_blocking(move || show(&outside)).await;
            OUTSIDE.store(false, Ordering::SeqCst);
            take()?;
            shown.unwrap_or_else(|error| Err(std::io::Error::other(error.to_string())))
        })
    }
}
