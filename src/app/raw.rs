//! A body as lines of a width, without counting them.

/// Returns where the next line of a body begins: after a break, or after as many bytes as there are
/// columns. `None` at the end.
pub fn after(body: &[u8], start: usize, columns: usize) -> Option<usize> {
    let columns = columns.max(1);
    let rest = body.get(start..)?;
    let line = memchr::memchr(b'\n', &rest[..rest.len().min(columns + 1)]);
    let mut next = match line {
        Some(length) => start + length + 1,
        None => start + columns,
    };
    // Never begin inside of a character.
    while next < body.len() && body[next] & 0b1100_0000 == 0b1000_0000 {
        next += 1;
    }
    (next < body.len()).then_some(next)
}

/// Returns where the line before begins; `None` at the start.
pub fn before(body: &[u8], start: usize, columns: usize) -> Option<usize> {
    if start == 0 {
        return None;
    }
    let line = memchr::memrchr(b'\n', &body[..start - 1]).map_or(0, |at| at + 1);
    // Lines that are wrapped begin at multiples of the width, give or take a character.
    let mut at = line + (start - 1 - line) / columns.max(1) * columns.max(1);
    while at > line && body[at] & 0b1100_0000 == 0b1000_0000 {
        at -= 1;
    }
    Some(at)
}
