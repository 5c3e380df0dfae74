//! Fuzzy matching of typed words against lists.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Returns which items match a text, the best first; all in their order for an empty text. Each item is a label and
/// a few words about it: a match in the label ranks above every match in the words.
pub fn filter<'a>(text: &str, items: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<usize> {
    let text = text.trim();
    if text.is_empty() {
        return items.enumerate().map(|(index, _)| index).collect();
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
    let mut found: Vec<(u32, usize)> = items
        .enumerate()
        .filter_map(|(index, (label, about))| {
            let points = score(label)
                .map(|points| points * 2 + 1000)
                .or_else(|| score(about))?;
            Some((points, index))
        })
        .collect();
    found.sort_by_key(|(points, index)| (std::cmp::Reverse(*points), *index));
    found.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn a_match_in_the_label_comes_before_one_in_the_words() {
        let items = [
            ("Support desk", "zendesk-support"),
            ("Zen", "github"),
            ("Mail", "gmail"),
        ];
        let check = |text, expected: &[usize]| {
            assert_eq!(filter(text, items.into_iter()), expected, "{text}")
        };
        check("", &[0, 1, 2]);
        check("zen", &[1, 0]);
        check("GITHUB", &[1]);
        check("nothing of the kind", &[]);
    }
}
