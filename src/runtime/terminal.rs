//! The terminal of the process: acquired at the start, released however the program ends.

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
use super::editor::{edit, show};
use super::keyboard::{self, Keyboard};
use super::{Ended, Host, Worker, run};
use crate::app::App;
use crate::app::effect::{Draft, Effect, Mouse, Outside};
use crate::domain::failure::{Failure, FailureKind};
use crate::ui::Theme;

/// If drawing fails because the terminal is gone, the signal that reports it arrives within this time.
const SIGNAL_GRACE: Duration = Duration::from_millis(200);

/// Whether the mouse is left to the terminal.
static MOUSE_IS_LEFT: AtomicBool = AtomicBool::new(false);
/// Whether this program has the terminal, so that a second release does nothing.
static ACQUIRED: AtomicBool = AtomicBool::new(false);
/// Whether another program has the terminal: Ctrl-C is meant for that one.
static PROGRAM_RUNS: AtomicBool = AtomicBool::new(false);
/// Whether signals of the keyboard are meant for another program. It ends later than [`PROGRAM_RUNS`]: a key that was
/// pressed while the program ran may reach the thread that receives signals after the program has ended.
static KEYBOARD_IS_ELSEWHERE: AtomicBool = AtomicBool::new(false);
/// Raised when another program has ended, behind all signals that were raised while it ran. Ignored by default.
const PROGRAM_ENDED: i32 = signal_hook::consts::SIGURG;

/// Whether the loop has ended; the thread that receives signals waits for it.
static ENDED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
/// How long a signal waits for the end of the loop, which a terminal that takes no output may block.
const LOOP_GRACE: Duration = Duration::from_secs(1);

/// Acquires the terminal: raw mode, the alternate screen, mouse, bracketed paste.
fn acquire() -> std::io::Result<()> {
    enable_raw_mode()?;
    ACQUIRED.store(true, Ordering::SeqCst);
    execute!(
        stdout(),
        EnterAlternateScreen,
        Clear(ClearType::All),
        EnableBracketedPaste,
        cursor::Hide
    )?;
    if MOUSE_IS_LEFT.load(Ordering::SeqCst) {
        return Ok(());
    }
    execute!(stdout(), EnableMouseCapture)
}

/// Releases the terminal. Each step is tried, whether or not the one before has failed.
fn release() {
    if ACQUIRED.swap(false, Ordering::SeqCst) {
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

/// Releases the terminal when it is dropped.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        release();
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
    let is_left = app.session.setup.mouse == Mouse::Left;
    MOUSE_IS_LEFT.store(is_left, Ordering::SeqCst);
    let theme = if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        Theme::Plain
    } else {
        Theme::Sixteen
    };
    let loop_runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(unusable)?;
    with_terminal(|| {
        loop_runtime.block_on(async {
            // Never dropped: its drop would print an error where the terminal is gone. The guard shows the cursor again.
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
                // If the terminal is gone, the signal that reports it will arrive.
                Err(failure) => tokio::time::timeout(SIGNAL_GRACE, signals).await.map_err(|_| failure),
            }
        })
    })
    .map_err(unusable)
    .inspect(|_| {
        *ENDED.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        ENDED.1.notify_all();
    })?
}

/// Acquires the terminal, runs `body`, and releases the terminal, also if `body` panics.
pub fn with_terminal<T>(body: impl FnOnce() -> T) -> std::io::Result<T> {
    restore_on_panic();
    let guard = Guard;
    acquire()?;
    let outcome = body();
    drop(guard);
    Ok(outcome)
}

/// Signals that end the program. The exit code is 128 and the number of the signal.
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

/// Returns whether a signal of the keyboard is meant for another program that has the terminal.
fn is_for_program(signal: i32) -> bool {
    matches!(
        signal,
        signal_hook::consts::SIGINT | signal_hook::consts::SIGQUIT
    ) && KEYBOARD_IS_ELSEWHERE.load(Ordering::SeqCst)
}

/// Takes the keyboard back from another program that has ended.
fn take_keyboard_back() {
    let (own, signal) = (rustix::process::getpid(), rustix::process::Signal::URG);
    // A process may always signal itself; if it may not, a late key is the smaller evil.
    if rustix::process::kill_process(own, signal).is_err() {
        KEYBOARD_IS_ELSEWHERE.store(false, Ordering::SeqCst);
    }
}

