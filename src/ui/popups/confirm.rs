//! Draws a question, and the body of a request: what is asked in the title, then words, then the body over lines. What
//! changes data is in the colour of danger.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::popups::body::{BodyPopup, CallEffect};
use crate::app::popups::confirm::ConfirmPopup;
use crate::json::document::Document;
use crate::json::pretty;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, WIDEST, hint_targets, open_box};

/// A box with words and a body in it.
struct Question<'a> {
    title: &'a str,
    /// The title where the other has no room.
    short: &'static str,
    effect: CallEffect,
    words: &'a str,
    body: Option<&'a Document>,
    top: usize,
    /// The key that says yes, of a question.
    yes: Option<&'static str>,
}

/// Draws a question. Returns what can be pointed at.
pub(super) fn draw(confirm: &ConfirmPopup, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let yes = if confirm.takes_enter() { "Enter" } else { "y" };
    let question = Question {
        title: &confirm.question,
        short: "Sure?",
        effect: confirm.effect(),
        words: &confirm.body,
        body: confirm.sent.as_deref(),
        top: confirm.top,
        yes: Some(yes),
    };
    draw_box(question, theme, frame, body)
}

/// Draws the body of a request. Returns what can be pointed at.
pub(super) fn draw_body(popup: &BodyPopup, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let question = Question {
        title: &popup.title,
        short: "Body",
        effect: popup.effect,
        words: &popup.note,
        body: Some(&popup.body),
        top: popup.top,
        yes: None,
    };
    draw_box(question, theme, frame, body)
}

fn draw_box(question: Question<'_>, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let widest = usize::from(body.width.min(WIDEST)).saturating_sub(4);
    let mut lines: Vec<Line> = Vec::new();
    // A question that the title has no room for is asked inside.
    let title = if text::width(question.title) > widest.saturating_sub(2) {
        let style = match question.effect {
            CallEffect::Changes => theme.danger(),
            CallEffect::Reads => theme.warning(),
        };
        let wrapped = text::wrap(question.title, widest).into_iter();
        lines.extend(wrapped.map(|line| Line::from(Span::styled(line, style))));
        question.short
    } else {
        question.title
    };
    let part = |lines: &mut Vec<Line>, more: Vec<Line<'static>>| {
        if !lines.is_empty() && !more.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(more);
    };
    if !question.words.is_empty() {
        let wrapped = text::wrap(question.words, widest).into_iter();
        part(&mut lines, wrapped.map(Line::from).collect());
    }
    if let Some(document) = question.body
        && let Some(root) = document.root()
    {
        let body = pretty::lines(document, root, widest).into_iter();
        let body = body.map(|line| {
            let pieces = line.into_iter();
            let spans = pieces.map(|(role, words)| Span::styled(words, theme.role(role)));
            Line::from(spans.collect::<Vec<_>>())
        });
        part(&mut lines, body.collect());
    }
    let foot = if question.yes.is_none() {
        0
    } else if lines.is_empty() {
        1
    } else {
        2
    };
    let room = usize::from(body.height).saturating_sub(2 + foot).max(1);
    let shown = lines.len().min(room);
    let below = if lines.len() > shown {
        let last = (question.top + shown).min(lines.len());
        format!("{last} of {} lines", lines.len())
    } else {
        String::new()
    };
    let columns = lines.iter().map(Line::width).max().unwrap_or(0).max(24);
    let inner = open_box(
        theme,
        frame,
        body,
        title,
        columns,
        shown + foot,
        &below,
        usize::from(WIDEST),
    );
    if question.effect == CallEffect::Changes {
        colour_border(theme, frame, inner);
    }
    let row = |at: usize| Rect {
        y: inner.y + at as u16,
        height: 1,
        ..inner
    };
    let visible = shown.min(usize::from(inner.height).saturating_sub(foot));
    let seen = lines.iter().skip(question.top).take(visible);
    for (at, line) in seen.enumerate() {
        frame.render_widget(line, row(at));
    }
    let mut targets = Vec::new();
    if let Some(yes) = question.yes
        && inner.height > 0
    {
        let row = row(usize::from(inner.height) - 1);
        let answers = Line::from(vec![
            Span::styled(yes, theme.hint()),
            Span::raw(" yes   "),
            Span::styled("n", theme.hint()),
            Span::raw(" no"),
        ]);
        frame.render_widget(answers, row);
        targets = hint_targets(row, &[(yes, "yes"), ("n", "no")], 3);
    }
    Drawn {
        lines: (visible, lines.len()),
        targets,
        ..Drawn::box_of(inner)
    }
}

/// Gives the border and the title around the inside of a box the colour of danger.
fn colour_border(theme: Theme, frame: &mut Frame, inner: Rect) {
    let outer = Rect {
        x: inner.x.saturating_sub(2),
        y: inner.y.saturating_sub(1),
        width: inner.width + 4,
        height: inner.height + 2,
    }
    .intersection(frame.area());
    let side = Rect { width: 1, ..outer };
    let line = Rect { height: 1, ..outer };
    let right = outer.right().saturating_sub(1);
    let bottom = outer.bottom().saturating_sub(1);
    for edge in [
        side,
        Rect { x: right, ..side },
        line,
        Rect { y: bottom, ..line },
    ] {
        frame.buffer_mut().set_style(edge, theme.danger());
    }
}
