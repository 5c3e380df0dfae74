//! The download queue: which file is next, and the state of each. Pure; whoever downloads the files
//! reports the events.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use super::{DownloadEvent, Progress, SavedFile, Wanted};
use crate::domain::call::Call;
use crate::domain::failure::Failure;
use crate::domain::reply::Pause;

/// The number of files downloaded at a time unless another is set.
pub const JOBS: usize = 2;

/// Identifies a file of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub u64);

/// A file of the queue.
#[derive(Debug, Clone)]
pub struct Item {
    /// Identifies it in the queue.
    pub id: ItemId,
    /// What to download.
    pub wanted: Wanted,
    /// Current state.
    pub state: State,
}

/// The state of a file.
#[derive(Debug, Clone)]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// It is being downloaded.
    Running(Box<Running>),
    /// It is downloaded.
    Done(Box<SavedFile>),
    /// It failed.
    Failed(Box<Failure>),
    /// It was cancelled.
    Cancelled,
}

/// A file that is being downloaded.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Its name, once known.
    pub name: Option<String>,
    /// Its progress.
    pub progress: Progress,
    /// The number of bytes kept from earlier attempts.
    pub have: u64,
    /// Why it waits.
    pub pause: Option<Pause>,
    /// Why it started over.
    pub again: Option<String>,
    /// Whether all bytes are received: it no longer occupies a slot.
    pub landed: bool,
    /// The time of the first tick while it ran.
    pub since: Option<Instant>,
}

/// The number of files in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that wait for their turn.
    pub waiting: usize,
    /// Those that are being downloaded.
    pub running: usize,
    /// Those that are downloaded.
    pub done: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that were cancelled.
    pub cancelled: usize,
    /// Bytes of those that are downloaded or in progress.
    pub bytes: u64,
}

impl Counts {
    fn of(&mut self, state: &State) -> &mut usize {
        match state {
            State::Waiting => &mut self.waiting,
            State::Running(_) => &mut self.running,
            State::Done(_) => &mut self.done,
            State::Failed(_) => &mut self.failed,
            State::Cancelled => &mut self.cancelled,
        }
    }
}

impl Item {
    /// Returns the name, if known.
    pub fn name(&self) -> String {
        let of_path = |file: &SavedFile| {
            file.path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let known = self
            .wanted
            .name
            .clone()
            .or_else(|| self.wanted.known.name.clone());
        let own = match &self.state {
            State::Running(running) => running.name.clone(),
            State::Done(file) => of_path(file),
            State::Waiting | State::Failed(_) | State::Cancelled => None,
        };
        own.or(known).unwrap_or_else(|| {
            let ids: Vec<String> = self
                .wanted
                .call
                .params
                .iter()
                .map(|(_, value)| value.plain())
                .collect();
            format!("{} {}", self.wanted.call.entity, ids.join(" "))
        })
    }

    /// Returns the size, if known.
    pub fn size(&self) -> Option<u64> {
        match &self.state {
            State::Running(running) => running.progress.total.or(self.wanted.known.size),
            State::Done(file) => Some(file.bytes),
            State::Waiting | State::Failed(_) | State::Cancelled => self.wanted.known.size,
        }
    }
}

/// The queue. Requests during a download cost the same with ten thousand files as with two.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The first has the id 1, and none is ever removed.
    items: Vec<Item>,
    /// The position of each file.
    places: HashMap<Key, usize>,
    /// The position of the file that was added last, of each call.
    calls: HashMap<String, usize>,
    /// The positions of those that are being downloaded.
    running: Vec<usize>,
    /// No file before this position waits.
    waits_from: usize,
    /// The number of files in each state, and the bytes of those that are downloaded.
    counts: Counts,
    jobs: usize,
    paused: bool,
    /// Set by a 429 until a file is downloaded: one at a time is enough then.
    slow: bool,
}

/// What identifies a file: the connector and the call, and the folder.
type Key = (String, PathBuf);

impl Default for Queue {
    fn default() -> Queue {
        Queue::new(JOBS)
    }
}

impl Queue {
    /// Makes an empty queue that downloads this many files at a time.
    pub fn new(jobs: usize) -> Queue {
        Queue {
            items: Vec::new(),
            places: HashMap::new(),
            calls: HashMap::new(),
            running: Vec::new(),
            waits_from: 0,
            counts: Counts::default(),
            jobs: jobs.max(1),
            paused: false,
            slow: false,
        }
    }

