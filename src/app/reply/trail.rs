//! The trail: the requests that one came along, each with its reply, to go back to and forward again.
//!
//! The pane holds the reply that is shown. The trail holds the others, and knows whose the shown one is: a request that
//! was not answered yet leaves the reply of the one before it in sight.

use super::kept::KeptReply;
use super::page::Page;
use crate::app::request_state::RequestState;

/// The requests that one came along.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// What stands in the form, as of the last event that matters here.
    pub form: Option<RequestState>,
    /// The steps before the current one, the nearest last.
    back: Vec<Step>,
    /// The current one.
    current: Step,
    /// The steps that one has come back from, the nearest last.
    ahead: Vec<Step>,
}

/// A request with its reply.
#[derive(Debug, Clone, Default)]
struct Step {
    /// The request; `None` before the first one.
    form: Option<RequestState>,
    /// What the title says between the request before and it: the records that it was asked for; may be empty.
    way: String,
    /// What the title calls it, as the service and the form spell it.
    label: String,
    /// Its reply.
    reply: Answer,
}

/// The reply of a step.
#[derive(Debug, Clone, Default)]
enum Answer {
    /// None came: the reply of an earlier step stays in sight.
    #[default]
    None,
    /// The pane holds it.
    Shown,
    /// It is kept here.
    Kept(Box<KeptReply>),
}

/// Where one goes in the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the request before.
    Back,
    /// To the request that one came back from.
    Forward,
}

/// The step that a call was sent from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFrom {
    /// Its place in the trail.
    place: usize,
    /// The request as it was sent.
    form: Option<RequestState>,
}

/// What there is to show after a step.
#[derive(Debug)]
pub struct Turned {
    /// The request.
    pub form: Option<RequestState>,
    /// Its reply; `None`: the one that is shown stays.
    pub reply: Option<KeptReply>,
}

impl Trail {
    /// Returns whether there is a step in a direction.
    pub fn leads(&self, direction: Direction) -> bool {
        match direction {
            Direction::Back => !self.back.is_empty(),
            Direction::Forward => !self.ahead.is_empty(),
        }
    }

    /// Returns the place of the current request and how many there are, both counted from 1.
    pub fn place(&self) -> (usize, usize) {
        let place = self.back.len() + 1;
        (place, place + self.ahead.len())
    }

    /// Returns whether the current request has a reply of its own.
    pub fn is_answered(&self) -> bool {
        !matches!(self.current.reply, Answer::None)
    }

    /// Returns what leads to the reply that is shown, the oldest first. What repeats the one before stands once, and
    /// another connector starts a new trail.
    pub fn labels(&self) -> Vec<&str> {
        let connector = |step: &Step| step.form.as_ref().map(|form| form.connector_id.clone());
        let steps = self.back.iter().chain([&self.current]);
        let answered = steps.filter(|step| !matches!(step.reply, Answer::None));
        let (mut labels, mut of) = (Vec::new(), None);
        for step in answered {
            let own = connector(step);
            if own.is_some() && own != of {
                labels.clear();
                of = own;
            }
            labels.extend([step.way.as_str(), step.label.as_str()]);
        }
        labels.retain(|label| !label.is_empty());
        labels.dedup();
        labels
    }

    /// Leaves the current request, as it stood in the form, for another one, which is not answered yet.
    pub fn leave(&mut self, form: Option<RequestState>) {
        if form.is_none() && !self.is_answered() {
            return;
        }
        if form.is_some() {
            self.current.form = form;
        }
        self.ahead.clear();
        self.back.push(std::mem::take(&mut self.current));
    }

    /// Returns the request of the current step, as it was sent or left.
    pub fn current_form(&self) -> Option<&RequestState> {
        self.current.form.as_ref()
    }

    /// Returns from where a call is sent now.
    pub fn sent_from(&self) -> SentFrom {
        SentFrom {
            place: self.back.len(),
            form: self.form.clone(),
        }
    }

    /// Takes note of an answer that arrives. The reply that was shown is kept with its own request; without one, the answer
    /// takes its place.
    pub fn answer(&mut self, sent: SentFrom, label: String, former: Option<KeptReply>) {
        if let Some(owner) = self.owner_mut() {
            owner.reply = match former {
                Some(former) => Answer::Kept(Box::new(former)),
                None => Answer::None,
            };
        }
        let is_current = sent.place >= self.back.len();
        if is_current {
            self.ahead.clear();
        }
        let new = Step {
            form: sent.form,
            way: String::new(),
            label,
            reply: Answer::Shown,
        };
        let step = match self.back.get_mut(sent.place) {
            Some(step) => step,
            None => &mut self.current,
        };
        match (&step.reply, is_current) {
            (Answer::None, _) => *step = new,
            (Answer::Shown | Answer::Kept(_), true) => {
                self.back.push(std::mem::replace(&mut self.current, new));
            }
            // Another request was begun since, which stays the current one.
            (Answer::Shown | Answer::Kept(_), false) => self.back.insert(sent.place + 1, new),
        }
    }

