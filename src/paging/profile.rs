//! The paging profile: how one operation's pages follow each other.

use super::infer;
use crate::domain::action::Action;
use crate::domain::operation::{Operation, ParameterKind, Whole};

/// How one operation's pages follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The strategy for the next page.
    pub strategy: Strategy,
    /// The request parameter that sets the page size.
    pub size_param: Option<String>,
    /// The path of a flag that is true while there is more.
    pub more: Option<String>,
    /// The path of a flag that is true at the end.
    pub end: Option<String>,
    /// Whether the paging parameter takes numbers.
    pub numeric: bool,
    /// Where this profile comes from.
    pub origin: Origin,
}

/// The strategies by which connectors page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// A token of the reply is sent back as a parameter.
    Token {
        /// The request parameter.
        param: String,
        /// The path of the token.
        from: String,
    },
    /// The reply has the next page's URL; one parameter of its query is sent back.
    UrlQuery {
        /// The request parameter, which is also its name in the URL.
        param: String,
        /// The path of the URL.
        from: String,
    },
    /// Pages are numbered; a URL in the reply states that there is another.
    PageUrl {
        /// The request parameter.
        param: String,
        /// The path of the URL.
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
    /// Records are numbered; the next page starts behind the last one.
    Offset {
        /// The request parameter.
        param: String,
        /// The path of a sign of more, if there is one.
        from: Option<String>,
        /// By how much the offset grows.
        stride: Stride,
    },
    /// The id of the last record is sent back.
    LastId {
        /// The request parameter.
        param: String,
        /// The path of a sign of more, if there is one.
        from: Option<String>,
    },
    /// An SQL statement is sent again with another `LIMIT … OFFSET …`.
    Sql {
        /// The request parameter that holds the statement.
        param: String,
    },
    /// The definition has no parameter for paging.
    Unfollowable {
        /// The path of the sign of more.
        from: Option<String>,
    },
    /// Everything is in one reply.
    Single,
    /// Nothing is declared: the reply decides, by the names that services commonly use.
    Generic,
}

/// By how much an offset grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stride {
    /// By the number of records received. A page that was cut short loses nothing.
    Received,
    /// By the requested page size, for services that filter a page after limiting it.
    PageSize,
}

/// Where a profile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The user set it.
    User,
    /// A second page proved it on this machine before.
    Proved,
    /// The bundled catalog.
    Catalog,
    /// Inferred from the operation's parameters and its replies.
    Inferred,
}

/// What is remembered of an operation's paging.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The profile that the user set; it applies until it is reset.
    pub user: Option<Profile>,
    /// The profile that a second page proved.
    pub proved: Option<Profile>,
    /// When it was proved, `YYYY-MM-DD HH:MM:SS` UTC.
    pub proved_at: Option<String>,
}

impl Remembered {
    /// Returns the profile to start with: the user's, else the proved one, else the catalog's, else
    /// an inferred one.
    pub fn choose(&self, operation: Option<&Operation>) -> Profile {
        self.user
            .clone()
            .or_else(|| self.proved.clone())
            .unwrap_or_else(|| Profile::of(operation))
    }

    /// Returns whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.user.is_none() && self.proved.is_none()
    }
}

impl Profile {
    /// Makes an inferred profile with a strategy and nothing else.
    pub(super) fn inferred(strategy: Strategy) -> Profile {
        Profile {
            strategy,
            size_param: None,
            more: None,
            end: None,
            numeric: false,
            origin: Origin::Inferred,
        }
    }

    /// Returns the profile of a list whose records, by the user's word, are all in one reply.
    pub fn whole() -> Profile {
        Profile {
            origin: Origin::User,
            ..Profile::inferred(Strategy::Single)
        }
    }