    /// Returns the files in their order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Returns a file.
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.get(place_of(id))
    }

    /// Returns the file of a call that was added last, whatever its folder is.
    pub fn of_call(&self, call: &Call) -> Option<&Item> {
        self.items.get(*self.calls.get(&key_of_call(call))?)
    }

    /// Returns the position of a file; that behind the last one if it is new.
    fn place(&mut self, wanted: &Wanted) -> usize {
        let end = self.items.len();
        let key = key(wanted);
        let place = *self.places.entry(key.clone()).or_insert(end);
        self.calls.insert(key.0, place);
        place
    }

    /// Sets the state of a file.
    fn set(&mut self, place: usize, state: State) {
        let was = std::mem::replace(&mut self.items[place].state, state);
        *self.counts.of(&was) -= 1;
        match was {
            State::Running(_) => self.running.retain(|own| *own != place),
            State::Done(file) => self.counts.bytes -= file.bytes,
            State::Waiting | State::Failed(_) | State::Cancelled => {}
        }
        self.count(place);
    }

    /// Counts a file in its current state.
    fn count(&mut self, place: usize) {
        let state = &self.items[place].state;
        *self.counts.of(state) += 1;
        match state {
            State::Waiting => self.waits_from = self.waits_from.min(place),
            State::Running(_) => self.running.push(place),
            State::Done(file) => self.counts.bytes += file.bytes,
            State::Failed(_) | State::Cancelled => {}
        }
    }

    fn running_mut(&mut self, id: ItemId) -> Option<&mut Running> {
        match &mut self.items.get_mut(place_of(id))?.state {
            State::Running(running) => Some(running),
            State::Waiting | State::Done(_) | State::Failed(_) | State::Cancelled => None,
        }
    }

    /// Adds files. Those that wait, run or are downloaded already are not added again; one that
    /// failed or was cancelled before waits again in its old place. Returns the added ones.
    pub fn add(&mut self, wanted: Vec<Wanted>) -> Vec<ItemId> {
        let mut added = Vec::new();
        for wanted in wanted {
            let place = self.place(&wanted);
            match self.items.get(place).map(|item| &item.state) {
                Some(State::Waiting | State::Running(_) | State::Done(_)) => continue,
                Some(State::Failed(_) | State::Cancelled) => {
                    self.items[place].wanted = wanted;
                    self.set(place, State::Waiting);
                }
                None => {
                    self.items.push(Item {
                        id: ItemId(place as u64 + 1),
                        wanted,
                        state: State::Waiting,
                    });
                    self.count(place);
                }
            }
            added.push(self.items[place].id);
        }
        added
    }

    /// Adds a file whose download has ended elsewhere, unless it waits or is being downloaded here.
    pub fn add_ended(&mut self, wanted: Wanted, result: Result<SavedFile, Failure>) {
        let place = self.place(&wanted);
        let state = match result {
            Ok(file) => State::Done(Box::new(file)),
            Err(failure) => State::Failed(Box::new(failure)),
        };
        match self.items.get(place).map(|item| &item.state) {
            Some(State::Waiting | State::Running(_)) => {}
            Some(State::Done(_) | State::Failed(_) | State::Cancelled) => self.set(place, state),
            None => {
                self.items.push(Item {
                    id: ItemId(place as u64 + 1),
                    wanted,
                    state,
                });
                self.count(place);
            }
        }
    }

    /// Adds files of an earlier run, except those that this queue has in any state. Returns how
    /// many were added.
    pub fn add_left(&mut self, left: Vec<Wanted>) -> usize {
        let unknown = left
            .into_iter()
            .filter(|wanted| !self.places.contains_key(&key(wanted)))
            .collect();
        self.add(unknown).len()
    }

    /// Starts the files whose turn it is and returns them. One that is received and being named
    /// does not block the next, unless as many as may run are being named.
    pub fn start(&mut self) -> Vec<(ItemId, Wanted)> {
        if self.paused {
            return Vec::new();
        }
        let most = if self.slow { 1 } else { self.jobs };
        let has_landed = |place: &&usize| matches!(&self.items[**place].state, State::Running(running) if running.landed);
        let landed = self.running.iter().filter(has_landed).count();
        // With a slow disk, files must not accumulate in memory.
        let in_the_way = self.running.len() - if landed < most { landed } else { 0 };
        let mut started = Vec::new();
        while started.len() < most.saturating_sub(in_the_way) && self.waits_from < self.items.len()
        {
            let place = self.waits_from;
            if matches!(self.items[place].state, State::Waiting) {
                self.set(place, State::Running(Box::default()));
                started.push((self.items[place].id, self.items[place].wanted.clone()));
            }
            self.waits_from += 1;
        }
        started
    }

    /// Applies an event of a running file.
    pub fn step(&mut self, id: ItemId, step: DownloadEvent) {
        self.slow |= matches!(&step, DownloadEvent::Waits(pause) if pause.reason.is_rate_limit());
        let Some(running) = self.running_mut(id) else {
            return;
        };
        match step {
            DownloadEvent::Sent => running.pause = None,
            DownloadEvent::Began { name, have } => {
                (running.name, running.have, running.pause) = (Some(name), have, None)
            }
            DownloadEvent::Received(progress) => {
                (running.progress, running.pause) = (progress, None)
            }
            DownloadEvent::Waits(pause) => running.pause = Some(pause),
            DownloadEvent::Landed => running.landed = true,
            DownloadEvent::StartsOver(why) => {
                (running.again, running.progress.written) = (Some(why), 0)
            }
        }
    }

    /// Sets the result of a running file.
    pub fn ended(&mut self, id: ItemId, result: Result<SavedFile, Failure>) {
        if self.running_mut(id).is_none() {
            return;
        }
        self.slow &= result.is_err();
        let state = match result {
            Ok(file) => State::Done(Box::new(file)),
            Err(failure) => State::Failed(Box::new(failure)),
        };
        self.set(place_of(id), state);
    }

    /// Returns whether no further file is started.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Pauses the queue: running files wait again, their bytes are kept. Returns the downloads to
    /// stop.
    pub fn pause(&mut self) -> Vec<ItemId> {
        self.paused = true;
        let mut places = self.running.clone();
        places.sort_unstable();
        places
            .iter()
            .for_each(|place| self.set(*place, State::Waiting));
        places
            .into_iter()
            .map(|place| self.items[place].id)
            .collect()
    }

    /// Resumes the queue.
    pub fn go_on(&mut self) {
        self.paused = false;
    }

    /// Cancels a file. Returns whether it was running; `None` if there was nothing to cancel.
    pub fn cancel(&mut self, id: ItemId) -> Option<bool> {
        let ran = match self.item(id)?.state {
            State::Waiting => false,
            State::Running(_) => true,
            State::Done(_) | State::Failed(_) | State::Cancelled => return None,
        };
        self.set(place_of(id), State::Cancelled);
        Some(ran)
    }

    /// Makes all failed files wait again. Returns how many.
    pub fn retry_failed(&mut self) -> usize {
        let has_failed = |place: &usize| matches!(self.items[*place].state, State::Failed(_));
        let failed: Vec<usize> = (0..self.items.len()).filter(has_failed).collect();
        failed
            .iter()
            .for_each(|place| self.set(*place, State::Waiting));
        failed.len()
    }

    /// Returns the number of files in each state.
    pub fn counts(&self) -> Counts {
        let on_their_way =
            self.running
                .iter()
                .filter_map(|place| match &self.items[*place].state {
                    State::Running(running) => Some(running.progress.written),
                    State::Waiting | State::Done(_) | State::Failed(_) | State::Cancelled => None,
                });
        Counts {
            bytes: self.counts.bytes + on_their_way.sum::<u64>(),
            ..self.counts
        }
    }

    /// Returns whether nothing is left to do.
    pub fn is_idle(&self) -> bool {
        self.counts.waiting + self.counts.running == 0
    }

    /// Records the time for files that have just started.
    pub fn tick(&mut self, now: Instant) {
        for place in &self.running {
            if let State::Running(running) = &mut self.items[*place].state {
                running.since.get_or_insert(now);
            }
        }
    }
}

