//! The path of a field, as tables name their columns: keys with dots between, `[]` for the items of an array. A key that
//! would read otherwise is written as JSON in brackets: `["a.b"]`, `user["first.name"].id`.

use std::borrow::Cow;

/// A step of the path of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// A member of an object.
    Key(Cow<'a, str>),
    /// The items of an array.
    Items,
}

/// Adds a key to a path. The added step leads back to the key, whatever characters it has.
pub fn push_key(path: &mut String, key: &str) {
    if key.is_empty() || key.contains(['.', '[']) {
        push_quoted(path, key);
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Adds the items of an array to a path.
pub fn push_items(path: &mut String) {
    path.push_str("[]");
}

/// Adds a key as JSON in brackets.
pub(super) fn push_quoted(path: &mut String, key: &str) {
    path.push('[');
    path.push_str(&serde_json::Value::from(key).to_string());
    path.push(']');
}

/// Splits a path into its steps; `None` if it is not written as by [`push_key`] and [`push_items`].
pub fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        if let Some(after) = rest.strip_prefix("[]") {
            steps.push(Step::Items);
            rest = after;
        } else if let Some((key, after)) = quoted(rest) {
            steps.push(Step::Key(Cow::Owned(key)));
            rest = after;
        } else {
            let (key, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            if key.is_empty() {
                return None;
            }
            steps.push(Step::Key(Cow::Borrowed(key)));
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
        } else if !rest.starts_with('[') {
            return None;
        }
    }
}

/// Reads a key in brackets from the beginning of a path. Returns the rest, too.
fn quoted(path: &str) -> Option<(String, &str)> {
    let inside = path
        .strip_prefix('[')
        .filter(|inside| inside.starts_with('"'))?;
    let (key, after) = inside.split_at_checked(super::value::string_end(inside.as_bytes(), 0))?;
    Some((serde_json::from_str(key).ok()?, after.strip_prefix(']')?))
}

/// Returns a path as [`push_key`] writes it; one that cannot be split stays unchanged.
pub fn normal(path: &str) -> String {
    let mut out = String::new();
    for step in steps(path).unwrap_or_default() {
        match step {
            Step::Items => push_items(&mut out),
            Step::Key(key) => push_key(&mut out, &key),
        }
    }
    if out.is_empty() { path.to_owned() } else { out }
}

/// Returns the keys of a path with dots between, as services take the names of fields.
pub fn dotted(path: &str) -> String {
    let keys = steps(path)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key),
            Step::Items => None,
        });
    let keys: Vec<Cow<'_, str>> = keys.collect();
    if keys.is_empty() {
        path.to_owned()
    } else {
        keys.join(".")
    }
}

/// Splits a list of paths at its commas, but not at those in brackets. Blanks around a path and empty items are left out.
pub fn split_list(list: &str) -> Vec<&str> {
    let (mut items, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = list[at..].find([',', '[']).map(|found| at + found) {
        at = match quoted(&list[found..]) {
            Some((_, after)) => list.len() - after.len(),
            None => found + 1,
        };
        if list[found..].starts_with(',') {
            items.push(&list[start..found]);
            start = at;
        }
    }
    items.push(&list[start..]);
    items
        .into_iter()
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect()
}

/// Writes a path so that it stays one in a list: a key with commas, or with blanks around it, is written in brackets.
pub fn list_item(path: &str) -> Cow<'_, str> {
    if !path.contains(',') && path.trim().len() == path.len() {
        return Cow::Borrowed(path);
    }
    let mut out = String::new();
    for step in steps(path).unwrap_or_default() {
        match step {
            Step::Items => push_items(&mut out),
            Step::Key(key) if key.contains(',') || key.trim().len() != key.len() => {
                push_quoted(&mut out, &key)
            }
            Step::Key(key) => push_key(&mut out, &key),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{Step, dotted, list_item, normal, push_items, push_key, split_list, steps};
    use proptest::prelude::*;

    fn written(keys: &[&str]) -> String {
        let mut path = String::new();
        keys.iter().for_each(|key| push_key(&mut path, key));
        path
    }

    #[test]
    fn only_keys_that_would_read_otherwise_stand_in_brackets() {
        let check = |keys: &[&str], expected: &str| assert_eq!(written(keys), expected);
        check(&["user", "first name"], "user.first name");
        check(&["a.b"], r#"["a.b"]"#);
        check(&["a", "b.c", "d"], r#"a["b.c"].d"#);
        check(&[""], r#"[""]"#);
        check(&["a", "", "b"], r#"a[""].b"#);
        check(&["tags[]"], r#"["tags[]"]"#);
        check(&[r#"say "a.b\c""#], r#"["say \"a.b\\c\""]"#);
        check(&[r#"a"]"#, r"b\"], r#"a"].b\"#);
        assert_eq!(dotted(r#"a["b.c"][].d"#), "a.b.c.d");
    }

    #[test]
    fn a_list_is_split_between_its_paths_only() {
        assert_eq!(
            split_list(r#" id, title ,,["a,b"].c,x[" y, z"],"#),
            ["id", "title", r#"["a,b"].c"#, r#"x[" y, z"]"#]
        );
        assert_eq!(
            split_list(r#"[",id"#),
            [r#"[""#, "id"],
            "a bracket that does not end is text"
        );
        assert!(split_list(" , ").is_empty());
        assert_eq!(list_item("City, State"), r#"["City, State"]"#);
        assert_eq!(list_item("a. b"), "a. b");
        assert_eq!(list_item(" a.b"), r#"[" a"].b"#);
    }

    proptest! {
        #[test]
        fn a_path_leads_back_to_its_keys(keys in prop::collection::vec(prop_oneof![r#"[a.\["\], \\]{0,4}"#, any::<String>()], 1..5)) {
            let mut path = String::new();
            let mut expected = Vec::new();
            for key in &keys {
                push_key(&mut path, key);
                push_items(&mut path);
                expected.extend([Step::Key(key.as_str().into()), Step::Items]);
            }
            prop_assert_eq!(steps(&path), Some(expected));
            let plain: Vec<&str> = keys.iter().map(String::as_str).collect();
            let path = written(&plain);
            let expected: Vec<Step<'_>> = plain.iter().map(|key| Step::Key((*key).into())).collect();
            prop_assert_eq!(steps(&path), Some(expected.clone()));
            let listed = list_item(&path).into_owned();
            prop_assert_eq!(steps(&listed), Some(expected));
            prop_assert_eq!(normal(&listed), path);
            let list = format!("x, {listed} ,y");
            prop_assert_eq!(split_list(&list), ["x", listed.as_str(), "y"]);
        }
    }
}