    /// Returns the profile of an operation: the catalog's rule where it has one.
    pub fn of(operation: Option<&Operation>) -> Profile {
        let inferred = Profile::inferred(Strategy::Generic);
        let Some(operation) = operation else {
            return inferred;
        };
        let parameter = |name: &str| {
            operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
        };
        let action = Action::of(&operation.action);
        if action.is_single() {
            return Profile {
                strategy: Strategy::Single,
                ..inferred
            };
        }
        if action == Action::ContextStoreSqlQuery {
            let more = Some("result.meta.has_more".to_owned());
            return Profile {
                strategy: Strategy::Sql {
                    param: "sql".to_owned(),
                },
                more,
                origin: Origin::Catalog,
                ..inferred
            };
        }
        let Some(facts) = &operation.paging else {
            return inferred;
        };
        let param = facts.param.clone().unwrap_or_default();
        let first = parameter(&param).and_then(|parameter| {
            let text = parameter.default.as_ref().or(parameter.minimum.as_ref())?;
            text.parse::<i64>().ok()
        });
        let from = facts.from.clone();
        let strategy = match (facts.kind.as_deref(), from.clone()) {
            (Some("cursor"), Some(from)) => Strategy::Token {
                param: param.clone(),
                from,
            },
            (Some("url_query"), Some(from)) => Strategy::UrlQuery {
                param: param.clone(),
                from,
            },
            (Some("page_url"), Some(from)) => Strategy::PageUrl {
                param: param.clone(),
                from,
                first: first.unwrap_or(1),
            },
            (Some("page_increment"), _) => Strategy::Page {
                param: param.clone(),
                first: first.unwrap_or(1),
            },
            (Some("offset_increment"), from) => Strategy::Offset {
                param: param.clone(),
                from,
                stride: Stride::Received,
            },
            (Some("last_id"), from) => Strategy::LastId {
                param: param.clone(),
                from,
            },
            (Some("unfollowable"), from) => Strategy::Unfollowable { from },
            // The provider takes these (contract, section 10.2), though the definition does not
            // declare them.
            _ if is_undeclared_by_page(operation) => Strategy::Page {
                param: "page".to_owned(),
                first: 1,
            },
            _ if facts.declared_unpaginated => Strategy::Single,
            _ => Strategy::Generic,
        };
        let numeric = takes_numbers(Some(operation), &param);
        let origin = if strategy == Strategy::Generic {
            Origin::Inferred
        } else {
            Origin::Catalog
        };
        let size_param = infer::size_param(Some(operation));
        Profile {
            strategy,
            size_param,
            more: facts.more_if_true.clone(),
            end: facts.end_if_true.clone(),
            numeric,
            origin,
        }
    }

    /// Returns the paging parameter, where it is known before the reply.
    pub fn param(&self) -> Option<&str> {
        match &self.strategy {
            Strategy::Token { param, .. }
            | Strategy::UrlQuery { param, .. }
            | Strategy::PageUrl { param, .. }
            | Strategy::Page { param, .. }
            | Strategy::Offset { param, .. }
            | Strategy::LastId { param, .. }
            | Strategy::Sql { param } => Some(param),
            Strategy::Unfollowable { .. } | Strategy::Single | Strategy::Generic => None,
        }
    }

    /// Returns whether two profiles request the next page in the same way.
    pub(super) fn is_like(&self, other: &Profile) -> bool {
        self.strategy == other.strategy && self.numeric == other.numeric
    }

    /// Returns a description of how it pages.
    pub fn words(&self) -> String {
        let kind = if self.numeric { "number" } else { "text" };
        let strategy = match &self.strategy {
            Strategy::Token { param, from } => {
                format!("`{from}` of the reply is sent back as `{param}`")
            }
            Strategy::UrlQuery { param, from } => {
                format!("`{param}` of the URL in `{from}` is sent back")
            }
            Strategy::PageUrl { param, from, first } => {
                format!("`{param}` counts pages from {first}, while `{from}` is a URL")
            }
            Strategy::Page { param, first } => format!("`{param}` counts pages from {first}"),
            Strategy::Offset {
                param,
                stride: Stride::Received,
                ..
            } => format!("`{param}` counts the received records"),
            Strategy::Offset {
                param,
                stride: Stride::PageSize,
                ..
            } => format!("`{param}` grows by the page size"),
            Strategy::LastId { param, .. } => {
                format!("the id of the last record is sent back as `{param}`, as a {kind}")
            }
            Strategy::Sql { param } => {
                format!("the statement in `{param}` is sent again with LIMIT and OFFSET")
            }
            Strategy::Unfollowable { from: Some(from) } => {
                format!("`{from}` states that there is more, but no parameter requests it")
            }
            Strategy::Unfollowable { from: None } => "no parameter requests more".to_owned(),
            Strategy::Single => "everything is in one reply".to_owned(),
            Strategy::Generic => "nothing is declared: the first reply decides".to_owned(),
        };
        let more = self
            .more
            .as_ref()
            .map(|more| format!("; there is more while `{more}` is true"))
            .unwrap_or_default();
        let end = self
            .end
            .as_ref()
            .map(|end| format!("; it ends when `{end}` is true"))
            .unwrap_or_default();
        format!("{strategy}{more}{end}")
    }
}

/// Returns whether the provider of a list without declared paging is known to take `page` and
/// `limit`.
fn is_undeclared_by_page(operation: &Operation) -> bool {
    let undeclared = operation
        .paging
        .as_ref()
        .is_some_and(|facts| facts.whole == Some(Whole::Undeclared));
    undeclared
        && matches!(
            operation.entity.as_str(),
            "boards" | "workspaces" | "activity_logs"
        )
}

/// Returns whether an operation declares a parameter as a number.
pub(super) fn takes_numbers(operation: Option<&Operation>, name: &str) -> bool {
    let parameter = operation.and_then(|operation| {
        operation
            .parameters
            .iter()
            .find(|parameter| parameter.name == name)
    });
    parameter.is_some_and(|parameter| {
        matches!(
            parameter.kind,
            ParameterKind::Integer | ParameterKind::Number
        )
    })
}
