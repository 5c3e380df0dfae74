//! Many files one after the other, some at a time: which comes next, and what came of each. Pure; who fetches
//! them tells it what happens.

use std::time::Instant;

use super::failure::Failure;
use super::reply::Pause;
use super::transfer::{Progress, SavedFile, Step, Wanted};

/// So many files are fetched at a time unless another number is set.
pub const JOBS: usize = 2;

/// Tells a file of the queue from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub u64);

/// A file of the queue.
#[derive(Debug, Clone)]
pub struct Item {
    /// Tells it from others.
    pub id: ItemId,
    /// What is wanted.
    pub wanted: Wanted,
    /// How it is with it.
    pub state: State,
}

/// How it is with a file.
#[derive(Debug, Clone)]
pub enum State {
    /// Its turn has not come.
    Waiting,
    /// It is being fetched.
    Running(Box<Running>),
    /// It is there.
    Done(Box<SavedFile>),
    /// It failed.
    Failed(Box<Failure>),
    /// It is not wanted any more.
    Cancelled,
}

/// A file that is being fetched.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Its name, once that is known.
    pub name: Option<String>,
    /// How far it has come.
    pub progress: Progress,
    /// How much of it was there from before.
    pub have: u64,
    /// Why it waits.
    pub pause: Option<Pause>,
    /// Why it began anew.
    pub again: Option<String>,
    /// Whether all of it has come: it takes no turn from others any more.
    pub landed: bool,
    /// When the first tick saw it.
    pub since: Option<Instant>,
}

/// How many files are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those whose turn has not come.
    pub waiting: usize,
    /// Those that are being fetched.
    pub running: usize,
    /// Those that are there.
    pub done: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that are not wanted any more.
    pub cancelled: usize,
    /// Bytes of those that are there or on their way.
    pub bytes: u64,
}

impl Item {
    /// Returns the name as far as it is known.
    pub fn name(&self) -> String {
        let of_path = |file: &SavedFile| file.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let known = self.wanted.name.clone().or_else(|| self.wanted.known.name.clone());
        let own = match &self.state {
            State::Running(running) => running.name.clone(),
            State::Done(file) => of_path(file),
            State::Waiting | State::Failed(_) | State::Cancelled => None,
        };
        own.or(known).unwrap_or_else(|| {
            let ids: Vec<String> = self.wanted.call.params.iter().map(|(_, value)| value.plain()).collect();
            format!("{} {}", self.wanted.call.entity, ids.join(" "))
        })
    }

    /// Returns the size as far as it is known.
    pub fn size(&self) -> Option<u64> {
        match &self.state {
            State::Running(running) => running.progress.total.or(self.wanted.known.size),
            State::Done(file) => Some(file.bytes),
            State::Waiting | State::Failed(_) | State::Cancelled => self.wanted.known.size,
        }
    }
}

/// The queue.
#[derive(Debug, Clone)]
pub struct Queue {
    items: Vec<Item>,
    jobs: usize,
    paused: bool,
    /// Set by a 429, until a file has come: one at a time is enough then.
    slow: bool,
    ids: u64,
}

impl Default for Queue {
    fn default() -> Queue {
        Queue::new(JOBS)
    }
}

impl Queue {
    /// Makes an empty queue that fetches so many files at a time.
    pub fn new(jobs: usize) -> Queue {
        Queue { items: Vec::new(), jobs: jobs.max(1), paused: false, slow: false, ids: 0 }
    }

    /// Returns the files in their order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Returns a file.
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Adds files. Those that wait or run already are not added again; one that failed or was cancelled before
    /// takes its old place anew. Returns how many were added.
    pub fn add(&mut self, wanted: Vec<Wanted>) -> usize {
        let mut places: std::collections::HashMap<(String, std::path::PathBuf), usize> =
            self.items.iter().enumerate().map(|(place, item)| (key(&item.wanted), place)).collect();
        let mut added = 0;
        for wanted in wanted {
            let place = places.get(&key(&wanted)).copied();
            match place.map(|place| (place, &self.items[place].state)) {
                Some((_, State::Waiting | State::Running(_) | State::Done(_))) => continue,
                Some((place, State::Failed(_) | State::Cancelled)) => {
                    (self.items[place].wanted, self.items[place].state) = (wanted, State::Waiting);
                }
                None => {
                    self.ids += 1;
                    places.insert(key(&wanted), self.items.len());
                    self.items.push(Item { id: ItemId(self.ids), wanted, state: State::Waiting });
                }
            }
            added += 1;
        }
        added
    }

