//! Tables: a text with `|` at the cursor, a key, and what becomes of it.

use proptest::prelude::*;

use super::{
    Broken, backspace, broken, character, formatted, indent, line_break, naming, outdent, pieces,
};
use crate::app::widgets::text_field::Change;
use crate::domain::call::JsonText;
use crate::json::rows::Role;
use crate::json::steps::Step;

/// Returns the text around the cursor, of which the parts of its line.
fn split(text: &str) -> (&str, &str, &str, &str) {
    let (before, after) = text.split_once('|').unwrap();
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').unwrap_or(after.len());
    (before, after, &before[begin..], &after[..end])
}

/// Returns the text after a change, with `|` at the cursor.
fn changed(text: &str, change: &Change) -> String {
    let (before, after, ..) = split(text);
    let kept = before.chars().count() - change.before;
    let head: String = before.chars().take(kept).collect();
    let tail: String = after.chars().skip(change.after).collect();
    let left: String = change.text.chars().take(change.cursor).collect();
    let right: String = change.text.chars().skip(change.cursor).collect();
    format!("{head}{left}|{right}{tail}")
}

#[test]
fn a_text_is_broken_where_json_ends() {
    for (text, line, column, expected) in [
        ("", 1, 1, "a value"),
        ("{", 1, 2, "a name in quotes or `}`"),
        ("{\n  \n", 3, 1, "a name in quotes or `}`"),
        ("{\n  a: 1}", 2, 3, "a name in quotes or `}`"),
        ("{\"a\" 1}", 1, 6, "`:`"),
        ("{\"a\":}", 1, 6, "a value"),
        ("{\"a\": 1\n  \"b\": 2}", 2, 3, "`,` or `}`"),
        ("{\"a\": 1,}", 1, 9, "a name in quotes"),
        ("[1 2]", 1, 4, "`,` or `]`"),
        ("[1,]", 1, 4, "a value"),
        ("[", 1, 2, "a value or `]`"),
        ("[1}", 1, 3, "`,` or `]`"),
        ("[]]", 1, 3, "nothing after the value"),
        ("[open]", 1, 2, "a value; a text stands in double quotes"),
        ("['a']", 1, 2, "a value; a text stands in double quotes"),
        ("[True]", 1, 2, "a value; a text stands in double quotes"),
        ("[\"a\n\"]", 1, 4, "`\"` at the end of the text"),
        ("[\"a\tb\"]", 1, 4, "`\\t` for a tab"),
        ("[\"\\x\"]", 1, 3, "an escape such as `\\n`, or `\\\\`"),
        ("[\"\\u12\"]", 1, 7, "four hexadecimal digits after `\\u`"),
        ("[01]", 1, 3, "`,` or `]`"),
        ("[-]", 1, 2, "a number such as 0.5 or -1e9"),
        ("[1.]", 1, 2, "a number such as 0.5 or -1e9"),
    ] {
        let found = Broken {
            line,
            column,
            expected,
        };
        assert_eq!(broken(text), Some(found), "{text:?}");
    }
    assert_eq!(
        broken("[\n1,]").map(|own| own.words()).unwrap(),
        "2:3: expected a value"
    );
    for text in [
        " {\"a\": [1, -0.5e+3, true, null, {}], \"b\": \"\\u00e9\\n\"} ",
        "[]",
        "\"x\"",
        "0",
    ] {
        assert_eq!(broken(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn a_text_is_broken_exactly_where_it_is_no_json(text in r#"[\[\]{},:" \\\nau01.e+\-t]{0,12}|(true|null|"a"|[\[\]{},:]|-?[0-9]\.?e?){0,7}"#) {
        let is_json = serde_json::from_str::<&serde_json::value::RawValue>(text.trim()).is_ok();
        prop_assert_eq!(broken(&text).is_none(), is_json, "{:?}", text);
        // The pieces of every line are all of it.
        for line in text.lines() {
            let joined: String = pieces(line).into_iter().map(|(_, range)| &line[range]).collect();
            prop_assert_eq!(joined, line);
        }
    }
}

#[test]
fn a_line_break_indents() {
    for (text, expected) in [
        ("{|}", "{\n  |\n}"),
        ("{\n  \"a\": [|]\n}", "{\n  \"a\": [\n    |\n  ]\n}"),
        ("{\n  \"a\": 1,|\n}", "{\n  \"a\": 1,\n  |\n}"),
        ("{|", "{\n  |"),
        ("[1,| 2]", "[1,\n|2]"),
        ("{\"a{|", "{\"a{\n|"),
        ("|", "\n|"),
    ] {
        let (_, _, before, after) = split(text);
        assert_eq!(changed(text, &line_break(before, after)), expected);
    }
}

#[test]
fn brackets_and_quotes_are_closed_and_stepped_over() {
    for (text, typed, expected) in [
        ("|", '{', "{|}"),
        ("{\"a\": |\n}", '[', "{\"a\": [|]\n}"),
        ("[|]", '"', "[\"|\"]"),
        ("[\"|\"]", '"', "[\"\"|]"),
        ("[\"a\\|\"]", '"', ""),
        ("[\"a|\"]", '"', "[\"a\"|]"),
        ("{|}", '}', "{}|"),
        ("[1|]", ']', "[1]|"),
        ("[\n    |", ']', "[\n  ]|"),
        ("[|1]", '[', ""),
        ("[|\"a\"]", '"', ""),
        ("[\"|\"]", '{', ""),
        ("[|]", 'a', ""),
        ("[\"a\"|x", ']', ""),
    ] {
        let (_, _, before, after) = split(text);
        let change = character(typed, before, after);
        let after = change.map(|change| changed(text, &change));
        assert_eq!(after.unwrap_or_default(), expected, "{text} {typed}");
    }
}

#[test]
fn backspace_takes_pairs_and_levels() {
    for (text, expected) in [
        ("{|}", "|"),
        ("[\"|\"]", "[|]"),
        ("[\"a\"|\"b\"]", ""),
        ("[\"{|}\"]", ""),
        ("{\n    |", "{\n  |"),
        ("{\n   |", "{\n  |"),
        ("{\n|}", ""),
        ("[1|]", ""),
    ] {
        let (_, _, before, after) = split(text);
        let change = backspace(before, after);
        let after = change.map(|change| changed(text, &change));
        assert_eq!(after.unwrap_or_default(), expected, "{text}");
    }
}

#[test]
fn tab_indents_and_shift_tab_takes_it_back() {
    for (text, inward, outward) in [
        ("|1", "  |1", "|1"),
        (" |1", "  |1", "|1"),
        ("  1|", "  1 |", "1|"),
        ("|  1", "  |  1", "|1"),
        ("   1|", "   1  |", " 1|"),
    ] {
        let (_, _, before, after) = split(text);
        assert_eq!(changed(text, &indent(before)), inward);
        assert_eq!(changed(text, &outdent(before, after)), outward);
    }
}

/// Returns the names of a search: those of the whole, and those of its filter.
fn known(path: &[Step<'_>]) -> Vec<String> {
    let names: &[&str] = match path {
        [] => &["filter", "sort"],
        [Step::Key(key)] if key == "filter" => &["eq", "and"],
        [Step::Key(_), Step::Items] => &["field"],
        _ => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn known_names_are_offered_where_a_name_is_typed() {
    for (text, expected) in [
        ("{|}", Some("filter sort")),
        ("{\n  |\n}", Some("filter sort")),
        ("{\"|\"}", Some("filter sort")),
        ("{S|}", Some("sort")),
        ("{\"filter\": {}, \"|\"}", Some("sort")),
        ("{|, \"filter\": {\"sort\": 1}}", Some("sort")),
        ("{\"x|\"}", Some("")),
        ("{\"filter\": {|}}", Some("eq and")),
        ("{\"sort\": [{\"|\"}]}", Some("field")),
        ("{\"other\": {|}}", Some("")),
        ("{\"filter\": |}", None),
        ("{\"filter\"|}", None),
        ("{\"filter\": \"|\"}", None),
        ("[|]", None),
        ("{\"filter\": {} |", None),
        ("|", None),
    ] {
        let (before, after, ..) = split(text);
        let names = naming(before, after, &known).map(|naming| naming.names.join(" "));
        assert_eq!(names.as_deref(), expected, "{text}");
    }
}

#[test]
fn a_name_is_completed_with_its_quotes_and_colon() {
    for (text, expected) in [
        ("{|}", "{\"filter\": |}"),
        ("{fi|}", "{\"filter\": |}"),
        ("{\"fi|\"}", "{\"filter\": |}"),
        ("{\"fi|lt\"}", "{\"filter\": |}"),
        ("{\"fi|", "{\"filter\": |"),
        ("{\"fi|\": 1}", "{\"filter\"|: 1}"),
        ("{\"x|\"}", ""),
    ] {
        let (before, after, ..) = split(text);
        let change = naming(before, after, &known).and_then(|naming| naming.complete(after));
        let after = change.map(|change| changed(text, &change));
        assert_eq!(after.unwrap_or_default(), expected, "{text}");
    }
}

#[test]
fn each_piece_has_its_colour() {
    let line = r#"  "a": ["b", -1.5, true, nil], "c"#;
    let coloured: Vec<(Role, &str)> = pieces(line)
        .into_iter()
        .filter_map(|(role, range)| Some((role?, &line[range])))
        .filter(|(role, _)| *role != Role::Punctuation)
        .collect();
    assert_eq!(
        coloured,
        [
            (Role::Key, "\"a\""),
            (Role::String, "\"b\""),
            (Role::Number, "-1.5"),
            (Role::Literal, "true"),
            (Role::String, "\"c"),
        ]
    );
}

#[test]
fn a_text_is_laid_out_over_lines() {
    let json = JsonText::parse("{\"a\":[1.50,{}],\"a\":\"\\u00e9\"}").unwrap();
    assert_eq!(
        formatted(&json),
        "{\n  \"a\": [\n    1.50,\n    {}\n  ],\n  \"a\": \"\\u00e9\"\n}"
    );
}
