//! What the terminal sends: keys, pastes, the mouse, a new size.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{Event, MouseEvent, MouseEventKind};
use futures_util::Stream;

use source::Source;

/// So many events are taken at once.
const MOST_EVENTS: usize = 1000;
/// How long one looks for a further event.
const GLANCE: Duration = Duration::from_micros(50);

/// The events of the terminal, all that wait taken at once: one a wakeup would make a frame of each key that was
/// pasted or repeats fast. Mouse movements say nothing to us and are left out.
pub(super) struct Input {
    /// Nothing is left of it once it has failed.
    source: Option<std::io::Result<Source>>,
    ready: VecDeque<Event>,
    /// Whether some may have been read already that were not taken.
    more: bool,
}

impl Input {
    /// Opens the terminal's events. That it could not be done is told by the first of them.
    pub(super) fn open() -> Input {
        Input { source: Some(Source::open()), ready: VecDeque::new(), more: true }
    }

    /// Takes what waits.
    fn take(&mut self) -> std::io::Result<()> {
        // A wait of no time at all would not look at what was read already.
        while self.ready.len() < MOST_EVENTS && crossterm::event::poll(GLANCE)? {
            self.ready.push_back(crossterm::event::read()?);
        }
        self.more = self.ready.len() == MOST_EVENTS;
        Ok(())
    }
}

impl Stream for Input {
    type Item = std::io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.ready.pop_front() {
                Some(Event::Mouse(MouseEvent { kind: MouseEventKind::Moved, .. })) => continue,
                Some(event) => return Poll::Ready(Some(Ok(event))),
                None => {}
            }
            let more = self.more;
            let came = match &mut self.source {
                None => return Poll::Ready(None),
                Some(Ok(_)) if more => Some(Ok(None)),
                Some(Ok(source)) => match source.poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(came) => came,
                },
                Some(Err(error)) => Some(Err(std::io::Error::from(error.kind()))),
            };
            let taken = match came {
                Some(Ok(first)) => {
                    self.ready.extend(first);
                    self.take()
                }
                Some(Err(error)) => Err(error),
                None => {
                    self.source = None;
                    continue;
                }
            };
            if let Err(error) = taken {
                self.source = None;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

/// On Linux the loop itself waits for the terminal. A thread that waits in its place would have to be woken first, and
/// then wake the loop: where all cores are busy, each of the two takes its turn behind the others.
#[cfg(target_os = "linux")]
mod source {
    use std::fs::File;
    use std::io::IsTerminal as _;
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::time::Duration;

    use crossterm::event::Event;
    use rustix::event::{PollFd, PollFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::time::Sleep;

    /// When the terminal is gone, its signal ends the program; where none comes, the end of the events does, so much
    /// later.
    const NO_SIGNAL: Duration = Duration::from_secs(1);

    pub(super) struct Source {
        terminal: AsyncFd<OwnedFd>,
        resized: Signal,
        gone: Option<Pin<Box<Sleep>>>,
    }

    impl Source {
        /// Opens the terminal that crossterm reads.
        pub(super) fn open() -> std::io::Result<Source> {
            let stdin = std::io::stdin();
            let terminal = if stdin.is_terminal() {
                stdin.as_fd().try_clone_to_owned()?
            } else {
                File::options().read(true).write(true).open("/dev/tty")?.into()
            };
            #[expect(deprecated, reason = "what took its place is unsafe, for types that may change what they own; this one does not")]
            let terminal = AsyncFd::with_interest(terminal, Interest::READABLE)?;
            Ok(Source { terminal, resized: signal(SignalKind::window_change())?, gone: None })
        }

        /// Waits until there is something to be read; nothing if there never will be. Returns an event that is not
        /// among what is read.
        pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<std::io::Result<Option<Event>>>> {
            loop {
                if let Some(gone) = &mut self.gone {
                    ready!(gone.as_mut().poll(context));
                    return Poll::Ready(None);
                }
                if self.resized.poll_recv(context).is_ready() {
                    // Crossterm tells of it, too, if its own handler has been reached: a second time does no harm.
                    return Poll::Ready(Some(crossterm::terminal::size().map(|(width, height)| Some(Event::Resize(width, height)))));
                }
                // Asked directly: what the runtime knows is as old as the last time that nothing was to do.
                let mut asked = [PollFd::new(&self.terminal, PollFlags::IN)];
                let asked = rustix::event::poll(&mut asked, Some(&rustix::event::Timespec::default())).map(|_| asked[0].revents());
                match asked {
                    Ok(state) if state.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => {
                        self.gone = Some(Box::pin(tokio::time::sleep(NO_SIGNAL)));
                        continue;
                    }
                    Ok(state) if state.contains(PollFlags::IN) => return Poll::Ready(Some(Ok(None))),
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Poll::Ready(Some(Err(error.into()))),
                }
                match ready!(self.terminal.poll_read_ready(context)) {
                    // It may be of what was read before; if it is not, the next look tells.
                    Ok(mut guard) => guard.clear_ready(),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
        }
    }
}

/// Elsewhere a thread waits for the terminal, for not every system tells of it otherwise.
#[cfg(not(target_os = "linux"))]
mod source {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use crossterm::event::{Event, EventStream};
    use futures_util::Stream as _;

    pub(super) struct Source(EventStream);

    impl Source {
        pub(super) fn open() -> std::io::Result<Source> {
            Ok(Source(EventStream::new()))
        }

        /// Waits for an event.
        pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<std::io::Result<Option<Event>>>> {
            Pin::new(&mut self.0).poll_next(context).map(|event| event.map(|event| event.map(Some)))
        }
    }
}