    /// Adds files of an earlier run: those that this queue knows, whatever became of them, are not added. Returns how
    /// many were.
    pub fn add_left(&mut self, left: Vec<Wanted>) -> usize {
        let known: std::collections::HashSet<_> = self.items.iter().map(|item| key(&item.wanted)).collect();
        self.add(left.into_iter().filter(|wanted| !known.contains(&key(wanted))).collect())
    }

    /// Takes the files whose turn it is: they count as running from now on. One that has come, and is being named, is
    /// not in the way of the next, unless as many as may come are being named.
    pub fn start(&mut self) -> Vec<(ItemId, Wanted)> {
        if self.paused {
            return Vec::new();
        }
        let most = if self.slow { 1 } else { self.jobs };
        let (mut coming, mut landed) = (0, 0);
        for item in &self.items {
            match &item.state {
                State::Running(running) if running.landed => landed += 1,
                State::Running(_) => coming += 1,
                State::Waiting | State::Done(_) | State::Failed(_) | State::Cancelled => {}
            }
        }
        // A slow disk must not let files pile up in memory.
        let running = if landed < most { coming } else { coming + landed };
        let mut started = Vec::new();
        for item in self.items.iter_mut().filter(|item| matches!(item.state, State::Waiting)).take(most.saturating_sub(running)) {
            item.state = State::Running(Box::default());
            started.push((item.id, item.wanted.clone()));
        }
        started
    }

    /// Takes what happens to a file on its way.
    pub fn step(&mut self, id: ItemId, step: Step) {
        let slow = matches!(&step, Step::Waits(pause) if pause.reason == "429" || pause.reason.starts_with("too many"));
        self.slow |= slow;
        let Some(Item { state: State::Running(running), .. }) = self.items.iter_mut().find(|item| item.id == id) else { return };
        match step {
            Step::Sent => running.pause = None,
            Step::Began { name, have } => (running.name, running.have, running.pause) = (Some(name), have, None),
            Step::Came(progress) => (running.progress, running.pause) = (progress, None),
            Step::Waits(pause) => running.pause = Some(pause),
            Step::Landed => running.landed = true,
            Step::StartsOver(why) => (running.again, running.progress.written) = (Some(why), 0),
        }
    }

    /// Takes what came of a file.
    pub fn ended(&mut self, id: ItemId, result: Result<SavedFile, Failure>) {
        let Some(item) = self.items.iter_mut().find(|item| item.id == id) else { return };
        if matches!(item.state, State::Running(_)) {
            self.slow &= result.is_err();
            item.state = match result {
                Ok(file) => State::Done(Box::new(file)),
                Err(failure) => State::Failed(Box::new(failure)),
            };
        }
    }

    /// Says whether no further file is begun.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Stops: what runs waits again, what came of it is kept. Returns what must be stopped.
    pub fn pause(&mut self) -> Vec<ItemId> {
        self.paused = true;
        let mut stopped = Vec::new();
        for item in &mut self.items {
            if matches!(item.state, State::Running(_)) {
                item.state = State::Waiting;
                stopped.push(item.id);
            }
        }
        stopped
    }

    /// Goes on.
    pub fn go_on(&mut self) {
        self.paused = false;
    }

    /// Gives a file up. Says whether it ran; `None` if there was nothing to give up.
    pub fn cancel(&mut self, id: ItemId) -> Option<bool> {
        let item = self.items.iter_mut().find(|item| item.id == id)?;
        let ran = match item.state {
            State::Waiting => false,
            State::Running(_) => true,
            State::Done(_) | State::Failed(_) | State::Cancelled => return None,
        };
        item.state = State::Cancelled;
        Some(ran)
    }

    /// Lets all that failed wait again. Returns how many.
    pub fn retry_failed(&mut self) -> usize {
        let failed = self.items.iter_mut().filter(|item| matches!(item.state, State::Failed(_)));
        failed.map(|item| item.state = State::Waiting).count()
    }

