//! The API's actions, and what the program may do with each of them.

use crate::text::similar::nearest;

/// An action of the API.
///
/// Calls and operations keep the action as the text that was typed or received. This is what that
/// text means; an action that the program does not know keeps its text ([`Action::Other`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// `list`: reads a page of records.
    List,
    /// `get`: reads one record.
    Get,
    /// `read`: the name of `list` and `get` in older definitions.
    Read,
    /// `search`: searches at the provider.
    Search,
    /// `api_search`: an older name of `search`.
    ApiSearch,
    /// `context_store_search`: searches the Context Store.
    ContextStoreSearch,
    /// `context_store_sql_query`: reads the Context Store with SQL.
    ContextStoreSqlQuery,
    /// `sql_select`: reads a destination with SQL.
    SqlSelect,
    /// `describe`: lists the operations of a connector.
    Describe,
    /// `download`: fetches a file.
    Download,
    /// `create`: makes a record.
    Create,
    /// `update`: changes a record.
    Update,
    /// `delete`: deletes a record.
    Delete,
    /// An action that the program does not know.
    Other(String),
}

/// The actions that the program knows, but the older names of others.
const KNOWN: [&str; 11] = [
    "list",
    "get",
    "search",
    "context_store_search",
    "context_store_sql_query",
    "sql_select",
    "describe",
    "download",
    "create",
    "update",
    "delete",
];

/// The prefix of all actions that the Context Store answers.
const STORE_PREFIX: &str = "context_store_";

impl Action {
    /// Reads an action. Case matters, as it does for the service.
    pub fn of(text: &str) -> Action {
        match text {
            "list" => Action::List,
            "get" => Action::Get,
            "read" => Action::Read,
            "search" => Action::Search,
            "api_search" => Action::ApiSearch,
            "context_store_search" => Action::ContextStoreSearch,
            "context_store_sql_query" => Action::ContextStoreSqlQuery,
            "sql_select" => Action::SqlSelect,
            "describe" => Action::Describe,
            "download" => Action::Download,
            "create" => Action::Create,
            "update" => Action::Update,
            "delete" => Action::Delete,
            other => Action::Other(other.to_owned()),
        }
    }

    /// Returns the API's word.
    pub fn as_str(&self) -> &str {
        match self {
            Action::List => "list",
            Action::Get => "get",
            Action::Read => "read",
            Action::Search => "search",
            Action::ApiSearch => "api_search",
            Action::ContextStoreSearch => "context_store_search",
            Action::ContextStoreSqlQuery => "context_store_sql_query",
            Action::SqlSelect => "sql_select",
            Action::Describe => "describe",
            Action::Download => "download",
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Other(text) => text,
        }
    }

    /// Returns whether the action changes no data, so that it may be sent without asking.
    ///
    /// An unknown action counts as one that changes data.
    pub fn only_reads(&self) -> bool {
        match self {
            Action::List
            | Action::Get
            | Action::Search
            | Action::ApiSearch
            | Action::ContextStoreSearch
            | Action::ContextStoreSqlQuery
            | Action::SqlSelect
            | Action::Describe
            | Action::Download => true,
            Action::Read | Action::Create | Action::Update | Action::Delete | Action::Other(_) => {
                false
            }
        }
    }

    /// Returns whether a call may be repeated without asking after a rate limit or a broken connection.
    pub fn may_repeat(&self) -> bool {
        match self {
            // The service accepts only SQL statements that read.
            Action::List
            | Action::Get
            | Action::Search
            | Action::ContextStoreSearch
            | Action::ContextStoreSqlQuery
            | Action::SqlSelect => true,
            Action::Read
            | Action::ApiSearch
            | Action::Describe
            | Action::Download
            | Action::Create
            | Action::Update
            | Action::Delete
            | Action::Other(_) => false,
        }
    }

