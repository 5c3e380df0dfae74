//! Draws what stands in the empty room before a connector is chosen: what this is, where to begin, what the badges say.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Theme;
use super::connectors::badge;
use super::widgets::{draw_sentence, pad};
use crate::app::App;
use crate::app::command::{Command, ConnectorsCommand, GlobalCommand};
use crate::app::widgets::focus::KeyContext;
use crate::domain::connector::StoreState;
use crate::text;

const ABOUT: &str = "airscope shows what your connectors hold: choose a connector, fill in a request, read the reply here.";
/// What to begin with.
const FIRST: [(KeyContext, Command, &str); 3] = [
    (
        KeyContext::Connectors,
        Command::Connectors(ConnectorsCommand::Choose),
        "choose a connector, then edit a value",
    ),
    (
        KeyContext::Always,
        Command::Global(GlobalCommand::Send),
        "send the request",
    ),
    (
        KeyContext::Everywhere,
        Command::Global(GlobalCommand::Help),
        "all keys that hold where you are",
    ),
];

pub(super) fn draw(app: &App, theme: Theme, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(2);
    let about = text::wrap(ABOUT, width);
    let mut lines: Vec<Line> = about
        .into_iter()
        .map(|line| Line::raw(format!(" {line}")))
        .collect();
    lines.push(Line::default());
    for (context, command, words) in FIRST {
        let mut bindings = app.session.keymap.of(context);
        let binding = bindings.find(|binding| binding.command == command);
        let key = binding.and_then(|binding| binding.keys.first());
        let Some(key) = key.map(|key| key.name()) else {
            continue;
        };
        let words = text::cut_end(words, width.saturating_sub(9)).into_owned();
        lines.push(Line::from(vec![
            Span::styled(format!("   {}", pad(&key, 7)), theme.hint()),
            Span::raw(words),
        ]));
    }
    lines.push(Line::default());
    lines.extend(legend(theme, width));
    if lines.len() > usize::from(area.height) {
        // Too low for all of it: the sentence alone says where to begin.
        return draw_sentence(theme, frame, area, ABOUT);
    }
    for (row, line) in lines.into_iter().enumerate() {
        let place = Rect {
            y: area.y + row as u16,
            height: 1,
            ..area
        };
        frame.render_widget(line, place);
    }
}

/// Says what the badges of the Context Store mean.
fn legend<'a>(theme: Theme, width: usize) -> Vec<Line<'a>> {
    let states = [
        (Some(StoreState::Ready), "all of it can be searched"),
        (Some(StoreState::Preview), "a part can be searched"),
        (Some(StoreState::Building), "the first rows are being read"),
        (Some(StoreState::Loading), "nothing has been read yet"),
        (None, "not known"),
    ];
    let head = text::cut_end(" The sign before a connector: its Context Store", width).into_owned();
    let mut lines = vec![Line::styled(head, theme.dim())];
    lines.extend(states.map(|(state, words)| {
        let (sign, style) = badge(theme, state.as_ref());
        let name = state.as_ref().map(StoreState::label).unwrap_or("No badge");
        let words = format!(" {} {words}", pad(name, 16));
        Line::from(vec![
            Span::styled(format!("   {sign}"), style),
            Span::styled(text::cut_end(&words, width).into_owned(), theme.dim()),
        ])
    }));
    lines
}
