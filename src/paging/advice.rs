//! What to do where no further page can be had.

use crate::domain::operation::{Operation, Parameter};

/// Words of parameters that narrow a list.
const NARROWING: [&str; 17] = [
    "since", "after", "before", "start", "from", "until", "to", "end", "date", "created", "updated", "modified", "status", "state",
    "filter", "query", "search",
];

/// Says how to get more of an operation that cannot be followed: a larger page, a narrower request,
/// another action. An imperative sentence without its capital.
pub(super) fn get_more(operation: Option<&Operation>) -> String {
    let mut ways = Vec::new();
    let parameters = operation.map(|operation| operation.parameters.as_slice()).unwrap_or_default();
    let size = operation.and_then(|operation| operation.paging.as_ref()?.size_param.as_deref());
    let size = size.and_then(|size| parameters.iter().find(|parameter| parameter.name == size));
    if let Some(size) = size.or_else(|| parameters.iter().find(|parameter| is_size(parameter))) {
        let most = size.maximum.as_ref().map(|most| format!(" (at most {most})")).unwrap_or_default();
        ways.push(format!("raise `{}`{most}", size.name));
    }
    let narrowing: Vec<String> = parameters
        .iter()
        .filter(|parameter| !is_size(parameter) && narrows(&parameter.name))
        .take(3)
        .map(|parameter| format!("`{}`", parameter.name))
        .collect();
    if !narrowing.is_empty() {
        ways.push(format!("narrow it with {}", narrowing.join(", ")));
    }
    if parameters.iter().any(|parameter| parameter.name == "q" && parameter.required) {
        ways.push("put LIMIT and OFFSET into `q`".to_owned());
    }
    if operation.is_some_and(|operation| !operation.fields.is_empty()) {
        ways.push("read the rest with `context_store_search`".to_owned());
    }
    match ways.pop() {
        None => "ask for the records one by one with `get`, or narrow the request at its source".to_owned(),
        Some(last) if ways.is_empty() => last,
        Some(last) => format!("{}, or {last}", ways.join(", ")),
    }
}

/// Says whether a parameter sets how many records a page holds.
fn is_size(parameter: &Parameter) -> bool {
    let name = parameter.name.to_lowercase();
    ["limit", "per_page", "perpage", "page_size", "pagesize", "page.size", "maxresults", "count"].contains(&name.as_str())
}

fn narrows(name: &str) -> bool {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in name.chars() {
        if !character.is_alphanumeric() || character.is_uppercase() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
    }
    words.push(word);
    words.iter().any(|word| NARROWING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::get_more;
    use crate::catalog;

    #[test]
    fn every_list_that_cannot_be_followed_has_advice_one_can_act_on() {
        let advice = |slug: &str, entity: &str| {
            let operations = catalog::by_name(slug).unwrap().operations();
            get_more(operations.iter().find(|operation| operation.entity == entity && operation.action == "list"))
        };
        assert_eq!(advice("salesforce", "accounts"), "put LIMIT and OFFSET into `q`, or read the rest with `context_store_search`");
        assert_eq!(
            advice("harvest", "time_projects"),
            "raise `per_page` (at most 2000), narrow it with `from`, `to`, or read the rest with `context_store_search`"
        );
        assert_eq!(advice("woocommerce", "tax_classes"), "read the rest with `context_store_search`");
    }
}
