//! The `LIMIT … OFFSET …` at the end of a statement.

/// Splits a statement into the part before its last `LIMIT` and `OFFSET`, and their numbers. A
/// missing offset is 0. Only clauses at the very end count, so that those of a subquery stay.
pub(super) fn split(statement: &str) -> (String, Option<i64>, i64) {
    let mut rest = statement.trim().trim_end_matches(';').trim_end();
    let (mut limit, mut offset) = (None, None);
    while let Some((before, word, number)) = last_clause(rest) {
        match word {
            "limit" if limit.is_none() => limit = Some(number),
            "offset" if offset.is_none() => offset = Some(number),
            _ => break,
        }
        rest = before;
    }
    (rest.to_owned(), limit, offset.unwrap_or(0))
}

/// Splits `LIMIT 10` or `OFFSET 20` off the end.
fn last_clause(text: &str) -> Option<(&str, &'static str, i64)> {
    let (before, number) = text.rsplit_once(char::is_whitespace)?;
    let number = number.parse().ok()?;
    let before = before.trim_end();
    let (rest, word) = before.rsplit_once(char::is_whitespace)?;
    let word = ["limit", "offset"]
        .into_iter()
        .find(|clause| word.eq_ignore_ascii_case(clause))?;
    Some((rest.trim_end(), word, number))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn only_the_last_clauses_are_taken_off() {
        let check = |statement: &str, bare: &str, limit: Option<i64>, offset: i64| {
            assert_eq!(
                split(statement),
                (bare.to_owned(), limit, offset),
                "{statement}"
            );
        };
        check("SELECT * FROM t", "SELECT * FROM t", None, 0);
        check(
            "SELECT * FROM t LIMIT 10 OFFSET 20;",
            "SELECT * FROM t",
            Some(10),
            20,
        );
        check(
            "select * from t offset 5 limit 3 ",
            "select * from t",
            Some(3),
            5,
        );
        check(
            "SELECT * FROM (SELECT 1 LIMIT 2) x",
            "SELECT * FROM (SELECT 1 LIMIT 2) x",
            None,
            0,
        );
        check(
            "SELECT limit FROM t WHERE a = 3",
            "SELECT limit FROM t WHERE a = 3",
            None,
            0,
        );
        check("LIMIT 5", "LIMIT 5", None, 0);
    }
}