    /// Returns how many files are how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for item in &self.items {
            match &item.state {
                State::Waiting => counts.waiting += 1,
                State::Running(running) => {
                    counts.running += 1;
                    counts.bytes += running.progress.written;
                }
                State::Done(file) => {
                    counts.done += 1;
                    counts.bytes += file.bytes;
                }
                State::Failed(_) => counts.failed += 1,
                State::Cancelled => counts.cancelled += 1,
            }
        }
        counts
    }

    /// Says whether anything is left to do.
    pub fn is_idle(&self) -> bool {
        !self.items.iter().any(|item| matches!(item.state, State::Waiting | State::Running(_)))
    }

    /// Takes the time: what runs remembers when it was seen first.
    pub fn tick(&mut self, now: Instant) {
        for item in &mut self.items {
            if let State::Running(running) = &mut item.state {
                running.since.get_or_insert(now);
            }
        }
    }
}

fn key(wanted: &Wanted) -> (String, std::path::PathBuf) {
    (format!("{}\n{}", wanted.call.connector_id, wanted.call.body()), wanted.folder.clone())
}

#[cfg(test)]
mod tests {
    use super::{ItemId, Queue, State};
    use crate::domain::call::{Call, JsonText};
    use crate::domain::failure::{Failure, FailureKind};
    use crate::domain::reply::Pause;
    use crate::domain::transfer::{Known, SavedFile, Step, Wanted};
    use proptest::prelude::*;
    use std::time::Duration;

    fn wanted(id: i64) -> Wanted {
        let call = Call::new("c", "attachments", "download").with("attachment_id", JsonText::integer(id));
        Wanted { call, folder: "out".into(), name: None, known: Known::default(), manifest: None }
    }

    fn file() -> SavedFile {
        let path = "out/x".into();
        let sha256 = String::new();
        SavedFile { path, bytes: 3, sha256, content_type: None, looks_like: None, measured: true, resumed: 0, was_there: false }
    }

    fn failure() -> Failure {
        Failure::new(FailureKind::Network, "Could not download `x`: the connection broke")
    }

    fn started(queue: &mut Queue) -> Vec<u64> {
        queue.start().into_iter().map(|(id, _)| id.0).collect()
    }

    #[test]
    fn two_at_a_time_and_one_after_a_429() {
        let mut queue = Queue::default();
        assert_eq!(queue.add((0..6).map(wanted).collect()), 6);
        assert_eq!(queue.add((0..6).map(wanted).collect()), 0, "what waits is not added again");
        assert_eq!(started(&mut queue), [1, 2]);
        queue.step(ItemId(1), Step::Waits(Pause { attempt: 2, wait: Duration::from_secs(1), reason: "429".into() }));
        queue.ended(ItemId(2), Err(failure()));
        assert_eq!(started(&mut queue), Vec::<u64>::new(), "one is enough now");
        queue.ended(ItemId(1), Ok(file()));
        assert_eq!(started(&mut queue), [3, 4]);
        queue.step(ItemId(3), Step::Landed);
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
        assert_eq!((queue.cancel(ItemId(1)), queue.cancel(ItemId(1))), (Some(false), None));
        queue.go_on();
        assert_eq!(started(&mut queue), [2, 3]);
        assert_eq!(queue.cancel(ItemId(2)), Some(true));
        queue.ended(ItemId(3), Ok(file()));
        assert!(queue.is_idle());
        assert_eq!(queue.add_left(vec![wanted(0), wanted(1)]), 0, "what was cancelled is not left over");
        assert_eq!(queue.add(vec![wanted(0)]), 1, "what was cancelled can be wanted again");
        assert_eq!(started(&mut queue), [1]);
    }

    proptest! {
        #[test]
        fn never_more_run_than_may(jobs in 1..5usize, moves in prop::collection::vec((0..6u8, 0..9u64), 0..80)) {
            let mut queue = Queue::new(jobs);
            queue.add((0..8).map(wanted).collect());
            for (what, id) in moves {
                match what {
                    0 => queue.ended(ItemId(id), Ok(file())),
                    1 => queue.ended(ItemId(id), Err(failure())),
                    2 => { queue.pause(); }
                    3 => queue.go_on(),
                    4 => { queue.cancel(ItemId(id)); }
                    _ => { queue.retry_failed(); }
                }
                queue.start();
                let counts = queue.counts();
                prop_assert!(counts.running <= jobs);
                prop_assert!(queue.is_paused() || counts.waiting == 0 || counts.running == jobs, "a slot is left empty");
                let all = counts.waiting + counts.running + counts.done + counts.failed + counts.cancelled;
                prop_assert_eq!(all, 8);
            }
        }
    }
}