    /// Returns whether the action is answered from the Context Store; also one that is not known, by its prefix.
    pub fn reads_store(&self) -> bool {
        self.as_str().starts_with(STORE_PREFIX)
    }

    /// Returns the known action that this one is similar to, if it is not known itself.
    pub fn similar(&self) -> Option<&'static str> {
        match self {
            Action::Other(text) => nearest(text, KNOWN.into_iter()),
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
            | Action::Create
            | Action::Update
            | Action::Delete => None,
        }
    }

    /// Returns whether the action fetches a file.
    pub fn is_download(&self) -> bool {
        *self == Action::Download
    }

    /// Returns whether the action searches at the provider, under its name of today or the older one.
    pub fn is_provider_search(&self) -> bool {
        matches!(self, Action::Search | Action::ApiSearch)
    }

    /// Returns whether a reply of the action is one whole by its meaning: there is no next page of it.
    pub fn is_single(&self) -> bool {
        match self {
            Action::Get
            | Action::Create
            | Action::Update
            | Action::Delete
            | Action::Download
            | Action::Describe => true,
            Action::List
            | Action::Read
            | Action::Search
            | Action::ApiSearch
            | Action::ContextStoreSearch
            | Action::ContextStoreSqlQuery
            | Action::SqlSelect
            | Action::Other(_) => false,
        }
    }

    /// Returns what the action does, in a few words.
    pub fn about(&self) -> &'static str {
        match self {
            Action::List => "reads a page of records",
            Action::Get => "reads one record",
            Action::Search => "searches at the provider",
            Action::ApiSearch => "searches at the provider (older name of `search`)",
            Action::ContextStoreSearch => "searches the Context Store",
            Action::ContextStoreSqlQuery => "asks the Context Store in SQL",
            Action::SqlSelect => "asks a destination in SQL",
            Action::Download => "fetches a file",
            Action::Create => "makes a record",
            Action::Update => "changes a record",
            Action::Delete => "deletes a record",
            Action::Read | Action::Describe | Action::Other(_) => {
                "not a known action; asks before it is sent"
            }
        }
    }

    /// Returns the names of the action in other versions of the definitions, to suggest where the
    /// service does not know it.
    pub fn other_names(&self) -> &'static [&'static str] {
        match self {
            Action::Search => &["context_store_search", "api_search"],
            Action::ApiSearch | Action::ContextStoreSearch => &["search"],
            Action::Read => &["list", "get"],
            Action::List
            | Action::Get
            | Action::ContextStoreSqlQuery
            | Action::SqlSelect
            | Action::Describe
            | Action::Download
            | Action::Create
            | Action::Update
            | Action::Delete
            | Action::Other(_) => &[],
        }
    }
}

/// Returns [`Action::only_reads`] of the text of an action.
pub fn only_reads(action: &str) -> bool {
    Action::of(action).only_reads()
}

/// Returns [`Action::reads_store`] of the text of an action.
pub fn reads_store(action: &str) -> bool {
    Action::of(action).reads_store()
}

/// Returns [`Action::about`] of the text of an action.
pub fn about_action(action: &str) -> &'static str {
    Action::of(action).about()
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn reading_actions_are_sent_unasked_and_unknown_ones_are_not() {
        for text in [
            "list",
            "get",
            "search",
            "context_store_search",
            "context_store_sql_query",
            "sql_select",
        ] {
            let action = Action::of(text);
            assert!(action.only_reads() && action.may_repeat(), "{text}");
        }
        for text in [
            "create",
            "update",
            "delete",
            "sql",
            "sql_insert",
            "Sql_Select",
            "",
        ] {
            let action = Action::of(text);
            assert!(!action.only_reads() && !action.may_repeat(), "{text}");
        }
    }

    #[test]
    fn every_action_keeps_its_text() {
        for text in ["list", "read", "download", "context_store_graph", "Get", ""] {
            assert_eq!(Action::of(text).as_str(), text);
        }
        assert!(Action::of("context_store_graph").reads_store());
    }
}
