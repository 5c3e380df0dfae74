//! The floor: a bare ratatui program that paints one frame of the same layout and ends with any
//! key. `benches/startup.py` compares the start of airscope with it.

use ratatui::layout::{Constraint, Layout};
use ratatui::widgets::{Block, BorderType, Paragraph};

fn main() -> std::io::Result<()> {
    let mut terminal = ratatui::init();
    terminal.draw(|frame| {
        let [left, right] =
            Layout::horizontal([Constraint::Length(28), Constraint::Min(0)]).areas(frame.area());
        for (area, title) in [(left, " Connectors "), (right, " Request ")] {
            frame.render_widget(
                Paragraph::new("bare").block(
                    Block::bordered()
                        .border_type(BorderType::Rounded)
                        .title(title),
                ),
                area,
            );
        }
    })?;
    crossterm::event::read()?;
    ratatui::restore();
    Ok(())
}
