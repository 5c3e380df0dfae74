//! The terminal: taken at the start, given back on every way out.

use std::io::{IsTerminal as _, Stdout, Write as _, stdout};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::signal::unix::{Signal, SignalKind};

use super::bounded::Bounded;
use super::editor::show;
use super::keyboard::{self, Keyboard};
use super::{Ended, Host, Worker, run};
use crate::app::App;
use crate::app::effect::{Effect, Outside};
use crate::domain::failure::{Failure, FailureKind};
use crate::ui::Theme;

/// A signal that says why the terminal cannot be drawn on comes within this time.
const SIGNAL_COMES: Duration = Duration::from_millis(200);

/// Whether the terminal is ours, so that giving it back twice does nothing.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether another program has the terminal: Ctrl-C is for it, not for us.
static OUTSIDE: AtomicBool = AtomicBool::new(false);

/// Whether the loop has ended, which the thread that hears signals waits for.
static ENDED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
/// A loop that a terminal holds is waited for this long.
const LOOP_ENDS: Duration = Duration::from_secs(1);

/// Takes the terminal: raw mode, the alternate screen, mouse, bracketed paste.
fn take() -> std::io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        stdout(),
        EnterAlternateScreen,
        Clear(ClearType::All),
        EnableMouseCapture,
        EnableBracketedPaste,
        cursor::Hide
    )
}

/// Gives the terminal back. Each step is tried, whatever became of the one before.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            DisableBracketedPaste,
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show
        );
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
        Failure::new(
            FailureKind::Input,
            format!("There is no terminal to draw on: {error}"),
        )
        .hint("Use a command instead: airscope --help")
    };
    if !stdout().is_terminal() {
        return Err(Failure::new(
            FailureKind::Input,
            "The screen needs a terminal, and standard output is none",
        )
        .hint("Use a command instead: airscope --help"));
    }
    keyboard::open().map_err(unusable)?;
    let theme = if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        Theme::Plain
    } else {
        Theme::Sixteen
    };
    let loop_runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(unusable)?;
    hold(|| {
        loop_runtime.block_on(async {
            // What shows the cursor again is the guard: its own end would tell a terminal that is gone that it is gone.
            let mut terminal = ManuallyDrop::new(Terminal::new(Bounded(CrosstermBackend::new(stdout()))).map_err(unusable)?);
            let mut signals = std::pin::pin!(signals().map_err(unusable)?);
            let continued = tokio::signal::unix::signal(SignalKind::from_raw(signal_hook::consts::SIGCONT)).map_err(unusable)?;
            let mut process = Process { continued };
            let ended = tokio::select! {
                code = &mut signals => return Ok(code),
                ended = run(&mut *terminal, Keyboard::start, &mut process, theme, app, first, worker) => ended,
            };
            match ended {
                Ok(Ended::Quit(code)) => Ok(code),
                Ok(Ended::InputClosed) => Ok(0),
                // If the terminal is gone the signal that says so is on its way.
                Err(failure) => tokio::time::timeout(SIGNAL_COMES, signals).await.map_err(|_| failure),
            }
        })
    })
    .map_err(unusable)
    .inspect(|_| {
        *ENDED.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        ENDED.1.notify_all();
    })?
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

/// Signals that end the program, each with its exit code of 128 and its number.
const ENDING: [i32; 11] = [
    signal_hook::consts::SIGINT,
    signal_hook::consts::SIGTERM,
    signal_hook::consts::SIGHUP,
    signal_hook::consts::SIGQUIT,
    signal_hook::consts::SIGABRT,
    signal_hook::consts::SIGUSR1,
    signal_hook::consts::SIGUSR2,
    signal_hook::consts::SIGALRM,
    signal_hook::consts::SIGVTALRM,
    signal_hook::consts::SIGPROF,
    signal_hook::consts::SIGXCPU,
];

/// Returns whether a signal of the keyboard is for the program that has the terminal, not for us.
fn is_for_another(signal: i32) -> bool {
    matches!(
        signal,
        signal_hook::consts::SIGINT | signal_hook::consts::SIGQUIT
    ) && OUTSIDE.load(Ordering::SeqCst)
}

/// Returns the exit code that tells of a signal.
fn code_of(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

/// Waits for a signal that ends the program and returns its exit code. A thread of its own hears them: should the loop be
/// held by a terminal that takes no more output, it ends the program without it.
fn signals() -> std::io::Result<impl Future<Output = u8>> {
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let mut signals = signal_hook::iterator::Signals::new(ENDING)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever().filter(|signal| !is_for_another(*signal)) {
                // If the loop has ended already the program does so, too.
                let _ = sender.send(code_of(signal));
                let (ended, waiting) = (&ENDED.0, &ENDED.1);
                let guard = ended.lock().unwrap_or_else(PoisonError::into_inner);
                let held = waiting
                    .wait_timeout_while(guard, LOOP_ENDS, |ended| !*ended)
                    .is_ok_and(|(_, waited)| waited.timed_out());
                if held {
                    // What shows the screen of before would wait for the terminal like everything else.
                    let _ = disable_raw_mode();
                    std::process::exit(i32::from(code_of(signal)));
                }
            }
        })?;
    Ok(async move {
        match heard.recv().await {
            Some(code) => code,
            // The thread ends only with the program.
            None => std::future::pending().await,
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
struct Process {
    /// The signal that says that we were stopped, and go on.
    continued: Signal,
}

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

    fn poll_continued(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self.continued.poll_recv(context) {
            // While another program has the terminal it is not ours to take.
            Poll::Ready(Some(())) if !OUTSIDE.load(Ordering::SeqCst) => {
                // The shell may have set another mode meanwhile, of which nobody here knows.
                let _ = disable_raw_mode();
                // A terminal that cannot be taken is gone: drawing on it says so.
                let _ = take();
                Poll::Ready(())
            }
            Poll::Ready(_) | Poll::Pending => Poll::Pending,
        }
    }

    fn run_program(
        &mut self,
        program: Outside,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<String>> + '_>> {
        Box::pin(async move {
            give_back();
            OUTSIDE.store(true, Ordering::SeqCst);
            let shown = tokio::task::spawn_blocking(move || show(&program)).await;
            OUTSIDE.store(false, Ordering::SeqCst);
            take()?;
            shown.unwrap_or_else(|error| Err(std::io::Error::other(error.to_string())))
        })
    }
}
