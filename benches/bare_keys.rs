//! The floor of a key: a bare ratatui program whose frame is a bordered list of lines of some spans, one of
//! them selected. `j` moves the selection and paints again, `q` ends it.
//!
//!     valgrind --tool=callgrind target/release/examples/bare_keys

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

fn main() -> std::io::Result<()> {
    let mut terminal = ratatui::init();
    let mut at = 0;
    loop {
        terminal.draw(|frame| {
            let block = Block::bordered()
                .border_type(BorderType::Rounded)
                .title(" Reply ");
            let inner = block.inner(frame.area());
            frame.render_widget(block, frame.area());
            for row in 0..inner.height {
                let style = if row == at {
                    Style::new().fg(Color::Black).bg(Color::Cyan)
                } else {
                    Style::new()
                };
                let text = |words: &str, colour| {
                    Span::styled(words.to_owned(), style.patch(Style::new().fg(colour)))
                };
                let mut spans = vec![
                    text(" ▸ ", Color::DarkGray),
                    text(&format!("{row}  {{"), Color::DarkGray),
                ];
                for field in ["number", "title", "state", "author", "labels"] {
                    spans.extend([
                        text(field, Color::LightBlue),
                        text(": ", Color::DarkGray),
                        text("\"a value of it\"", Color::Green),
                        text(", ", Color::DarkGray),
                    ]);
                }
                let place = ratatui::layout::Rect {
                    y: inner.y + row,
                    height: 1,
                    ..inner
                };
                frame.render_widget(Line::from(spans).style(style), place);
            }
        })?;
        if let crossterm::event::Event::Key(key) = crossterm::event::read()? {
            match key.code {
                crossterm::event::KeyCode::Char('q') => break,
                _ => at = (at + 1) % 30,
            }
        }
    }
    ratatui::restore();
    Ok(())
}