fn place_of(id: ItemId) -> usize {
    // No file has the id 0 or such a large index.
    usize::try_from(id.0.wrapping_sub(1)).unwrap_or(usize::MAX)
}

fn key(wanted: &Wanted) -> Key {
    (key_of_call(&wanted.call), wanted.folder.clone())
}

fn key_of_call(call: &Call) -> String {
    format!("{}\n{}", call.connector_id, call.body())
}

#[cfg(test)]
mod tests {
    use super::{Counts, ItemId, Queue, State};
    use crate::domain::call::{Call, JsonText};
    use crate::domain::download::{DownloadEvent, Known, NamePattern, Progress, SavedFile, Wanted};
    use crate::domain::failure::{Failure, FailureKind};
    use crate::domain::reply::{Pause, PauseReason};
    use proptest::prelude::*;
    use std::time::Duration;

    fn wanted(id: i64) -> Wanted {
        let call =
            Call::new("c", "attachments", "download").with("attachment_id", JsonText::integer(id));
        Wanted {
            call,
            folder: "out".into(),
            names: NamePattern::Name,
            name: None,
            known: Known::default(),
            manifest: None,
        }
    }

    fn file() -> SavedFile {
        let path = "out/x".into();
        let sha256 = String::new();
        SavedFile {
            path,
            bytes: 3,
            sha256,
            content_type: None,
            looks_like: None,
            encoded: None,
            measured: true,
            resumed: 0,
            unvalidated: false,
            was_there: false,
        }
    }

