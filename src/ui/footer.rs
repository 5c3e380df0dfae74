//! The one line at the bottom: what has just happened, or what works now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Theme;
use crate::app::App;
use crate::app::command::{Command, GlobalCommand};
use crate::app::keymap::key_named;
use crate::app::popups::Hint;
use crate::app::request::form::{Editor, Row};
use crate::app::sizes::Target;
use crate::text;

/// The least width in which a message that is cut names the key that shows all of it.
const LEAST_FOR_ALL: usize = 60;

/// Draws it. Returns what a click on its words does.
pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) -> Vec<(Rect, Target)> {
    let columns = usize::from(area.width);
    if let Some(notice) = &app.messages.notice {
        let (sign, style) = theme.tone(notice.tone);
        let hint = notice
            .hint
            .as_deref()
            .map(|hint| format!("  {}", text::safe(hint)))
            .unwrap_or_default();
        let words = text::safe(&notice.text);
        let is_cut = text::width(&words) + text::width(&hint) > columns.saturating_sub(4);
        let contexts = app.key_contexts();
        let mut bindings = app.session.keymap.bindings().iter();
        let show = Command::Global(GlobalCommand::ShowMessage);
        let show = bindings.find(|row| row.command == show && contexts.contains(&row.context));
        let key = show.and_then(|row| row.keys.first()).map(|key| key.name());
        // What is cut can be read whole elsewhere.
        let all = key.filter(|_| is_cut && app.popups.is_empty() && columns >= LEAST_FOR_ALL);
        let kept = all.as_ref().map_or(0, |key| text::width(key) + 6);
        let columns = columns.saturating_sub(kept);
        let words = text::cut_end(&words, columns.saturating_sub(4)).into_owned();
        let left = columns.saturating_sub(4 + text::width(&words));
        let hint = text::cut_end(&hint, left).into_owned();
        let hint = if text::width(&hint) < 12 {
            String::new()
        } else {
            hint
        };
        let mut spans = vec![
            Span::styled(format!(" {sign} "), style),
            Span::raw(words),
            Span::styled(hint, theme.dim()),
        ];
        if let Some(key) = all {
            spans.push(Span::raw("  "));
            spans.push(Span::styled(key, theme.hint()));
            spans.push(Span::styled(" all", theme.dim()));
        }
        frame.render_widget(Line::from(spans), area);
        return Vec::new();
    }
    let (mut hints, help) = hints(app);
    hints.sort_by_key(|(weight, ..)| std::cmp::Reverse(*weight));
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    let mut targets = Vec::new();
    // Where not all fit, the key that shows all of them is said at the end.
    let all = help.map(|key| (format!("… {key}"), " all"));
    let kept = all
        .as_ref()
        .map_or(0, |(key, label)| text::width(key) + text::width(label) + 1);
    for (_, key, label) in hints {
        let needed = text::width(&key) + 1 + text::width(&label) + 3;
        if used + needed + kept > columns {
            // The least important goes first, and a shorter one after it does not take its place.
            break;
        }
        if let Some(event) = key_named(&key) {
            let place = Rect {
                x: area.x + used as u16,
                width: needed as u16 - 3,
                ..area
            };
            targets.push((place, Target::Key(event)));
        }
        used += needed;
        spans.push(Span::styled(key, theme.hint()));
        spans.push(Span::styled(format!(" {label}   "), theme.dim()));
    }
    if let Some((key, label)) = all {
        if let Some(event) = key_named(key.trim_start_matches("… ")) {
            let place = Rect {
                x: area.x + used as u16,
                width: (text::width(&key) + text::width(label)) as u16,
                ..area
            };
            targets.push((place, Target::Key(event)));
        }
        spans.push(Span::styled(key, theme.hint()));
        spans.push(Span::styled(label, theme.dim()));
    }
    frame.render_widget(Line::from(spans), area);
    targets
}

/// A key of the footer: weight, key, label.
type Weighed = (u8, String, String);

/// Returns the keys of what has the keys, and in a pane the key that shows the others.
fn hints(app: &App) -> (Vec<Weighed>, Option<String>) {
    let own = |hints: &[Hint]| {
        let weighed = hints.iter().enumerate();
        let weighed = weighed
            .map(|(at, (key, label))| (200 - at as u8, (*key).to_owned(), (*label).to_owned()));
        (weighed.collect::<Vec<_>>(), None)
    };
    let contexts = app.key_contexts();
    if let Some(popup) = app.popups.last() {
        let panes = app.panes(&contexts);
        return own(&popup.state().hints(&app.session, &panes));
    }
    if let Some(editing) = &app.request.form.editing {
        return match editing.editor {
            Editor::Json => own(&[
                ("Esc", "keep and close"),
                ("Tab", "complete or indent"),
                ("Ctrl-T", "format"),
                ("F5", "send"),
                ("Ctrl-O", "$EDITOR"),
            ]),
            Editor::Text => own(&[
                ("Esc", "keep and close"),
                ("F5", "send"),
                ("Ctrl-O", "$EDITOR"),
            ]),
            Editor::Line => {
                let row = app.request.form.rows.get(editing.row);
                let mut hints = vec![
                    ("Enter", "keep"),
                    ("Tab", "next row"),
                    ("Esc", "old value"),
                    ("F5", "send"),
                ];
                if row.is_some_and(Row::takes_breaks) {
                    hints.push(("Ctrl-J", "line break"));
                }
                own(&hints)
            }
        };
    }
    if app.connectors.typing.is_some() {
        return own(&[
            ("Enter", "choose"),
            ("↑ ↓", "move"),
            ("Tab", "keep"),
            ("Esc", "show all"),
        ]);
    }
    if app.reply.is_filtering() {
        return own(&[
            ("Enter", "keep"),
            ("Tab", "this page or all"),
            ("Esc", "go back"),
        ]);
    }
    if app.reply.typing.is_some() {
        return own(&[("Enter", "find"), ("Esc", "leave")]);
    }
    let send = Command::Global(GlobalCommand::Send);
    let help = Command::Global(GlobalCommand::Help);
    let bindings = app.session.keymap.bindings().iter().filter(|binding| {
        binding.weight > 0
            && binding.command != help
            && contexts.contains(&binding.context)
            && app.can(binding.command).is_ok()
    });
    let mut hints: Vec<Weighed> = bindings
        .filter_map(|binding| {
            let reads = binding.command == send && app.session.is_file();
            let label = if reads { "read again" } else { binding.label };
            let key = binding.keys.first()?.name();
            Some((binding.weight, key, label.to_owned()))
        })
        .collect();
    if !app.connectors.kept.is_empty() {
        hints.push((211, "Esc".to_owned(), "forget what waits".to_owned()));
    } else if app.reply.load.task().is_some() {
        hints.push((210, "Esc".to_owned(), "cancel".to_owned()));
    }
    let mut all = app.session.keymap.bindings().iter();
    let all = all.find(|binding| binding.command == help && contexts.contains(&binding.context));
    let all = all.and_then(|binding| binding.keys.first());
    (hints, all.map(|key| key.name()))
}
