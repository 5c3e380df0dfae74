//! Foreign text made harmless, and text cut to a width.
//!
//! Whatever the service or a file gave us passes [`safe`] before it reaches a terminal. Widths are
//! terminal columns, never bytes or characters.

pub mod fuzzy;
pub mod similar;
pub mod size;

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns whether a character may be shown as it is, whatever stands beside it.
///
/// Refused are C0 and C1 controls, bidirectional marks, zero-width characters, line and paragraph
/// separators, interlinear and tag characters: each can move the cursor, start an escape sequence,
/// or make a line read differently from what it holds.
pub fn is_harmless(character: char) -> bool {
    !matches!(character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns whether a character joins or separates the letters beside it, and is of a word there: Persian writes its words
/// with the one, Indic scripts and emoji with the other. Between letters of other scripts it would be seen by nobody.
fn is_joined(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_of_script = |beside: Option<char>| {
        beside.is_some_and(|beside| {
            is_harmless(beside)
                && matches!(beside,
                    // From Hebrew over Arabic and the Indic scripts to Mongolian.
                    '\u{590}'..='\u{109f}' | '\u{1700}'..='\u{1cff}' | '\u{a8e0}'..='\u{a8ff}' | '\u{aa00}'..='\u{abff}'
                    | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{11fff}'
                    // Symbols and emoji, also in a variant.
                    | '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
        })
    };
    matches!(character, '\u{200c}' | '\u{200d}') && is_of_script(before) && is_of_script(after)
}

/// Iterates over the characters of a text with those before and after each.
fn in_context(text: &str) -> impl Iterator<Item = (Option<char>, char, Option<char>)> + '_ {
    let mut before = None;
    let mut rest = text.chars().peekable();
    std::iter::from_fn(move || {
        let character = rest.next()?;
        let own = (before, character, rest.peek().copied());
        before = Some(character);
        Some(own)
    })
}

/// Returns whether a text may be shown as it is.
pub fn is_safe(text: &str) -> bool {
    in_context(text).all(|(before, character, after)| {
        is_harmless(character) || is_joined(before, character, after)
    })
}

/// Returns the text with what may not be shown as it is replaced, a character by a character.
pub fn masked(text: &str, mut mask: impl FnMut(char) -> char) -> String {
    in_context(text)
        .map(|(before, character, after)| {
            if is_joined(before, character, after) {
                character
            } else {
                mask(character)
            }
        })
        .collect()
}

/// Returns the text with every harmful character written as a JSON escape (`\u001b`, `\n`).
///
/// Borrows when there is nothing to do, which is nearly always.
pub fn safe(text: &str) -> Cow<'_, str> {
    if is_safe(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(safe_but(text, &[]))
}

/// Returns the text with every harmful character escaped, but for some that stay.
pub fn safe_but(text: &str, stay: &[char]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (before, character, after) in in_context(text) {
        if stay.contains(&character) {
            out.push(character);
        } else {
            push_safe_between(&mut out, before, character, after);
        }
    }
    out
}

/// Appends a character, escaped if it is harmful between those before and after it.
pub fn push_safe_between(
    out: &mut String,
    before: Option<char>,
    character: char,
    after: Option<char>,
) {
    if is_joined(before, character, after) {
        out.push(character);
    } else {
        push_safe(out, character);
    }
}

/// Returns the text, harmless, on one line: each line break is shown as `⏎`.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return safe(text);
    }
    let lines: Vec<_> = text.split('\n').map(safe).collect();
    Cow::Owned(lines.join("⏎"))
}

