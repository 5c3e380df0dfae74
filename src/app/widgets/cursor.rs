//! A place in a list, and the window that shows it.

/// A place in a list, and the first line that is seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The selected line.
    pub at: usize,
    /// The first line seen.
    pub top: usize,
}

impl Cursor {
    /// Moves by some lines and stays within the list.
    pub fn step(&mut self, lines: i64, length: usize) {
        let last = length.saturating_sub(1) as i64;
        self.at = (self.at as i64).saturating_add(lines).clamp(0, last) as usize;
    }

    /// Keeps the place within the list and the window around it.
    pub fn fit(&mut self, height: usize, length: usize) {
        let height = height.max(1);
        self.at = self.at.min(length.saturating_sub(1));
        self.top = self.top.min(length.saturating_sub(height)).min(self.at);
        if self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_window_holds_the_cursor_and_wastes_no_line(steps in prop::collection::vec(-30i64..30, 0..20), height in 1usize..12, length in 0usize..40) {
            let mut cursor = Cursor::default();
            for step in steps {
                cursor.step(step, length);
                cursor.fit(height, length);
                prop_assert!(cursor.at < length.max(1));
                prop_assert!(cursor.top <= cursor.at && cursor.at < cursor.top + height);
                prop_assert!(cursor.top + height <= length.max(height));
            }
        }
    }
}
