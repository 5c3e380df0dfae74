//! How an operation pages: every part of its profile can be read, changed and reset.

use super::dialog::{Answered, Dialog, DialogState, Row};
use super::{Hint, Panes};
use crate::app::context::Context;
use crate::app::requests::{PopupRequest, ReplyRequest, Request, SessionRequest};
use crate::app::session::Session;
use crate::app::widgets::notice::Notice;
use crate::domain::call::Call;
use crate::paging::{Kind, Origin, Parts, Profile, Run};
use crate::text;

/// A row of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The kind of paging.
    Kind,
    /// The parameter that asks for a page.
    Param,
    /// Where its next value is read.
    From,
    /// The number of the first page.
    First,
    /// Whether the value is a number.
    Numeric,
    /// What is true while there is more.
    More,
    /// What is true at the end.
    End,
    /// The parameter that sets the page size.
    SizeParam,
}

/// How an operation pages.
#[derive(Debug, Clone)]
pub struct ProfileDialog {
    dialog: Dialog<Field>,
    call: Call,
}

impl ProfileDialog {
    /// Opens the profile of a call's operation: that of the run over its pages, else what is known before a page.
    pub fn open(call: Call, session: &Session, panes: &Panes<'_>) -> ProfileDialog {
        let run = run_of(&call, panes);
        let remembered = session.remembered(&call);
        let operation = session.operation_of(&call);
        let profile = match run {
            Some(run) => run.profile().clone(),
            None => remembered.choose(operation.as_ref()),
        };
        let source = match profile.origin {
            Origin::User => USER_SOURCE.to_owned(),
            Origin::Proved => {
                let at = remembered.proved_at.as_deref().unwrap_or("before");
                format!("This machine proved it before, {at}: a second page was received by it.")
            }
            Origin::Catalog => format!(
                "The catalog that comes with the program says so (definitions {}).",
                crate::catalog::VERSION
            ),
            Origin::Inferred => {
                "Nobody declares it: it is inferred from the operation's parameters and its replies."
                    .to_owned()
            }
        };
        let evidence = run.map_or_else(
            || "No page was received yet: the second one will prove or refute it.".to_owned(),
            Run::evidence,
        );
        let mut facts = vec![now(&profile), source, evidence];
        let findings = run.iter().flat_map(|run| run.entries());
        let mut findings = findings.flat_map(|entry| &entry.findings);
        if let Some(refuted) = findings.find(|finding| finding.refutes_profile()) {
            let words = format!("Given up: {}.", refuted.words());
            facts.push(text::safe(&words).into_owned());
        }
        let title = format!(
            "How `{} {}` pages",
            text::safe(&call.entity),
            text::safe(&call.action)
        );
        ProfileDialog {
            dialog: Dialog::new(title, facts, rows(&profile)),
            call,
        }
    }

    fn parts(&self) -> Result<Parts, String> {
        let text = |field| self.dialog.value(field).to_owned();
        let first = self.dialog.value(Field::First).parse();
        Ok(Parts {
            kind: Kind::ALL[self.dialog.chosen(Field::Kind)].0,
            param: text(Field::Param),
            from: text(Field::From),
            first: first.map_err(|_| "first page expects a whole number such as 1")?,
            more: text(Field::More),
            end: text(Field::End),
            size_param: text(Field::SizeParam),
            numeric: self.dialog.chosen(Field::Numeric) == NUMBER,
        })
    }

    /// Keeps the user's profile, or takes it back, and goes on with what then holds.
    fn keep(&self, user: Option<Profile>, context: &mut Context<'_>) {
        let session = context.session;
        let mut remembered = session.remembered(&self.call);
        remembered.user = user;
        let operation = session.operation_of(&self.call);
        let profile = remembered.choose(operation.as_ref());
        let call = || Box::new(self.call.clone());
        context.request(Request::Session(SessionRequest::Remember(
            call(),
            Box::new(remembered),
        )));
        context.request(Request::Reply(ReplyRequest::SetProfile(
            call(),
            Box::new(profile),
        )));
    }
}

const USER_SOURCE: &str = "You set this; r takes it back.";

/// The place of a number among the choices of [`Field::Numeric`].
const NUMBER: usize = 1;

fn now(profile: &Profile) -> String {
    text::safe(&format!("Now: {}.", profile.words())).into_owned()
}

/// Returns the run over pages of the same operation.
fn run_of<'a>(call: &Call, panes: &Panes<'a>) -> Option<&'a Run> {
    let last = panes.reply.pages.last().and_then(|page| page.call())?;
    let is_same = last.connector_id == call.connector_id
        && last.entity == call.entity
        && last.action == call.action;
    panes.reply.run.as_ref().filter(|_| is_same)
}

fn rows(profile: &Profile) -> Vec<Row<Field>> {
    let parts = profile.parts();
    let own = |value: &str, about: &str| (value.to_owned(), about.to_owned());
    let kinds = Kind::ALL.iter().map(|(_, name, about)| own(name, about));
    let kind = Kind::ALL.iter().position(|(kind, ..)| *kind == parts.kind);
    let values = vec![
        own("text", "sent in quotes"),
        own("number", "sent without quotes"),
    ];
    let place = "path in connector_metadata, or result.…";
    vec![
        Row::choice(Field::Kind, "kind", kind.unwrap_or(0), kinds.collect()),
        Row::text(
            Field::Param,
            "parameter",
            parts.param,
            "what is sent for the next page",
        ),
        Row::text(Field::From, "next value from", parts.from, place),
        Row::choice(
            Field::Numeric,
            "value is",
            usize::from(parts.numeric),
            values,
        ),
        Row::text(
            Field::First,
            "first page",
            parts.first.to_string(),
            "where pages are counted: 0 or 1",
        ),
        Row::text(Field::More, "more while true", parts.more, place),
        Row::text(Field::End, "end when true", parts.end, place),
        Row::text(
            Field::SizeParam,
            "page-size parameter",
            parts.size_param,
            "what sets how many records a page has",
        ),
    ]
}

impl DialogState for ProfileDialog {
    type Field = Field;

    fn dialog(&self) -> &Dialog<Field> {
        &self.dialog
    }

    fn dialog_mut(&mut self) -> &mut Dialog<Field> {
        &mut self.dialog
    }

    fn answers(&self) -> &'static [Hint] {
        &[("Enter", "change"), ("r", "reset"), ("Esc", "close")]
    }

    fn changed(&mut self, context: &mut Context<'_>) {
        match self.parts().and_then(|parts| parts.profile(Origin::User)) {
            Ok(profile) => {
                self.dialog.fault = None;
                self.dialog.facts = vec![now(&profile), USER_SOURCE.to_owned()];
                self.keep(Some(profile), context);
            }
            Err(fault) => self.dialog.fault = Some(fault),
        }
    }

    fn answer(&mut self, key: char, context: &mut Context<'_>, _: &Panes<'_>) -> Answered {
        if key != 'r' {
            return Answered::No;
        }
        context.request(Request::Close);
        self.keep(None, context);
        context.open(PopupRequest::Profile(Box::new(self.call.clone())));
        context.notify(Notice::done(
            "The profile is as it was before you changed it",
        ));
        Answered::Yes
    }
}
