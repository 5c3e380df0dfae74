//! Limits on what is drawn: a terminal that reports an enormous size is used only in its upper left corner, and a cell with
//! any number of combining marks is cut.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::text::cut_cluster;

/// The largest size that is drawn on.
const MAX_SIZE: Size = Size {
    width: 1000,
    height: 500,
};

/// A backend with a bounded size and bounded cells.
pub(super) struct Bounded<B>(pub(super) B);

fn bounded(size: Size) -> Size {
    Size {
        width: size.width.min(MAX_SIZE.width),
        height: size.height.min(MAX_SIZE.height),
    }
}

impl<B: Backend> Backend for Bounded<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        // A letter may carry any number of combining marks, so a cell could have megabytes.
        let mut cut: Vec<(usize, Cell)> = Vec::new();
        let cells: Vec<(u16, u16, &Cell)> = content.collect();
        for (at, (_, _, cell)) in cells.iter().enumerate() {
            let symbol = cell.symbol();
            let short = cut_cluster(symbol);
            if short.len() < symbol.len() {
                let mut own = (*cell).clone();
                own.set_symbol(short);
                cut.push((at, own));
            }
        }
        let mut cut = cut.iter().peekable();
        self.0
            .draw(cells.iter().enumerate().map(|(at, (x, y, cell))| {
                match cut.next_if(|(own, _)| *own == at) {
                    Some((_, short)) => (*x, *y, short),
                    None => (*x, *y, *cell),
                }
            }))
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(region)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.0.size().map(bounded)
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        let size = self.0.window_size()?;
        Ok(WindowSize {
            columns_rows: bounded(size.columns_rows),
            ..size
        })
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::{MAX_SIZE, bounded};

    #[test]
    fn an_enormous_size_is_bounded() {
        assert_eq!(
            bounded(Size {
                width: 65_535,
                height: 65_535
            }),
            MAX_SIZE
        );
        assert_eq!(
            bounded(Size {
                width: 120,
                height: 36
            }),
            Size {
                width: 120,
                height: 36
            }
        );
    }
}
