//! Which call is sent next, when many run at a time: order, how many at once, a wait that the service asks for, the end.
//!
//! Pure: time goes in as the time since the beginning. A job is whatever makes one call after the other, such as the pages
//! of a list.

use std::collections::VecDeque;
use std::time::Duration;

/// The jobs of a run: those that wait to send their next call, and how many calls are on their way.
#[derive(Debug)]
pub struct Schedule<J> {
    /// How many calls are sent at a time.
    most: usize,
    /// The jobs that wait to send their next call.
    waiting: VecDeque<J>,
    /// How many calls are on their way.
    running: usize,
    /// Nothing is sent before this time.
    held_until: Option<Duration>,
    state: State,
}

/// Whether calls are still sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing is sent any more; what is on its way is waited for.
    Stopped,
}

/// What is to be done now.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn<J> {
    /// Send the next call of this job.
    Send(J),
    /// Send nothing before this time since the beginning.
    Wait(Duration),
    /// Send nothing: no job waits, or as many calls as may be are on their way.
    Idle,
}

impl<J> Schedule<J> {
    /// Makes a schedule that sends so many calls at a time, at least one.
    pub fn new(most: usize) -> Schedule<J> {
        Schedule {
            most: most.max(1),
            waiting: VecDeque::new(),
            running: 0,
            held_until: None,
            state: State::Open,
        }
    }

    /// Adds a new job behind all others.
    pub fn add(&mut self, job: J) {
        self.waiting.push_back(job);
    }

    /// Has a job whose call has ended send another one. It goes before jobs that were not begun: what was begun is finished
    /// first, so that little is kept in memory.
    pub fn go_on(&mut self, job: J) {
        self.waiting.push_front(job);
    }

    /// Returns whether there is nothing to do for a further call, so that new jobs are needed.
    pub fn needs_jobs(&self) -> bool {
        self.state == State::Open && self.waiting.is_empty() && self.running < self.most
    }

    /// Returns what is to be done now.
    pub fn next(&mut self, now: Duration) -> Turn<J> {
        if self.state == State::Stopped || self.running >= self.most || self.waiting.is_empty() {
            return Turn::Idle;
        }
        match self.held_until {
            Some(until) if until > now => return Turn::Wait(until),
            Some(_) => self.held_until = None,
            None => {}
        }
        match self.waiting.pop_front() {
            Some(job) => {
                self.running += 1;
                Turn::Send(job)
            }
            None => Turn::Idle,
        }
    }

    /// Notes that a call has ended.
    pub fn ended(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// Sends nothing before a time: the service asks for a wait, which is meant for all calls.
    pub fn hold(&mut self, until: Duration) {
        self.held_until = self.held_until.max(Some(until));
    }

    /// Sends nothing any more. Returns the jobs that waited.
    pub fn stop(&mut self) -> Vec<J> {
        self.state = State::Stopped;
        self.waiting.drain(..).collect()
    }

    /// Returns whether nothing is sent any more.
    pub fn is_stopped(&self) -> bool {
        self.state == State::Stopped
    }

    /// Returns whether no job waits and no call is on its way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.running == 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Schedule, Turn};

    const NOW: Duration = Duration::ZERO;

    fn schedule(most: usize, jobs: &[u32]) -> Schedule<u32> {
        let mut schedule = Schedule::new(most);
        for job in jobs {
            schedule.add(*job);
        }
        schedule
    }

    #[test]
    fn jobs_are_sent_in_order_and_no_more_at_a_time_than_may_be() {
        let mut jobs = schedule(2, &[1, 2, 3]);
        assert_eq!(jobs.next(NOW), Turn::Send(1));
        assert_eq!(jobs.next(NOW), Turn::Send(2));
        assert_eq!(jobs.next(NOW), Turn::Idle);
        jobs.ended();
        assert_eq!(jobs.next(NOW), Turn::Send(3));
        jobs.ended();
        assert!(jobs.needs_jobs());
        jobs.ended();
        assert!(jobs.is_empty());
    }

    #[test]
    fn what_was_begun_goes_before_what_was_not() {
        let mut jobs = schedule(1, &[1, 2]);
        assert_eq!(jobs.next(NOW), Turn::Send(1));
        jobs.ended();
        jobs.go_on(1);
        assert_eq!(jobs.next(NOW), Turn::Send(1));
    }

    #[test]
    fn a_wait_holds_all_calls_and_the_longest_one_counts() {
        let second = Duration::from_secs;
        let mut jobs = schedule(2, &[1, 2]);
        assert_eq!(jobs.next(NOW), Turn::Send(1));
        jobs.hold(second(5));
        jobs.hold(second(2));
        assert_eq!(jobs.next(second(1)), Turn::Wait(second(5)));
        assert_eq!(jobs.next(second(5)), Turn::Send(2));
        assert_eq!(jobs.next(second(1)), Turn::Idle);
    }

    #[test]
    fn nothing_is_sent_after_the_stop_and_what_waited_is_returned() {
        let mut jobs = schedule(1, &[1, 2, 3]);
        assert_eq!(jobs.next(NOW), Turn::Send(1));
        assert_eq!(jobs.stop(), [2, 3]);
        jobs.ended();
        jobs.add(4);
        assert_eq!(jobs.next(NOW), Turn::Idle);
        assert!(!jobs.needs_jobs() && jobs.is_stopped());
    }

    #[test]
    fn at_least_one_call_is_sent_at_a_time() {
        assert_eq!(schedule(0, &[1]).next(NOW), Turn::Send(1));
    }

    proptest! {
        /// Whatever the jobs, each of their calls is sent once and never more at a time than may be.
        #[test]
        fn every_call_of_every_job_is_sent(most in 1usize..6, calls in prop::collection::vec(1u32..5, 0..30)) {
            let mut jobs = Schedule::new(most);
            for job in calls.iter().copied().enumerate() {
                jobs.add(job);
            }
            let (mut sent, mut running) = (0, std::collections::VecDeque::new());
            loop {
                match jobs.next(NOW) {
                    Turn::Send(job) => {
                        sent += 1;
                        running.push_back(job);
                        prop_assert!(running.len() <= most);
                    }
                    Turn::Wait(_) => prop_assert!(false, "nothing was held"),
                    Turn::Idle => match running.pop_front() {
                        Some((job, left)) => {
                            jobs.ended();
                            if left > 1 {
                                jobs.go_on((job, left - 1));
                            }
                        }
                        None => break,
                    },
                }
            }
            prop_assert!(jobs.is_empty());
            prop_assert_eq!(sent, calls.iter().sum::<u32>());
        }
    }
}
