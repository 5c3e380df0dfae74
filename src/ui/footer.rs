//! The one line at the bottom: what has just happened, or what works now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Theme;
use crate::app::App;
use crate::app::command::Command;
use crate::app::keys::BINDINGS;
use crate::app::popup::Popup;
use crate::text;

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) {
    let columns = usize::from(area.width);
    if let Some(notice) = &app.notice {
        let (sign, style) = theme.tone(notice.tone);
        let hint = notice
            .hint
            .as_deref()
            .map(|hint| format!("  {}", text::safe(hint)))
            .unwrap_or_default();
        let words =
            text::cut_end(&text::safe(&notice.text), columns.saturating_sub(4)).into_owned();
        let left = columns.saturating_sub(4 + text::width(&words));
        let hint = text::cut_end(&hint, left).into_owned();
        let hint = if text::width(&hint) < 12 {
            String::new()
        } else {
            hint
        };
        let line = Line::from(vec![
            Span::styled(format!(" {sign} "), style),
            Span::styled(words, style),
            Span::styled(hint, theme.hint()),
        ]);
        frame.render_widget(line, area);
        return;
    }
    let mut hints = hints(app);
    hints.sort_by_key(|(weight, ..)| std::cmp::Reverse(*weight));
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (_, key, label) in hints {
        let needed = text::width(&key) + 1 + text::width(&label) + 3;
        if used + needed > columns {
            // The least important goes first, and a shorter one after it does not take its place.
            break;
        }
        used += needed;
        spans.push(Span::styled(key, theme.hint()));
        spans.push(Span::styled(format!(" {label}   "), theme.dim()));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Returns weight, key and label of what works now.
fn hints(app: &App) -> Vec<(u8, String, String)> {
    let own = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .enumerate()
            .map(|(at, (key, label))| (200 - at as u8, (*key).to_owned(), (*label).to_owned()))
            .collect::<Vec<_>>()
    };
    match app.popups.last() {
        Some(Popup::Picker(_)) => {
            return own(&[
                ("Enter", "choose"),
                ("↑ ↓", "move"),
                ("Esc", "close"),
                ("type", "to filter"),
            ]);
        }
        Some(Popup::Text(_)) => return own(&[("Esc", "close"), ("j k", "scroll")]),
        Some(Popup::Confirm(_)) => return own(&[("y", "yes"), ("n", "no")]),
        Some(Popup::Dialog(dialog)) if dialog.editing.is_some() => {
            return own(&[("Enter", "keep"), ("Esc", "leave")]);
        }
        Some(Popup::Dialog(_)) => {
            return own(&[
                ("↑ ↓", "move"),
                ("Enter", "change"),
                ("Backspace", "empty"),
                ("Esc", "close"),
            ]);
        }
        Some(Popup::Ledger(_)) => {
            return own(&[
                ("Enter", "go to the page"),
                ("D", "decode the token"),
                ("j k", "move"),
                ("Esc", "close"),
            ]);
        }
        Some(Popup::Fields(_)) => {
            if app.setup.file.is_some() {
                return own(&[
                    ("Enter", "go to the field"),
                    ("j k", "move"),
                    ("Esc", "close"),
                ]);
            }
            return own(&[
                ("Space", "mark"),
                ("s", "marks to select_fields"),
                ("Enter", "go to the field"),
                ("j k", "move"),
                ("Esc", "close"),
            ]);
        }
        Some(Popup::DecoderView(_)) => {
            return own(&[
                ("y", "copy"),
                ("s", "send from here"),
                ("j k", "move"),
                ("Esc", "close"),
            ]);
        }
        Some(Popup::Attachments(view)) if view.is_empty() => return own(&[("Esc", "close")]),
        Some(Popup::Attachments(_)) => {
            return own(&[
                ("d", "download"),
                ("Space", "mark"),
                ("A", "mark all"),
                ("Enter", "go there"),
                ("o", "open the address"),
                ("Esc", "close"),
            ]);
        }
        Some(Popup::Downloads(_)) if app.downloads.queue.items().is_empty() => {
            return own(&[("Esc", "close")]);
        }
        Some(Popup::Downloads(_)) => {
            if app.downloads.queue.is_idle() {
                return own(&[
                    ("o", "open"),
                    ("y", "copy path"),
                    ("R", "retry failed"),
                    ("Esc", "close"),
                ]);
            }
            let space = if app.downloads.queue.is_paused() {
                "go on"
            } else {
                "pause"
            };
            return own(&[
                ("Space", space),
                ("c", "cancel"),
                ("R", "retry failed"),
                ("o", "open"),
                ("y", "copy path"),
                ("Esc", "close"),
            ]);
        }
        Some(Popup::Prompt(_)) => return own(&[("Enter", "save"), ("Esc", "close")]),
        None => {}
    }
    if let Some(editing) = &app.form.editing {
        return if editing.json {
            own(&[("Esc", "keep and leave"), ("F5", "send")])
        } else {
            own(&[("Enter", "keep"), ("F5", "send"), ("Esc", "keep and leave")])
        };
    }
    if app.connectors.typing.is_some() {
        return own(&[("Enter", "choose"), ("↑ ↓", "move"), ("Esc", "show all")]);
    }
    if app
        .reply
        .filter
        .as_ref()
        .is_some_and(|filter| filter.input.is_some())
    {
        return own(&[
            ("Enter", "keep"),
            ("Tab", "this page or all"),
            ("Esc", "go back"),
        ]);
    }
    if app.reply.typing.is_some() {
        return own(&[("Enter", "find"), ("Esc", "leave")]);
    }
    let places = app.key_places();
    let mut hints: Vec<(u8, String, String)> = BINDINGS
        .iter()
        .filter(|binding| {
            binding.weight > 0
                && places.contains(&binding.place)
                && app.can(binding.command).is_ok()
        })
        .filter_map(|binding| {
            let reads = binding.command == Command::Send && app.setup.file.is_some();
            let label = if reads { "read again" } else { binding.label };
            Some((
                binding.weight,
                binding.keys.first()?.name(),
                label.to_owned(),
            ))
        })
        .collect();
    if app.reply.load.task().is_some() {
        hints.push((210, "Esc".to_owned(), "cancel".to_owned()));
    }
    hints
}
