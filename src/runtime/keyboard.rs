//! Reading the terminal: in a thread of its own, and never so that a read can hold anybody. Half of an input sequence keeps
//! the next key waiting and nothing else.
//!
//! Standard input is opened again for that, by the terminal's name and without waiting: the flag belongs to the open file,
//! which the shell that started us has, too, and must keep as it is. What was standard input before is kept for the
//! programs that we start, and to be read where it is a pipe.

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

/// So many events are taken at once.
const MOST_EVENTS: usize = 1000;
/// How long one looks for a further event.
const GLANCE: Duration = Duration::from_micros(50);

/// Standard input as it was before it was opened again.
static BEFORE: OnceLock<OwnedFd> = OnceLock::new();

/// Opens standard input again, to be read without waiting; once.
pub(super) fn open() -> std::io::Result<()> {
    if BEFORE.get().is_some() {
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
    // Where input is piped into us the terminal is the one that we are in.
    let terminal = open(own.as_deref().unwrap_or("/dev/tty")).or_else(|_| open("/dev/tty"))?;
    let before = stdin.as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(&terminal)?;
    // It was looked at above that it is not set.
    let _ = BEFORE.set(before);
    Ok(())
}

/// Returns what was standard input when the program was started, to be read.
pub(super) fn standard_input() -> std::io::Result<Box<dyn Read + Send>> {
    Ok(match BEFORE.get() {
        Some(before) => Box::new(File::from(before.try_clone()?)),
        None => Box::new(std::io::stdin()),
    })
}

/// Returns the terminal as a program that we start is to read it: waiting, as usual.
pub(super) fn for_programs() -> std::io::Result<Stdio> {
    Ok(match BEFORE.get() {
        Some(before) if rustix::termios::isatty(before) => Stdio::from(before.try_clone()?),
        Some(_) => Stdio::from(File::open("/dev/tty")?),
        None => Stdio::inherit(),
    })
}

/// The events of the terminal, read by a thread of its own. Dropped, the thread has ended before anything else is done: it
/// takes no key from whoever has the terminal then.
pub(super) struct Keyboard {
    events: UnboundedReceiver<std::io::Result<Event>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    /// Begins to read.
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
        // The thread may have ended by itself, where the terminal is gone.
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

/// Reads until it is to stop or the terminal is gone. Mouse movements say nothing to us and are left out.
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
        let is_over = first.is_err();
        if send(sender, first).is_err() || is_over {
            return;
        }
        // All that waits is taken at once: the stream alone gives one a wakeup, and keys that were pasted or repeat fast would
        // be a frame each. A wait of no time at all would not look at what was read already.
        for _ in 0..MOST_EVENTS {
            match crossterm::event::poll(GLANCE) {
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

/// Fails if the loop has ended.
fn send(
    sender: &UnboundedSender<std::io::Result<Event>>,
    event: std::io::Result<Event>,
) -> Result<(), ()> {
    let moved =
        matches!(&event, Ok(Event::Mouse(mouse)) if matches!(mouse.kind, MouseEventKind::Moved));
    if moved {
        Ok(())
    } else {
        sender.send(event).map_err(|_| ())
    }
}
