//! The paging profile: how one operation's pages follow each other.

use crate::domain::operation::{Operation, ParameterKind};

/// How one operation's pages follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The way to the next page.
    pub way: Way,
    /// The request parameter that sets the page size.
    pub size_param: Option<String>,
    /// Where a flag stands that is true while there is more.
    pub more: Option<String>,
    /// Where a flag stands that is true at the end.
    pub end: Option<String>,
    /// Whether the parameter that moves on takes numbers.
    pub numeric: bool,
    /// Where this profile comes from.
    pub origin: Origin,
}

/// The ways in which connectors page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A token of the reply goes back as a parameter.
    Token {
        /// The request parameter.
        param: String,
        /// Where the token stands.
        from: String,
    },
    /// The reply holds the next page's URL; one parameter of its query goes back.
    UrlQuery {
        /// The request parameter, which is also its name in the URL.
        param: String,
        /// Where the URL stands.
        from: String,
    },
    /// Pages are numbered; a URL in the reply says that there is another.
    PageUrl {
        /// The request parameter.
        param: String,
        /// Where the URL stands.
        from: String,
        /// The number of the first page.
        first: i64,
    },
    /// Pages are numbered.
    Page {
        /// The request parameter.
        param: String,
        /// The number of the first page.
        first: i64,
    },
    /// Records are numbered; the next page begins behind the last one received.
    Offset {
        /// The request parameter.
        param: String,
        /// Where a sign stands that there is more, if there is such a sign.
        from: Option<String>,
    },
    /// The id of the last record goes back.
    LastId {
        /// The request parameter.
        param: String,
        /// Where a sign stands that there is more, if there is such a sign.
        from: Option<String>,
    },
    /// The definition has no parameter with which to go on.
    Unfollowable {
        /// Where the sign stands that there is more.
        from: Option<String>,
    },
    /// Everything comes in one answer.
    Single,
    /// Nothing is declared: the reply decides, by the names that services commonly use.
    Generic,
}

/// Where a profile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The bundled catalog.
    Catalog,
    /// Inferred from the operation's parameters and its replies.
    Inferred,
}

impl Profile {
    /// Returns the profile of an operation: the catalog's rule where it has one.
    pub fn of(operation: Option<&Operation>) -> Profile {
        let inferred = Profile { way: Way::Generic, size_param: None, more: None, end: None, numeric: false, origin: Origin::Inferred };
        let Some(operation) = operation else { return inferred };
        let parameter = |name: &str| operation.parameters.iter().find(|parameter| parameter.name == name);
        if matches!(operation.action.as_str(), "get" | "create" | "update" | "delete") {
            return Profile { way: Way::Single, ..inferred };
        }
        let Some(facts) = &operation.paging else { return inferred };
        let param = facts.param.clone().unwrap_or_default();
        let first = parameter(&param).and_then(|parameter| {
            let text = parameter.default.as_ref().or(parameter.minimum.as_ref())?;
            text.parse::<i64>().ok()
        });
        let from = facts.from.clone();
        let way = match (facts.kind.as_deref(), from.clone()) {
            (Some("cursor"), Some(from)) => Way::Token { param: param.clone(), from },
            (Some("url_query"), Some(from)) => Way::UrlQuery { param: param.clone(), from },
            (Some("page_url"), Some(from)) => Way::PageUrl { param: param.clone(), from, first: first.unwrap_or(1) },
            (Some("page_increment"), _) => Way::Page { param: param.clone(), first: first.unwrap_or(1) },
            (Some("offset_increment"), from) => Way::Offset { param: param.clone(), from },
            (Some("last_id"), from) => Way::LastId { param: param.clone(), from },
            (Some("unfollowable"), from) => Way::Unfollowable { from },
            _ if facts.declared_unpaginated => Way::Single,
            _ => Way::Generic,
        };
        let numeric = parameter(&param).is_some_and(|parameter| matches!(parameter.kind, ParameterKind::Integer | ParameterKind::Number));
        let origin = if way == Way::Generic { Origin::Inferred } else { Origin::Catalog };
        let size_param = facts.size_param.clone();
        Profile { way, size_param, more: facts.more_if_true.clone(), end: facts.end_if_true.clone(), numeric, origin }
    }

    /// Returns the parameter that moves on, where one is known before the reply.
    pub fn param(&self) -> Option<&str> {
        match &self.way {
            Way::Token { param, .. }
            | Way::UrlQuery { param, .. }
            | Way::PageUrl { param, .. }
            | Way::Page { param, .. }
            | Way::Offset { param, .. }
            | Way::LastId { param, .. } => Some(param),
            Way::Unfollowable { .. } | Way::Single | Way::Generic => None,
        }
    }
}