    /// Says for which records the request was asked whose reply is shown.
    pub fn name_way(&mut self, way: String) {
        if let Some(owner) = self.owner_mut() {
            owner.way = way;
        }
    }

    /// Goes a step. `shown` is what the pane shows, which is kept if the step leads to another reply.
    pub fn turn(
        &mut self,
        direction: Direction,
        shown: impl FnOnce() -> KeptReply,
    ) -> Option<Turned> {
        let owner = self.owner();
        let (from, to) = match direction {
            Direction::Back => (&mut self.back, &mut self.ahead),
            Direction::Forward => (&mut self.ahead, &mut self.back),
        };
        let next = from.pop()?;
        let former = std::mem::replace(&mut self.current, next);
        to.push(former);
        let is_same = self.owner() == owner;
        let reply = (!is_same).then(|| {
            if let Some(former) = owner.and_then(|place| self.step_mut(place)) {
                former.reply = Answer::Kept(Box::new(shown()));
            }
            self.owner_mut()
                .map(|own| std::mem::replace(&mut own.reply, Answer::Shown))
                .and_then(|answer| match answer {
                    Answer::Kept(reply) => Some(*reply),
                    Answer::None | Answer::Shown => None,
                })
                .unwrap_or_default()
        });
        Some(Turned {
            form: self.current.form.clone(),
            reply,
        })
    }

    /// Keeps the request as it stands in the form with the current step.
    pub fn keep_form(&mut self) {
        if let Some(form) = self.form.take() {
            self.current.form = Some(form);
        }
    }

    /// Iterates over the pages that are kept, each with how many steps it is away.
    pub fn pages_mut(&mut self) -> impl Iterator<Item = (usize, &mut Page)> {
        self.replies_mut()
            .flat_map(|(away, reply)| reply.pages.iter_mut().map(move |page| (away, page)))
    }

