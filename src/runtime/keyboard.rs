//! Input from the terminal, read in a thread of its own and without blocking. An incomplete escape sequence delays the next
//! key and nothing else.
//!
//! For this, standard input is opened again as a non-blocking file by the terminal's name. The flag belongs to the open file,
//! which is shared with the shell and must stay as it is there. The original standard input is kept for programs that are
//! started, and to be read where it is a pipe.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use crossterm::event::{Event, EventStream, MouseEventKind};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The largest number of events that are read in one batch.
const MAX_EVENTS: usize = 1000;
/// How long a further event of a batch is waited for.
const POLL_TIMEOUT: Duration = Duration::from_micros(50);

/// Standard input as it was before it was opened again.
static ORIGINAL_INPUT: OnceLock<OwnedFd> = OnceLock::new();

/// Opens standard input again as a non-blocking file. Further calls do nothing.
pub(super) fn open() -> std::io::Result<()> {
    if ORIGINAL_INPUT.get().is_some() {
        return Ok(());
    }
    let stdin = std::io::stdin();
    let own = rustix::termios::ttyname(stdin.as_fd(), Vec::new())
        .ok()
        .and_then(|name| name.into_string().ok());
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let open = |path: &str| {
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits() as i32)
            .open(path)
    };
    // If standard input is a pipe, the controlling terminal is used.
    let terminal = open(own.as_deref().unwrap_or("/dev/tty")).or_else(|_| open("/dev/tty"))?;
    let before = stdin.as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(&terminal)?;
    // The check at the top has shown that it is not set.
    let _ = ORIGINAL_INPUT.set(before);
    Ok(())
}

/// Returns a reader of the standard input that the program was started with.
pub(super) fn standard_input() -> std::io::Result<Box<dyn Read + Send>> {
    Ok(match ORIGINAL_INPUT.get() {
        Some(before) => Box::new(File::from(before.try_clone()?)),
        None => Box::new(std::io::stdin()),
    })
}

/// Returns the terminal as the standard input of a program that is started: blocking, as usual.
pub(super) fn for_programs() -> std::io::Result<Stdio> {
    Ok(match ORIGINAL_INPUT.get() {
        Some(before) if rustix::termios::isatty(before) => Stdio::from(before.try_clone()?),
        Some(_) => Stdio::from(File::open("/dev/tty")?),
        None => Stdio::inherit(),
    })
}

/// The events of the terminal, read by a thread of its own. A drop waits for the end of the thread, so that it reads no key
/// that is meant for the next program.
pub(super) struct Keyboard {
    events: UnboundedReceiver<std::io::Result<Event>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    /// Starts to read.
    pub(super) fn start() -> Keyboard {
        let (sender, events) = unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let failed = sender.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let thread = std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || match runtime {
                Ok(runtime) => runtime.block_on(read(&sender, stopped)),
                // The one silent case: the loop has ended.
                Err(error) => drop(sender.send(Err(error))),
            });
        let thread = thread.map_err(|error| drop(failed.send(Err(error)))).ok();
        Keyboard {
            events,
            stop: Some(stop),
            thread,
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        // The thread may have ended before, if the terminal is gone.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Stream for Keyboard {
    type Item = std::io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(context)
    }
}

/// Reads until it is stopped or the terminal is gone. Mouse movements have no meaning here and are left out.
async fn read(
    sender: &UnboundedSender<std::io::Result<Event>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut stream = EventStream::new();
    loop {
        let first = tokio::select! {
            biased;
            _ = &mut stopped => return,
            event = stream.next() => event,
        };
        let Some(first) = first else { return };
        let is_gone = first.is_err();
        if send(sender, first).is_err() || is_gone {
            return;
        }
        // The stream alone returns one event a wakeup, so that pasted or repeated keys would cost a frame each. A timeout of
        // zero would not see the events that were read already.
        for _ in 0..MAX_EVENTS {
            match crossterm::event::poll(POLL_TIMEOUT) {
                Ok(true) => {
                    if send(sender, crossterm::event::read()).is_err() {
                        return;
                    }
                }
                Ok(false) => break,
                Err(error) => {
                    let _ = send(sender, Err(error));
                    return;
                }
            }
        }
    }
}

/// Sends an event to the loop. Fails if the loop has ended.
fn send(
    sender: &UnboundedSender<std::io::Result<Event>>,
    event: std::io::Result<Event>,
) -> Result<(), ()> {
    let is_movement =
        matches!(&event, Ok(Event::Mouse(mouse)) if matches!(mouse.kind, MouseEventKind::Moved));
    if is_movement {
        Ok(())
    } else {
        sender.send(event).map_err(|_| ())
    }
}
