//! A request that failed, as it fills the pane: what failed, the service's words, what helps, and what was sent.

use std::sync::Arc;

use super::{ReplyPane, Shown};
use crate::app::command::Movement;
use crate::app::context::{Context, Reason};
use crate::app::requests::{FormRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::{Notice, Tone};
use crate::domain::call::{Call, OPTIONS};
use crate::domain::failure::Failure;
use crate::domain::operation::only_reads;
use crate::json::document::Document;
use crate::json::pretty;
use crate::json::rows::Role;
use crate::text;

/// The columns of the labels.
const LABEL: usize = 9;

/// A request that failed.
#[derive(Debug, Clone)]
pub struct FailedRequest {
    /// Why.
    pub failure: Failure,
    /// The call as it was sent; `None` for a file that could not be read.
    pub call: Option<Call>,
    /// The row of the form that the service's answer is about.
    pub field: Option<String>,
    /// The first line that is shown.
    pub top: usize,
    /// The address and the body that were sent, without the secrets of the session.
    sent: Option<(String, Arc<Document>)>,
    /// The lines, and the width for which they were laid out.
    lines: (usize, Vec<Line>),
}

/// A line of the pane.
pub type Line = Vec<(Look, String)>;

/// How a piece of a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// What failed.
    Failure,
    /// Words to read.
    Text,
    /// What a value is.
    Label,
    /// A key, a name, the next step.
    Hint,
    /// A piece of the body that was sent.
    Json(Role),
}

impl FailedRequest {
    /// Keeps a failure with the call that was sent.
    pub fn new(failure: Failure, call: Option<Call>, session: &Session) -> FailedRequest {
        let field = call
            .as_ref()
            .and_then(|call| field_of(&failure, call, session));
        let sent = call.as_ref().map(|call| {
            let scrubber = &session.setup.scrubber;
            let address = format!(
                "{}{}",
                session.setup.host.trim_end_matches('/'),
                call.path()
            );
            (scrubber.scrub(&address).into_owned(), session.body_of(call))
        });
        FailedRequest {
            failure,
            call,
            field,
            top: 0,
            sent,
            lines: (0, Vec::new()),
        }
    }

    /// Returns the lines that are seen in a window.
    pub fn seen(&self, height: usize) -> &[Line] {
        let lines = &self.lines.1;
        let from = self.top.min(lines.len());
        &lines[from..(from + height).min(lines.len())]
    }

    /// Returns how many lines there are.
    pub fn length(&self) -> usize {
        self.lines.1.len()
    }

    /// Returns all of it as text, to be copied.
    pub fn text(&self) -> String {
        let lines = self.lay_out(usize::MAX / 2).into_iter();
        let lines: Vec<String> = lines
            .map(|line| line.into_iter().map(|(_, words)| words).collect())
            .collect();
        lines.join("\n")
    }

    fn scroll(&mut self, lines: i64) {
        let most = i64::from(u32::MAX);
        self.top = (self.top as i64).saturating_add(lines).clamp(0, most) as usize;
    }

    /// Lays the lines out for a width, and keeps the window full.
    fn fit(&mut self, width: usize, height: usize) {
        if self.lines.0 != width {
            self.lines = (width, self.lay_out(width));
        }
        self.top = self.top.min(self.length().saturating_sub(height));
    }

    fn lay_out(&self, width: usize) -> Vec<Line> {
        let mut page = Lines {
            width: width.max(12),
            lines: Vec::new(),
        };
        page.wrapped(Look::Failure, &format!("✗ {}", self.failure.summary));
        let details = self.failure.detail.as_deref().unwrap_or_default();
        let status = self.failure.status.map(|status| status.to_string());
        // The summary quotes the words that are short.
        let is_new = |line: &&str| {
            let is_status = status
                .as_ref()
                .is_some_and(|status| format!("HTTP {status}") == **line);
            !line.is_empty() && !is_status && !quotes(&self.failure.summary, line)
        };
        let details: Vec<&str> = details.lines().filter(is_new).collect();
        if !details.is_empty() {
            page.blank();
        }
        for line in details {
            page.wrapped(Look::Text, line);
        }
        page.blank();
        if let Some(status) = &status {
            page.labelled("status", Look::Text, status);
        }
        if let Some(field) = &self.field {
            let words = format!("{}: Enter goes there", text::safe(field));
            page.labelled("field", Look::Hint, &words);
        }
        if let Some(hint) = &self.failure.hint {
            page.labelled("hint", Look::Hint, hint);
        }
        page.labelled("next", Look::Hint, self.next_step());
        if let Some((address, body)) = &self.sent {
            page.blank();
            // The whole of it would take several lines; what tells the call apart is its ends.
            let address = text::safe(address);
            let address = text::cut_middle(&address, page.width.saturating_sub(2 + LABEL + 5));
            page.labelled("sent", Look::Text, &format!("POST {address}"));
            let root = body.root();
            let lines = root.map(|root| pretty::lines(body, root, page.width - 2));
            for line in lines.into_iter().flatten() {
                let pieces = line.into_iter();
                page.add(pieces.map(|(role, words)| (Look::Json(role), words)));
            }
        }
        page.lines
    }