/// Appends one character, escaped if it is harmful.
pub fn push_safe(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if is_harmless(character) => out.push(character),
        _ => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

/// Returns how many columns the text takes.
pub fn width(text: &str) -> usize {
    // Most text is a column a byte.
    if is_plain(text.as_bytes()) {
        text.len()
    } else {
        text.width()
    }
}

/// Returns whether each byte is a character of one column.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Cuts at the end so that the text takes at most `columns`, with `…` in place of what is missing.
pub fn cut_end(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut out = match text.as_bytes().get(..columns - 1) {
        Some(head)
            if is_plain(head) && text.as_bytes().get(columns - 1).is_some_and(u8::is_ascii) =>
        {
            text[..columns - 1].to_owned()
        }
        _ => take_columns(text.graphemes(true), columns - 1),
    };
    out.push('…');
    Cow::Owned(out)
}

/// Cuts in the middle, for ids and tokens, which differ at their ends.
pub fn cut_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    if columns < 3 {
        return cut_end(text, columns);
    }
    let tail = (columns - 1) / 2;
    let head = columns - 1 - tail;
    let mut out = take_columns(text.graphemes(true), head);
    out.push('…');
    let mut ending: Vec<&str> = Vec::new();
    let mut used = 0;
    for cluster in text.graphemes(true).rev() {
        used += width(cluster);
        if used > tail {
            break;
        }
        ending.push(cut_cluster(cluster));
    }
    out.extend(ending.into_iter().rev());
    Cow::Owned(out)
}

/// Returns the text from a column on; a wide character cut in half is left out.
pub fn skip_columns(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        if used >= columns {
            return &text[at..];
        }
        used += width(cluster);
    }
    ""
}

/// Returns the text in pieces of at most `columns`, one at least, together the whole text: divided after a blank where
/// there is one, and never inside of what is seen as one character. A blank at the end may be a column more.
pub fn pieces(text: &str, columns: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut used) = (0, 0);
    // Where the piece can be divided, and the columns up to there.
    let mut blank = None;
    for (at, cluster) in text.grapheme_indices(true) {
        let step = width(cluster);
        let most = columns + usize::from(cluster == " ");
        if used > 0 && used + step > most {
            let (end, taken) = blank.take().unwrap_or((at, used));
            pieces.push(&text[begin..end]);
            (begin, used) = (end, used - taken);
        }
        used += step;
        if cluster == " " {
            blank = Some((at + 1, used));
        }
    }
    pieces.push(&text[begin..]);
    pieces
}

fn take_columns<'a>(clusters: impl Iterator<Item = &'a str>, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for cluster in clusters {
        used += width(cluster);
        if used > columns {
            break;
        }
        out.push_str(cut_cluster(cluster));
        if out.len() > most_bytes(columns) {
            break;
        }
    }
    out
}

/// What is seen as one character takes no more bytes than this: any number of marks can be put on a letter.
const LONGEST_CLUSTER: usize = 32;

/// Returns the number of bytes that a text of this many columns may have. Some characters take no
/// column.
fn most_bytes(columns: usize) -> usize {
    columns.saturating_add(2).saturating_mul(LONGEST_CLUSTER)
}

/// Returns whether a text fits into so many columns, and is not longer in bytes than such a text may be.
fn fits(text: &str, columns: usize) -> bool {
    is_plain(text.as_bytes()) && text.len() <= columns
        || text.len() <= most_bytes(columns)
            && width(text) <= columns
            && text
                .graphemes(true)
                .all(|cluster| cluster.len() <= LONGEST_CLUSTER)
}

/// Returns the beginning of a cluster, cut between characters.
pub fn cut_cluster(cluster: &str) -> &str {
    if cluster.len() <= LONGEST_CLUSTER {
        return cluster;
    }
    let end = (0..=LONGEST_CLUSTER)
        .rev()
        .find(|at| cluster.is_char_boundary(*at))
        .unwrap_or(0);
    &cluster[..end]
}

/// Wraps text at words to lines of at most `columns`; a longer word is broken.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            let bare = width(word.trim_end());
            if used > 0 && used + bare > columns {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            for character in word.chars() {
                let step = character.width().unwrap_or(0);
                if used + step > columns {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    used = 0;
                    if character == ' ' {
                        continue;
                    }
                }
                line.push(character);
                used += step;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Writes a number of bytes as people read it: `812 B`, `24.1 kB`, `1.2 MB` (powers of 1000).
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Writes a whole number with a thin separator for thousands: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a number with its noun: `1 call`, `12 calls`, `3 matches`.
pub fn plural(number: u64, noun: &str) -> String {
    let ending = if noun.ends_with("ch") { "es" } else { "s" };
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}{ending}", count(number))
    }
}