/// Returns the exit code for a signal.
fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

/// Waits for a signal that ends the program and returns its exit code. A thread of its own receives the signals: if the loop
/// is blocked by a terminal that takes no more output, the thread ends the program.
fn signals() -> std::io::Result<impl Future<Output = u8>> {
    let (sender, mut codes) = tokio::sync::mpsc::unbounded_channel();
    let mut signals = signal_hook::iterator::Signals::new(ENDING)?;
    signals.add_signal(PROGRAM_ENDED)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever().filter(|signal| !is_for_program(*signal)) {
                if signal == PROGRAM_ENDED {
                    KEYBOARD_IS_ELSEWHERE.store(false, Ordering::SeqCst);
                    continue;
                }
                // If the loop has ended, the program is about to end anyway.
                let _ = sender.send(exit_code(signal));
                let (ended, waiting) = (&ENDED.0, &ENDED.1);
                let guard = ended.lock().unwrap_or_else(PoisonError::into_inner);
                let is_blocked = waiting
                    .wait_timeout_while(guard, LOOP_GRACE, |ended| !*ended)
                    .is_ok_and(|(_, waited)| waited.timed_out());
                if is_blocked {
                    // Leaving the alternate screen is output, and would block, too.
                    let _ = disable_raw_mode();
                    std::process::exit(i32::from(exit_code(signal)));
                }
            }
        })?;
    Ok(async move {
        match codes.recv().await {
            Some(code) => code,
            // The thread ends only with the program.
            None => std::future::pending().await,
        }
    })
}

/// Releases the terminal before a panic of the loop's thread is printed. A panic of a task becomes a
/// failure on the screen, which its message must not overwrite.
fn restore_on_panic() {
    let this = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == this {
            release();
            before(info);
        } else if !ACQUIRED.load(Ordering::SeqCst) {
            before(info);
        }
    }));
}

/// The terminal of the process.
struct Process {
    /// The signal that a stopped process gets when it is continued.
    continued: Signal,
}

impl Host for Process {
    fn write(&mut self, sequence: &str) -> std::io::Result<()> {
        let mut out: Stdout = stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    fn use_mouse(&mut self, mouse: Mouse) -> std::io::Result<()> {
        MOUSE_IS_LEFT.store(mouse == Mouse::Left, Ordering::SeqCst);
        match mouse {
            Mouse::Taken => execute!(stdout(), EnableMouseCapture),
            Mouse::Left => execute!(stdout(), DisableMouseCapture),
        }
    }

    fn suspend(&mut self) -> std::io::Result<()> {
        release();
        let stopped = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
        acquire()?;
        stopped
    }

    fn poll_continued(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self.continued.poll_recv(context) {
            // While another program has the terminal it must not be acquired.
            Poll::Ready(Some(())) if !PROGRAM_RUNS.load(Ordering::SeqCst) => {
                // The shell may have changed the mode, but crossterm assumes that it is still raw, and would not set it.
                let _ = disable_raw_mode();
                // If the terminal is gone, the next draw fails and reports it.
                let _ = acquire();
                Poll::Ready(())
            }
            Poll::Ready(_) | Poll::Pending => Poll::Pending,
        }
    }

    fn run_program(
        &mut self,
        program: Outside,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<String>> + '_>> {
        Box::pin(without_terminal(move || show(&program)))
    }

    fn edit_text(
        &mut self,
        draft: Draft,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Option<String>>> + '_>> {
        Box::pin(without_terminal(move || edit(&draft)))
    }
}

/// Releases the terminal to another program, which `run` runs until it ends, and acquires it again.
async fn without_terminal<T: Send + 'static>(
    run: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    release();
    PROGRAM_RUNS.store(true, Ordering::SeqCst);
    KEYBOARD_IS_ELSEWHERE.store(true, Ordering::SeqCst);
    let ended = tokio::task::spawn_blocking(run).await;
    PROGRAM_RUNS.store(false, Ordering::SeqCst);
    take_keyboard_back();
    acquire()?;
    ended.unwrap_or_else(|error| Err(std::io::Error::other(error.to_string())))
}
