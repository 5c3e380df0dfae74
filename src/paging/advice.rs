//! What to do where no further page can be requested.

use super::infer::{Moves, moves};
use crate::domain::operation::{Operation, Parameter};

/// Words of parameters that narrow a list.
const NARROWING: [&str; 17] = [
    "since", "after", "before", "start", "from", "until", "to", "end", "date", "created",
    "updated", "modified", "status", "state", "filter", "query", "search",
];

/// Returns how to get more of an operation that cannot be paged: a larger page, a narrower request,
/// another action. An imperative sentence without its capital. `param` is the paging parameter.
pub(super) fn get_more(operation: Option<&Operation>, param: Option<&str>) -> String {
    let mut strategies = Vec::new();
    let parameters = operation
        .map(|operation| operation.parameters.as_slice())
        .unwrap_or_default();
    let size = operation.and_then(|operation| operation.paging.as_ref()?.size_param.as_deref());
    let size = size.and_then(|size| parameters.iter().find(|parameter| parameter.name == size));
    if let Some(size) = size.or_else(|| parameters.iter().find(|parameter| is_size(parameter))) {
        let most = size
            .maximum
            .as_ref()
            .map(|most| format!(" (at most {most})"))
            .unwrap_or_default();
        strategies.push(format!("raise `{}`{most}", size.name));
    }
    let declared = operation.and_then(|operation| operation.paging.as_ref()?.param.as_deref());
    let followed = [param, declared];
    // A paging parameter is no filter: beside `after`, `before` pages backwards.
    let moves = |name: &str| match moves(name) {
        Moves::Always => true,
        Moves::Perhaps => followed
            .iter()
            .flatten()
            .next()
            .is_none_or(|_| followed.contains(&Some(name))),
        Moves::No => followed.contains(&Some(name)),
    };
    let is_backwards = |name: &str| {
        name == "before" && parameters.iter().any(|own| own.name == "after") && moves("after")
    };
    let narrowing: Vec<String> = parameters
        .iter()
        .filter(|parameter| !is_size(parameter) && narrows(&parameter.name))
        .filter(|parameter| !moves(&parameter.name) && !is_backwards(&parameter.name))
        .take(3)
        .map(|parameter| format!("`{}`", parameter.name))
        .collect();
    if !narrowing.is_empty() {
        strategies.push(format!("narrow it with {}", narrowing.join(", ")));
    }
    if parameters
        .iter()
        .any(|parameter| parameter.name == "q" && parameter.required)
    {
        strategies.push("put LIMIT and OFFSET into `q`".to_owned());
    }
    if operation.is_some_and(|operation| !operation.fields.is_empty()) {
        strategies.push("read the rest with `context_store_search`".to_owned());
    }
    match strategies.pop() {
        None => "ask for the records one by one with `get`, or narrow the request at its source"
            .to_owned(),
        Some(last) if strategies.is_empty() => last,
        Some(last) => format!("{}, or {last}", strategies.join(", ")),
    }
}

/// Returns whether a parameter sets the number of records of a page.
fn is_size(parameter: &Parameter) -> bool {
    let name = parameter.name.to_lowercase();
    [
        "limit",
        "per_page",
        "perpage",
        "page_size",
        "pagesize",
        "page.size",
        "maxresults",
        "count",
    ]
    .contains(&name.as_str())
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
    use crate::domain::operation::{Operation, Parameter, ParameterKind, Source};

    #[test]
    fn every_list_that_cannot_be_followed_has_advice_one_can_act_on() {
        let advice = |slug: &str, entity: &str| {
            let operations = catalog::by_name(slug).unwrap().operations();
            get_more(
                operations
                    .iter()
                    .find(|operation| operation.entity == entity && operation.action == "list"),
                None,
            )
        };
        assert_eq!(
            advice("salesforce", "accounts"),
            "put LIMIT and OFFSET into `q`, or read the rest with `context_store_search`"
        );
        assert_eq!(
            advice("harvest", "time_projects"),
            "raise `per_page` (at most 2000), narrow it with `from`, `to`, or read the rest with `context_store_search`"
        );
        assert_eq!(
            advice("woocommerce", "tax_classes"),
            "read the rest with `context_store_search`"
        );
    }

    #[test]
    fn what_pages_are_followed_by_is_no_filter() {
        let mut narrowed = 0;
        for definition in catalog::DEFINITIONS {
            for operation in definition.operations() {
                let advice = get_more(Some(&operation), None);
                let filters = advice
                    .split_once("narrow it with ")
                    .map_or("", |(_, rest)| rest.split(", or ").next().unwrap());
                narrowed += usize::from(!filters.is_empty());
                let param = operation
                    .paging
                    .as_ref()
                    .and_then(|paging| paging.param.clone())
                    .unwrap_or_default();
                for word in [
                    param.as_str(),
                    "cursor",
                    "page_token",
                    "since_id",
                    "starting_after",
                    "page[after]",
                    "startAt",
                    "start_cursor",
                ] {
                    assert!(
                        !filters.contains(&format!("`{word}`")),
                        "{} {}: {advice}",
                        definition.slug,
                        operation.entity
                    );
                }
            }
        }
        assert!(narrowed > 100, "{narrowed}");
    }

    #[test]
    fn the_parameter_that_the_profile_uses_is_no_filter_either() {
        let named = |names: &[&str]| Operation {
            entity: "items".to_owned(),
            action: "list".to_owned(),
            description: None,
            parameters: names
                .iter()
                .map(|name| Parameter::new(*name, ParameterKind::String, Source::Service))
                .collect(),
            source: Source::Service,
            paging: None,
            fields: Vec::new(),
            semantic: Vec::new(),
            returns_object: false,
        };
        let check = |names: &[&str], param: Option<&str>, expected: &str| {
            assert_eq!(
                get_more(Some(&named(names)), param),
                expected,
                "{names:?} {param:?}"
            );
        };
        let none = "ask for the records one by one with `get`, or narrow the request at its source";
        check(&["after", "before"], None, none);
        check(&["after", "before"], Some("after"), none);
        check(
            &["after", "status"],
            Some("after"),
            "narrow it with `status`",
        );
        // Where another parameter pages, these two are times.
        check(
            &["after", "before", "page"],
            Some("page"),
            "narrow it with `after`, `before`",
        );
        check(&["since"], Some("since"), none);
        check(
            &["state_token", "updated_since"],
            None,
            "narrow it with `updated_since`",
        );
    }
}
