//! What a call that changes data does, in words.

use super::action::Action;
use super::call::Call;
use crate::text;

/// An id is cut to so many columns.
const LONGEST_ID: usize = 40;

/// Returns what a call does, as in `Create a ticket` or ``Delete ticket `41` ``; of an action whose meaning is not
/// known only its name. What is named is harmless.
pub fn describe(call: &Call) -> String {
    let verb = match Action::of(&call.action) {
        Action::Create => "Create",
        Action::Update => "Update",
        Action::Delete => "Delete",
        Action::List
        | Action::Get
        | Action::Read
        | Action::Search
        | Action::ApiSearch
        | Action::ContextStoreSearch
        | Action::ContextStoreSqlQuery
        | Action::SqlSelect
        | Action::Describe
        | Action::Download
        | Action::Other(_) => {
            let (entity, action) = (text::safe(&call.entity), text::safe(&call.action));
            return format!("Run `{entity} {action}`");
        }
    };
    let Some(noun) = singular(&call.entity) else {
        return format!("{verb} `{}`", text::safe(&call.entity));
    };
    let noun = text::safe(&noun).into_owned();
    match id_of(call, &noun).filter(|_| verb != "Create") {
        Some(id) => format!("{verb} {noun} `{id}`"),
        None => format!("{verb} {} {noun}", article(&noun)),
    }
}

/// Returns the words of an entity for one of them; `None` where its last word is not what there are many of.
fn singular(entity: &str) -> Option<String> {
    let words: Vec<&str> = entity
        .split(['_', '-', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    let (last, first) = words.split_last()?;
    let is_plural = |word: &str| word.len() > 3 && word.ends_with('s');
    let one = match *last {
        last if !is_plural(last) && first.iter().any(|word| is_plural(word)) => return None,
        last if !is_plural(last) || last.ends_with("ss") => last.to_owned(),
        last => {
            let end = |ending: &str| last.strip_suffix(ending);
            let with_es = ["ses", "xes", "ches", "shes"];
            match (end("ies"), end("es")) {
                (Some(stem), _) => format!("{stem}y"),
                (None, Some(stem)) if with_es.iter().any(|ending| last.ends_with(ending)) => {
                    // `statuses` loses two letters, `cases` one.
                    let long =
                        last.ends_with("ses") && !stem.ends_with("us") && !stem.ends_with("ss");
                    if long {
                        format!("{stem}e")
                    } else {
                        stem.to_owned()
                    }
                }
                (None, Some(_) | None) => last[..last.len() - 1].to_owned(),
            }
        }
    };
    let mut words = first.to_vec();
    words.push(&one);
    Some(words.join(" "))
}

/// Returns the value of the parameter that names the one record.
fn id_of(call: &Call, noun: &str) -> Option<String> {
    let plain = |name: &str| name.replace(['_', ' '], "").to_lowercase();
    let last = noun.split(' ').next_back().unwrap_or_default();
    let mut names = vec!["id".to_owned()];
    for noun in [plain(noun), plain(last)] {
        names.extend(["id", "number", "key"].map(|ending| format!("{noun}{ending}")));
    }
    let mut params = call.params.iter();
    let (_, value) = params.find(|(name, _)| names.contains(&plain(name)))?;
    let id = value.plain();
    let is_short = !id.is_empty() && !id.starts_with(['{', '[']);
    is_short.then(|| text::cut_middle(&text::safe(&id), LONGEST_ID).into_owned())
}

fn article(noun: &str) -> &'static str {
    let sounds_like_you = ["us", "uni", "uti"]
        .iter()
        .any(|start| noun.starts_with(start));
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) && !sounds_like_you {
        "an"
    } else {
        "a"
    }
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::domain::call::{Call, Params};

    #[test]
    fn a_change_is_told_in_words() {
        let check = |entity: &str, action: &str, params: &str, expected: &str| {
            let mut call = Call::new("1", entity, action);
            call.params = Params::parse(params).unwrap();
            assert_eq!(describe(&call), expected);
        };
        check("tickets", "create", "{}", "Create a ticket");
        check("issues", "create", r#"{"id":1}"#, "Create an issue");
        check("users", "create", "{}", "Create a user");
        check(
            "companies",
            "delete",
            r#"{"id":"c-1"}"#,
            "Delete company `c-1`",
        );
        check("cases", "update", "{}", "Update a case");
        check("issue_statuses", "update", "{}", "Update an issue status");
        check("addresses", "delete", "{}", "Delete an address");
        check("inboxes", "delete", "{}", "Delete an inbox");
        check(
            "ticket_comments",
            "delete",
            r#"{"comment_id":7}"#,
            "Delete ticket comment `7`",
        );
        check(
            "issues",
            "update",
            r#"{"repo":"r","issue_number":41}"#,
            "Update issue `41`",
        );
        check("calls", "delete", r#"{"callId":"x"}"#, "Delete call `x`");
        check("tickets", "delete", r#"{"id":{"a":1}}"#, "Delete a ticket");
        check("record", "create", "{}", "Create a record");
        check(
            "transactional_sms",
            "create",
            "{}",
            "Create a transactional sms",
        );
        check("messages_trash", "update", "{}", "Update `messages_trash`");
        check("tickets", "merge", "{}", "Run `tickets merge`");
        check("t\u{1b}[2J", "create", "{}", "Create a t\\u001b[2J");
        check("", "create", "{}", "Create ``");
    }
}
