//! Draws the items of an array to be checked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::popups::check_list::{CheckItem, CheckList, CheckState, ItemOrigin};
use crate::domain::call::plain_text;
use crate::text;
use crate::ui::Theme;
use crate::ui::widgets::{Drawn, WIDEST, draw_selected, open_box, pad};

/// Draws them. Returns what was drawn where.
pub(super) fn draw(list: &CheckList, theme: Theme, frame: &mut Frame, body: Rect) -> Drawn {
    let label = |item: &CheckItem| text::safe(&plain_text(&item.json)).into_owned();
    let labels = list.items.iter().map(|item| text::width(&label(item)));
    let columns = labels.max().unwrap_or(0) + 4 + UNDECLARED.len();
    let room = usize::from(body.height.saturating_sub(4)).max(1);
    let checked = list.checked().len();
    let inner = open_box(
        theme,
        frame,
        body,
        &list.name,
        columns.max(30),
        list.items.len().clamp(1, room),
        &format!("{checked} of {}", list.items.len()),
        usize::from(WIDEST),
    );
    let items = list.items.iter().enumerate().skip(list.cursor.top);
    for (line, (at, item)) in items.take(usize::from(inner.height)).enumerate() {
        let (sign, sign_style) = match item.state {
            CheckState::Checked => ("[x] ", theme.hint()),
            CheckState::Unchecked => ("[ ] ", theme.dim()),
        };
        let about = match item.origin {
            ItemOrigin::Declared => "",
            ItemOrigin::Typed => UNDECLARED,
        };
        let left = usize::from(inner.width).saturating_sub(sign.len() + about.len());
        let row = Line::from(vec![
            Span::styled(sign, sign_style),
            Span::raw(pad(&label(item), left)),
            Span::styled(about, theme.dim()),
        ]);
        let place = Rect {
            y: inner.y + line as u16,
            height: 1,
            ..inner
        };
        if at == list.cursor.at {
            draw_selected(theme, frame, place, row);
        } else {
            frame.render_widget(row, place);
        }
    }
    Drawn::box_of(inner).with_list(inner, 0, usize::from(inner.height), list.items.len())
}

/// What is said of an item that the definition does not name.
const UNDECLARED: &str = "  not declared";