    /// Iterates over the pages that are kept.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        let steps = self.back.iter().chain([&self.current]).chain(&self.ahead);
        steps
            .filter_map(|step| match &step.reply {
                Answer::Kept(reply) => Some(reply),
                Answer::None | Answer::Shown => None,
            })
            .flat_map(|reply| reply.pages.iter())
    }

    /// Iterates over the replies that are kept, each with how many steps it is away.
    pub fn replies_mut(&mut self) -> impl Iterator<Item = (usize, &mut KeptReply)> {
        let away = |at: usize| at + 1;
        let back = self.back.iter_mut().rev().enumerate();
        let ahead = self.ahead.iter_mut().rev().enumerate();
        let own = [(0, &mut self.current)].into_iter();
        let steps = back
            .chain(ahead)
            .map(move |(at, step)| (away(at), step))
            .chain(own);
        steps.filter_map(|(away, step)| match &mut step.reply {
            Answer::Kept(reply) => Some((away, reply.as_mut())),
            Answer::None | Answer::Shown => None,
        })
    }

    /// Returns the place of the step whose reply is shown.
    fn owner(&self) -> Option<usize> {
        if self.is_answered() {
            return Some(self.back.len());
        }
        let is_answered = |step: &Step| !matches!(step.reply, Answer::None);
        self.back.iter().rposition(is_answered)
    }

    fn owner_mut(&mut self) -> Option<&mut Step> {
        self.owner().and_then(|place| self.step_mut(place))
    }

    /// Returns a step by its place from the oldest one on.
    fn step_mut(&mut self, place: usize) -> Option<&mut Step> {
        let current = self.back.len();
        match place.checked_sub(current + 1) {
            // The nearest of those ahead is the last one.
            Some(after) => {
                let at = self.ahead.len().checked_sub(after + 1)?;
                self.ahead.get_mut(at)
            }
            None if place == current => Some(&mut self.current),
            None => self.back.get_mut(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, Trail};
    use crate::app::reply::kept::KeptReply;
    use crate::app::request_state::RequestState;

    fn form(entity: &str) -> Option<RequestState> {
        Some(RequestState {
            entity: entity.to_owned(),
            ..RequestState::default()
        })
    }

    /// A reply that can be told from others by its place.
    fn reply(current: usize) -> KeptReply {
        KeptReply {
            current,
            ..KeptReply::default()
        }
    }

    /// Sends a request and takes its answer while the reply of a number is shown.
    fn answered(trail: &mut Trail, entity: &str, shown: usize) {
        trail.form = form(entity);
        let sent = trail.sent_from();
        trail.answer(sent, entity.to_owned(), Some(reply(shown)));
    }

    /// Goes a step while the reply of a number is shown. Returns the entity and the number of the reply; `None` if the
    /// one that is shown stays.
    fn turn(
        trail: &mut Trail,
        direction: Direction,
        shown: usize,
    ) -> Option<(String, Option<usize>)> {
        let turned = trail.turn(direction, || reply(shown))?;
        let entity = turned.form.map(|form| form.entity).unwrap_or_default();
        Some((entity, turned.reply.map(|reply| reply.current)))
    }

    fn step(entity: &str, reply: usize) -> Option<(String, Option<usize>)> {
        Some((entity.to_owned(), Some(reply)))
    }

    #[test]
    fn one_goes_back_and_forward_through_what_was_answered() {
        let mut trail = Trail::default();
        assert!(turn(&mut trail, Direction::Back, 0).is_none());
        answered(&mut trail, "tickets", 0);
        answered(&mut trail, "comments", 1);
        answered(&mut trail, "users", 2);
        assert_eq!(trail.labels(), ["tickets", "comments", "users"]);
        assert_eq!(trail.place(), (3, 3));
        assert_eq!(turn(&mut trail, Direction::Back, 3), step("comments", 2));
        assert_eq!(turn(&mut trail, Direction::Back, 2), step("tickets", 1));
        assert_eq!((trail.labels(), trail.place()), (vec!["tickets"], (1, 3)));
        assert!(!trail.leads(Direction::Back) && trail.leads(Direction::Forward));
        assert_eq!(turn(&mut trail, Direction::Forward, 1), step("comments", 2));
        assert_eq!(turn(&mut trail, Direction::Forward, 2), step("users", 3));
        assert!(turn(&mut trail, Direction::Forward, 3).is_none());
    }

    #[test]
    fn a_new_step_drops_what_was_ahead() {
        let mut trail = Trail::default();
        for (shown, entity) in ["a", "b", "c"].iter().enumerate() {
            answered(&mut trail, entity, shown);
        }
        turn(&mut trail, Direction::Back, 3);
        turn(&mut trail, Direction::Back, 2);
        answered(&mut trail, "d", 1);
        assert_eq!(trail.labels(), ["a", "d"]);
        assert!(!trail.leads(Direction::Forward));
        turn(&mut trail, Direction::Back, 4);
        trail.leave(form("a"));
        assert!(!trail.leads(Direction::Forward));
    }

    #[test]
    fn a_request_that_was_not_sent_leaves_the_reply_before_in_sight() {
        let mut trail = Trail::default();
        answered(&mut trail, "a", 0);
        trail.leave(form("a"));
        trail.form = form("b");
        trail.keep_form();
        assert_eq!((trail.labels(), trail.place()), (vec!["a"], (2, 2)));
        assert_eq!(
            turn(&mut trail, Direction::Back, 1),
            Some(("a".to_owned(), None))
        );
        assert_eq!(
            turn(&mut trail, Direction::Forward, 1),
            Some(("b".to_owned(), None))
        );
        // Once it is sent it has a reply of its own.
        answered(&mut trail, "b", 1);
        assert_eq!((trail.labels(), trail.place()), (vec!["a", "b"], (2, 2)));
        assert_eq!(turn(&mut trail, Direction::Back, 2), step("a", 1));
    }

    #[test]
    fn an_answer_belongs_to_the_request_that_was_sent() {
        // Another request was begun while the answer was on its way.
        let mut trail = Trail::default();
        answered(&mut trail, "a", 0);
        trail.form = form("b");
        let sent = trail.sent_from();
        trail.leave(form("a"));
        trail.answer(sent, "b".to_owned(), Some(reply(1)));
        assert_eq!((trail.labels(), trail.place()), (vec!["a", "b"], (3, 3)));
        assert_eq!(
            turn(&mut trail, Direction::Back, 2),
            Some(("b".to_owned(), None))
        );
        assert_eq!(turn(&mut trail, Direction::Back, 2), step("a", 1));
    }

    #[test]
    fn before_the_first_request_there_is_nothing_to_go_back_to() {
        let mut trail = Trail::default();
        trail.leave(None);
        assert!(!trail.leads(Direction::Back));
        // Without a reply the first request is a step all the same.
        trail.leave(form("a"));
        assert!(trail.leads(Direction::Back));
        assert_eq!(
            turn(&mut trail, Direction::Back, 0),
            Some(("a".to_owned(), None))
        );
    }

    #[test]
    fn what_repeats_the_one_before_stands_once_in_the_title() {
        let mut trail = Trail::default();
        for (shown, entity) in ["a", "a", "b", "a"].iter().enumerate() {
            answered(&mut trail, entity, shown);
        }
        assert_eq!(trail.labels(), ["a", "b", "a"]);
        assert_eq!(trail.place(), (4, 4));
    }
}