    fn failure() -> Failure {
        Failure::new(
            FailureKind::Network,
            "Could not download `x`: the connection broke",
        )
    }

    /// Counts one by one.
    fn recounted(queue: &Queue) -> Counts {
        let mut counts = Counts::default();
        for item in queue.items() {
            *counts.of(&item.state) += 1;
            counts.bytes += match &item.state {
                State::Running(running) => running.progress.written,
                State::Done(file) => file.bytes,
                State::Waiting | State::Failed(_) | State::Cancelled => 0,
            };
        }
        counts
    }

    fn started(queue: &mut Queue) -> Vec<u64> {
        queue.start().into_iter().map(|(id, _)| id.0).collect()
    }

    #[test]
    fn two_at_a_time_and_one_after_a_429() {
        let mut queue = Queue::default();
        assert_eq!(queue.add((0..6).map(wanted).collect()).len(), 6);
        assert_eq!(
            queue.add((0..6).map(wanted).collect()),
            [],
            "what waits is not added again"
        );
        assert_eq!(started(&mut queue), [1, 2]);
        queue.step(
            ItemId(1),
            DownloadEvent::Waits(Pause {
                attempt: 2,
                wait: Duration::from_secs(1),
                reason: PauseReason::Status(429),
            }),
        );
        queue.ended(ItemId(2), Err(failure()));
        assert_eq!(started(&mut queue), Vec::<u64>::new(), "one is enough now");
        queue.ended(ItemId(1), Ok(file()));
        assert_eq!(started(&mut queue), [3, 4]);
        queue.step(ItemId(3), DownloadEvent::Landed);
        assert_eq!(started(&mut queue), [5], "what has come is not in the way");
        queue.ended(ItemId(3), Ok(file()));
        assert!(started(&mut queue).is_empty());
        assert_eq!(queue.retry_failed(), 1);
        assert_eq!((queue.counts().waiting, queue.counts().failed), (2, 0));
    }

    #[test]
    fn what_is_paused_waits_and_what_is_cancelled_does_not() {
        let mut queue = Queue::default();
        queue.add((0..3).map(wanted).collect());
        started(&mut queue);
        assert_eq!(queue.pause(), [ItemId(1), ItemId(2)]);
        // What came in the last moment is too late to count: the same file is asked for again.
        queue.ended(ItemId(1), Ok(file()));
        assert!(matches!(queue.items()[0].state, State::Waiting) && started(&mut queue).is_empty());
        assert_eq!(
            (queue.cancel(ItemId(1)), queue.cancel(ItemId(1))),
            (Some(false), None)
        );
        queue.go_on();
        assert_eq!(started(&mut queue), [2, 3]);
        assert_eq!(queue.cancel(ItemId(2)), Some(true));
        queue.ended(ItemId(3), Ok(file()));
        assert!(queue.is_idle());
        assert_eq!(
            queue.add_left(vec![wanted(0), wanted(1)]),
            0,
            "what was cancelled is not left over"
        );
        assert_eq!(
            queue.add(vec![wanted(0)]),
            [ItemId(1)],
            "what was cancelled can be wanted again"
        );
        assert_eq!(started(&mut queue), [1]);
    }

    proptest! {
        #[test]
        fn never_more_run_than_may(jobs in 1..5usize, moves in prop::collection::vec((0..8u8, 0..9u64), 0..80)) {
            let mut queue = Queue::new(jobs);
            queue.add((0..8).map(wanted).collect());
            for (what, id) in moves {
                match what {
                    0 => queue.ended(ItemId(id), Ok(file())),
                    1 => queue.ended(ItemId(id), Err(failure())),
                    2 => { queue.pause(); }
                    3 => queue.go_on(),
                    4 => { queue.cancel(ItemId(id)); }
                    5 => queue.step(ItemId(id), DownloadEvent::Received(Progress { written: id, total: None })),
                    6 => { queue.add((0..8).map(wanted).collect()); }
                    _ => { queue.retry_failed(); }
                }
                queue.start();
                let counts = queue.counts();
                prop_assert!(counts.running <= jobs);
                prop_assert!(queue.is_paused() || counts.waiting == 0 || counts.running == jobs, "a slot is left empty");
                prop_assert_eq!(counts, recounted(&queue));
                prop_assert_eq!(queue.is_idle(), counts.waiting + counts.running == 0);
            }
        }
    }
}
