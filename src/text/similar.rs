//! The known name that a mistyped one most likely stands for.

/// A word of at least this length stands for a name that begins with it.
const LONG_ENOUGH: usize = 3;

/// Returns the name that is most similar to a word, whatever the case, if one is similar enough: at most a third of its
/// letters differ, or the name begins with it. None if a name is the word itself.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let own = word.to_lowercase();
    let length = own.chars().count();
    let most = (length / 3).max(1);
    let mut near: Option<(usize, &str)> = None;
    let mut beginning: Option<&str> = None;
    for name in names {
        if name == word {
            return None;
        }
        let other = name.to_lowercase();
        if length >= LONG_ENOUGH && beginning.is_none() && other.starts_with(&own) {
            beginning = Some(name);
        }
        // The distance is at least the difference of the lengths, and costs their product.
        if other.chars().count().abs_diff(length) > most {
            continue;
        }
        let apart = strsim::damerau_levenshtein(&own, &other);
        if apart <= most && near.is_none_or(|(nearest, _)| apart < nearest) {
            near = Some((apart, name));
        }
    }
    near.map(|(_, name)| name).or(beginning)
}

/// Returns the question after a mistyped word, as the end of a sentence; empty if no name is similar.
pub fn did_you_mean<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    nearest(word, names)
        .map(|name| format!("; did you mean `{}`?", super::safe(name)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn the_nearest_name_is_found_if_one_is_near() {
        let check = |word, names: &[&str], expected| {
            assert_eq!(nearest(word, names.iter().copied()), expected, "{word}");
        };
        check("limti", &["limit", "after"], Some("limit"));
        check("Per_Page", &["per_page"], Some("per_page"));
        check("x", &["limit"], None);
        check("isseus", &["issue", "issues", "users"], Some("issues"));
        check(
            "zendesk",
            &["github", "zendesk-support"],
            Some("zendesk-support"),
        );
        check("is", &["issues"], None);
        check("issues", &["issue", "issues"], None);
    }

    #[test]
    fn the_question_ends_a_sentence_and_is_left_out_where_nothing_is_similar() {
        assert_eq!(
            did_you_mean("pgae", ["page"].into_iter()),
            "; did you mean `page`?"
        );
        assert_eq!(did_you_mean("colour", ["page"].into_iter()), "");
    }
}