    /// Returns what the user can do about it. A change whose outcome is unknown is not advised to be sent again.
    fn next_step(&self) -> &'static str {
        match &self.call {
            None => "F5 reads it again",
            Some(_) if self.failure.outcome_unknown => "Esc goes back",
            Some(call) if only_reads(&call.action) => "F5 sends it again, Esc goes back",
            Some(_) => "F5 asks before it is sent again, Esc goes back",
        }
    }
}

/// Lines that are being laid out.
struct Lines {
    width: usize,
    lines: Vec<Line>,
}

impl Lines {
    fn blank(&mut self) {
        self.lines.push(Vec::new());
    }

    fn add(&mut self, pieces: impl Iterator<Item = (Look, String)>) {
        let margin = (Look::Text, " ".to_owned());
        self.lines
            .push(std::iter::once(margin).chain(pieces).collect());
    }

    fn wrapped(&mut self, look: Look, words: &str) {
        for line in text::wrap(words, self.width - 2) {
            self.add(std::iter::once((look, line)));
        }
    }

    fn labelled(&mut self, label: &str, look: Look, words: &str) {
        for (at, line) in text::wrap(words, self.width - 2 - LABEL)
            .into_iter()
            .enumerate()
        {
            let label = if at == 0 { label } else { "" };
            let label = (Look::Label, format!("{label:<LABEL$}"));
            self.add([label, (look, line)].into_iter());
        }
    }
}

/// Returns whether words are repeated in others.
fn quotes(whole: &str, part: &str) -> bool {
    whole.contains(part)
}

/// Returns the row of the form that an answer is about: the first name in it that is one.
fn field_of(failure: &Failure, call: &Call, session: &Session) -> Option<String> {
    let operation = session.operation_of(call);
    let is_row = |name: &&String| {
        let mut declared = operation.iter().flat_map(|operation| &operation.parameters);
        declared.any(|parameter| parameter.name == **name)
            || call.params.get(name).is_some()
            || OPTIONS.contains(&name.as_str())
    };
    failure.names.iter().find(is_row).cloned()
}

impl ReplyPane {
    /// Returns the request that failed, if it is shown.
    pub fn failed_request(&self) -> Option<&FailedRequest> {
        match &self.shown {
            Shown::Failed(failed) => Some(failed),
            Shown::Nothing | Shown::Pages | Shown::File(_) | Shown::Dropped => None,
        }
    }

    pub(super) fn failed_request_mut(&mut self) -> Option<&mut FailedRequest> {
        match &mut self.shown {
            Shown::Failed(failed) => Some(failed),
            Shown::Nothing | Shown::Pages | Shown::File(_) | Shown::Dropped => None,
        }
    }

    /// Shows a request that failed in place of what was shown. The status line only points to it.
    pub(super) fn show_failed(
        &mut self,
        failure: Failure,
        call: Option<Call>,
        context: &mut Context<'_>,
    ) {
        let what = match &call {
            Some(call) => call.failed_to(),
            None => "The file could not be read".to_owned(),
        };
        context.keep_failure(&failure);
        context.notify(Notice {
            tone: Tone::Error,
            text: format!("{what}: the reply pane shows why"),
            hint: None,
            failure: Some(Box::new(failure.clone())),
        });
        let failed = FailedRequest::new(failure, call, context.session);
        self.shown = Shown::Failed(Box::new(failed));
    }

    /// Returns whether there is a field to go to; if not, why not.
    pub(super) fn can_go_to_failed_field(failed: &FailedRequest) -> Result<(), Reason> {
        match failed.field {
            Some(_) => Ok(()),
            None => Err("The answer names no field of the request".into()),
        }
    }

    /// Goes to the row of the form that the failure is about.
    pub(super) fn go_to_failed_field(&self, context: &mut Context<'_>) {
        let failed = self.failed_request();
        let Some((call, field)) =
            failed.and_then(|failed| Some((failed.call.as_ref()?, failed.field.as_ref()?)))
        else {
            return;
        };
        context.request(Request::Form(FormRequest::GoToRow {
            connector_id: call.connector_id.clone(),
            entity: call.entity.clone(),
            action: call.action.clone(),
            row: field.clone(),
        }));
        context.request(Request::Focus(Pane::Request));
    }

    /// Moves in the failure that is shown. Returns whether one is.
    pub(super) fn move_in_failed(&mut self, movement: Movement, height: usize) -> bool {
        let Some(failed) = self.failed_request_mut() else {
            return false;
        };
        failed.scroll(movement.lines(height));
        failed.top = failed.top.min(failed.length().saturating_sub(height));
        true
    }

    /// Scrolls the failure that is shown by lines. Returns whether one is.
    pub(super) fn scroll_failed(&mut self, lines: i64) -> bool {
        match self.failed_request_mut() {
            Some(failed) => {
                failed.scroll(lines);
                true
            }
            None => false,
        }
    }

    /// Lays out the failure that is shown for a window.
    pub(super) fn fit_failed(&mut self, width: usize, height: usize) {
        if let Some(failed) = self.failed_request_mut() {
            failed.fit(width, height);
        }
    }
}
