//! The trail in the title: `tickets › 1004 › comments`.

use crate::text;

const BETWEEN: &str = " › ";
/// No label is wider: an id may be a long token.
const WIDEST_LABEL: usize = 24;

/// Writes the trail into so many columns. Where it does not fit, the first and the last steps stay.
pub(super) fn words(labels: &[&str], columns: usize) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|label| text::cut_middle(&text::safe(label), WIDEST_LABEL).into_owned())
        .collect();
    let Some((first, rest)) = labels.split_first() else {
        return String::new();
    };
    let whole = labels.join(BETWEEN);
    if text::width(&whole) <= columns {
        return whole;
    }
    // As many of the last ones as fit behind the first.
    let begin = format!("{first}{BETWEEN}…");
    let mut end = String::new();
    for label in rest.iter().rev() {
        let longer = format!("{BETWEEN}{label}{end}");
        if text::width(&begin) + text::width(&longer) > columns && !end.is_empty() {
            break;
        }
        end = longer;
    }
    let cut = format!("{begin}{end}");
    if text::width(&cut) <= columns {
        return cut;
    }
    let last = format!("…{end}");
    text::cut_end(&last, columns).into_owned()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_trail_is_cut_in_the_middle() {
        let labels = ["tickets", "1004", "comments", "users", "7"];
        let check = |columns: usize, expected: &str| {
            assert_eq!(words(&labels, columns), expected, "{columns}");
        };
        check(40, "tickets › 1004 › comments › users › 7");
        check(37, "tickets › 1004 › comments › users › 7");
        check(36, "tickets › … › comments › users › 7");
        check(24, "tickets › … › users › 7");
        check(16, "tickets › … › 7");
        check(9, "… › 7");
        assert_eq!(words(&["tickets", "comments"], 14), "… › comments");
        assert_eq!(words(&[], 10), "");
    }

    #[test]
    fn a_label_drives_no_terminal_and_a_long_one_is_cut() {
        let token = "a".repeat(60);
        let shown = words(&["x\u{1b}[2J", &token], 80);
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(shown.contains('…') && shown.len() < 60, "{shown}");
    }
}