/// Writes a duration as people read it: `812 ms`, `3.4 s`, `2 min 05 s`.
pub fn duration(duration: std::time::Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1000 {
        format!("{millis} ms")
    } else if millis < 60_000 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        let seconds = duration.as_secs();
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        bytes, count, cut_end, cut_middle, on_one_line, pieces, safe, skip_columns, width, wrap,
    };
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation as _;

    #[test]
    fn escapes_what_could_drive_a_terminal() {
        assert_eq!(safe("plain ü 日本"), "plain ü 日本");
        assert_eq!(safe("\x1b[2Jx"), "\\u001b[2Jx");
        assert_eq!(safe("a\nb\u{9b}31m"), "a\\nb\\u009b31m");
        assert_eq!(safe("evil\u{202e}txt"), "evil\\u202etxt");
        assert_eq!(safe("\u{e0041}"), "\\udb40\\udc41");
    }

    #[test]
    fn shows_breaks_on_one_line() {
        assert_eq!(on_one_line("a\n\nb\tc\n"), "a⏎⏎b\\tc⏎");
        assert_eq!(on_one_line("plain\x1b"), "plain\\u001b");
    }

    #[test]
    fn what_joins_letters_of_a_word_is_shown_as_it_is() {
        for word in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👨\u{200d}👩\u{200d}👧 family",
            "🏳\u{fe0f}\u{200d}🌈",
        ] {
            assert_eq!(safe(word), word);
        }
        // Elsewhere nobody would see it.
        assert_eq!(safe("pay\u{200d}pal"), "pay\\u200dpal");
        assert_eq!(safe("\u{200c}می"), "\\u200cمی");
        assert_eq!(safe("می\u{200c} x"), "می\\u200c x");
        assert_eq!(safe("م\u{200d}\u{200d}م"), "م\\u200d\\u200dم");
        assert_eq!(safe("م\u{202e}م\u{200b}م"), "م\\u202eم\\u200bم");
    }

    #[test]
    fn cuts_by_columns() {
        assert_eq!(cut_end("connector", 5), "conn…");
        assert_eq!(cut_end("日本語", 4), "日…");
        assert_eq!(cut_middle("Y3Vyc29yOnYyOpHOAA==", 9), "Y3Vy…AA==");
        assert_eq!(skip_columns("日本語", 2), "本語");
    }

    #[test]
    fn writes_numbers_with_their_nouns() {
        assert_eq!(
            [
                super::plural(1, "match"),
                super::plural(1234, "match"),
                super::plural(0, "call")
            ],
            ["1 match", "1,234 matches", "0 calls"]
        );
    }

    #[test]
    fn writes_sizes() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(24_100), "24.1 kB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn divides_by_columns() {
        assert_eq!(pieces("abcde", 2), ["ab", "cd", "e"]);
        assert_eq!(pieces("日本語", 3), ["日", "本", "語"]);
        assert_eq!(pieces("", 3), [""]);
        assert_eq!(pieces("one two three", 7), ["one two ", "three"]);
        assert_eq!(pieces("one twothree", 6), ["one ", "twothr", "ee"]);
        assert_eq!(pieces("a  b", 2), ["a  ", "b"]);
    }

    #[test]
    fn wraps_at_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a\n\nb", 3), ["a", "", "b"]);
    }

    proptest! {
        #[test]
        fn safe_text_is_harmless_and_cuts_fit(text in any::<String>(), columns in 0usize..40) {
            let safe = safe(&text);
            prop_assert!(super::is_safe(&safe));
            prop_assert!(width(&cut_end(&safe, columns)) <= columns);
            prop_assert!(width(&cut_middle(&safe, columns)) <= columns);
            prop_assert_eq!(pieces(&safe, columns.max(2)).concat(), safe.as_ref());
            for piece in pieces(&safe, columns.max(2)) {
                // What is seen as one character is not divided, however wide it is.
                let fits = width(piece.trim_end_matches(' ')) <= columns.max(2);
                prop_assert!(fits || piece.trim_end_matches(' ').graphemes(true).count() == 1);
            }
            for line in wrap(&safe, columns.max(2)) {
                prop_assert!(line.chars().map(|c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)).sum::<usize>() <= columns.max(2));
            }
        }
    }
}
