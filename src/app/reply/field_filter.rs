//! A jq filter made from a field and a value of it.

use super::ReplyPane;
use super::filter::Scope;
use super::page::Tab;
use crate::app::context::Context;
use crate::app::widgets::text_field::{Lines, TextField};
use crate::json::document::Kind;
use crate::json::steps::{Step, steps};
use crate::json::table::SCALAR;

impl ReplyPane {
    /// Shows only the records one of whose values of a field meets a condition; a filter that is kept is continued. What
    /// was counted is filtered: all pages, or the result of that filter.
    pub(super) fn filter_by_field(
        &mut self,
        path: &str,
        condition: &str,
        context: &mut Context<'_>,
    ) {
        let former = self.filter.as_ref().filter(|filter| filter.page.is_some());
        let former = former.map(|filter| (filter.shown.clone(), filter.scope));
        self.tab = Tab::Result;
        if let Some(tree) = self.tree_mut() {
            while tree.restore_root() {}
        }
        let is_list = self
            .tree()
            .is_some_and(|tree| tree.document().kind(tree.root()) == Kind::Array);
        let scope = match &former {
            Some((_, scope)) => *scope,
            None if self.pages.len() > 1 => Scope::AllPages,
            None => Scope::Page,
        };
        let select = format!("select({})", expression(path, condition));
        let is_list = is_list || (former.is_none() && scope == Scope::AllPages);
        let step = if is_list {
            format!("map({select})")
        } else {
            select
        };
        let text = match former {
            Some((former, _)) => format!("{former} | {step}"),
            None => step,
        };
        self.open_filter();
        if let Some(filter) = &mut self.filter {
            filter.scope = scope;
            filter.input = Some(TextField::new(&text, Lines::One));
        }
        self.run_filter(context);
        self.keep_filter(context);
    }
}

/// Returns the jq expression that is true of a record of which a value of a field meets a condition.
fn expression(path: &str, condition: &str) -> String {
    let steps = steps(path).unwrap_or_default();
    let mut values = String::from(".");
    let mut is_single = true;
    for step in steps.iter().filter(|_| path != SCALAR) {
        match step {
            Step::Key(key) => push_key(&mut values, key),
            Step::Items => {
                is_single = false;
                values.push_str("[]?");
            }
        }
    }
    match (is_single, condition.strip_prefix(". == ")) {
        (true, Some(value)) => format!("{values} == {value}"),
        (true, None) => format!("{values} | {condition}"),
        (false, _) => format!("any({values}; {condition})"),
    }
}

fn push_key(values: &mut String, key: &str) {
    let is_word = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key
            .chars()
            .all(|own| own.is_ascii_alphanumeric() || own == '_');
    if is_word {
        let dot = if values == "." { "" } else { "." };
        values.push_str(&format!("{dot}{key}?"));
    } else {
        let key = serde_json::Value::from(key);
        values.push_str(&format!("[{key}]?"));
    }
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn a_field_and_a_value_make_an_expression_of_jq() {
        for (path, condition, expected) in [
            ("state", r#". == "OPEN""#, r#".state? == "OPEN""#),
            ("user.name", ". == null", ".user?.name? == null"),
            ("value", ". == 3", ". == 3"),
            (
                "labels[]",
                r#". == "bug""#,
                r#"any(.labels?[]?; . == "bug")"#,
            ),
            ("tags[].id", ". == 1", "any(.tags?[]?.id?; . == 1)"),
            (r#"["a.b"].c"#, ". == 1", r#".["a.b"]?.c? == 1"#),
            ("size", ". >= 1 and . < 2", ".size? | . >= 1 and . < 2"),
        ] {
            assert_eq!(expression(path, condition), expected, "{path}");
        }
    }
}
