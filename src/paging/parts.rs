//! A profile split into parts, so that each can be shown, changed, and stored as JSON.

use serde_json::{Value, json};

use super::profile::{Origin, Profile, Strategy, Stride};

/// The kinds of strategies, as the user chooses among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Strategy::Token`]
    Token,
    /// [`Strategy::UrlQuery`]
    UrlQuery,
    /// [`Strategy::PageUrl`]
    PageUrl,
    /// [`Strategy::Page`]
    Page,
    /// [`Strategy::Offset`] by the number of records received.
    Offset,
    /// [`Strategy::Offset`] by the page size.
    OffsetBySize,
    /// [`Strategy::LastId`]
    LastId,
    /// [`Strategy::Sql`]
    Sql,
    /// [`Strategy::Unfollowable`]
    Unfollowable,
    /// [`Strategy::Single`]
    Single,
    /// [`Strategy::Generic`]
    Inferred,
}

impl Kind {
    /// Every kind with its name and what it means.
    pub const ALL: [(Kind, &'static str, &'static str); 11] = [
        (Kind::Token, "token", "a token of the reply is sent back"),
        (
            Kind::UrlQuery,
            "url-query",
            "a parameter of the next page's URL is sent back",
        ),
        (
            Kind::PageUrl,
            "page-url",
            "a page number, while the reply has a URL",
        ),
        (Kind::Page, "page", "a page number"),
        (
            Kind::Offset,
            "offset",
            "an offset by the number of received records",
        ),
        (
            Kind::OffsetBySize,
            "offset-by-size",
            "an offset by the page size",
        ),
        (Kind::LastId, "last-id", "the id of the last record"),
        (Kind::Sql, "sql", "LIMIT and OFFSET in a statement"),
        (
            Kind::Unfollowable,
            "unfollowable",
            "no parameter requests more",
        ),
        (Kind::Single, "single", "everything in one reply"),
        (Kind::Inferred, "inferred", "the first reply decides"),
    ];

    /// Returns the kind's name.
    pub fn name(self) -> &'static str {
        Kind::ALL
            .iter()
            .find(|(own, ..)| *own == self)
            .map_or("", |(_, name, _)| name)
    }

    /// Finds a kind by its name.
    pub fn by_name(name: &str) -> Option<Kind> {
        Kind::ALL
            .iter()
            .find(|(_, own, _)| *own == name)
            .map(|(kind, ..)| *kind)
    }
}

/// A profile split into parts. An empty text means not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The kind of strategy.
    pub kind: Kind,
    /// The paging parameter.
    pub param: String,
    /// The path of its next value, or of the sign that there is one.
    pub from: String,
    /// The number of the first page.
    pub first: i64,
    /// The path of a flag that is true while there is more.
    pub more: String,
    /// The path of a flag that is true at the end.
    pub end: String,
    /// The request parameter that sets the page size.
    pub size_param: String,
    /// Whether the paging parameter takes numbers.
    pub numeric: bool,
}

impl Profile {
    /// Splits the profile into its parts.
    pub fn parts(&self) -> Parts {
        let (kind, param, from, first) = match &self.strategy {
            Strategy::Token { param, from } => (Kind::Token, Some(param), Some(from), 1),
            Strategy::UrlQuery { param, from } => (Kind::UrlQuery, Some(param), Some(from), 1),
            Strategy::PageUrl { param, from, first } => {
                (Kind::PageUrl, Some(param), Some(from), *first)
            }
            Strategy::Page { param, first } => (Kind::Page, Some(param), None, *first),
            Strategy::Offset {
                param,
                from,
                stride: Stride::Received,
            } => (Kind::Offset, Some(param), from.as_ref(), 1),
            Strategy::Offset {
                param,
                from,
                stride: Stride::PageSize,
            } => (Kind::OffsetBySize, Some(param), from.as_ref(), 1),
            Strategy::LastId { param, from } => (Kind::LastId, Some(param), from.as_ref(), 1),
            Strategy::Sql { param } => (Kind::Sql, Some(param), None, 1),
            Strategy::Unfollowable { from } => (Kind::Unfollowable, None, from.as_ref(), 1),
            Strategy::Single => (Kind::Single, None, None, 1),
            Strategy::Generic => (Kind::Inferred, None, None, 1),
        };
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Parts {
            kind,
            param: text(param),
            from: text(from),
            first,
            more: text(self.more.as_ref()),
            end: text(self.end.as_ref()),
            size_param: text(self.size_param.as_ref()),
            numeric: self.numeric,
        }
    }
}

impl Parts {
    /// Builds the profile from its parts. The error names what is missing.
    pub fn profile(&self, origin: Origin) -> Result<Profile, String> {
        let set = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let name = self.kind.name();
        let param = || set(&self.param).ok_or_else(|| format!("`{name}` needs a parameter"));
        let from =
            || set(&self.from).ok_or_else(|| format!("`{name}` needs the place of its next value"));
        let offset = |stride| {
            Ok::<_, String>(Strategy::Offset {
                param: param()?,
                from: set(&self.from),
                stride,
            })
        };
        let strategy = match self.kind {
            Kind::Token => Strategy::Token {
                param: param()?,
                from: from()?,
            },
            Kind::UrlQuery => Strategy::UrlQuery {
                param: param()?,
                from: from()?,
            },
            Kind::PageUrl => Strategy::PageUrl {
                param: param()?,
                from: from()?,
                first: self.first,
            },
            Kind::Page => Strategy::Page {
                param: param()?,
                first: self.first,
            },
            Kind::Offset => offset(Stride::Received)?,
            Kind::OffsetBySize => offset(Stride::PageSize)?,
            Kind::LastId => Strategy::LastId {
                param: param()?,
                from: set(&self.from),
            },
            Kind::Sql => Strategy::Sql { param: param()? },
            Kind::Unfollowable => Strategy::Unfollowable {
                from: set(&self.from),
            },
            Kind::Single => Strategy::Single,
            Kind::Inferred => Strategy::Generic,
        };
        let (size_param, more, end) = (set(&self.size_param), set(&self.more), set(&self.end));
        Ok(Profile {
            strategy,
            size_param,
            more,
            end,
            numeric: self.numeric,
            origin,
        })
    }

    /// Writes the parts as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "kind": self.kind.name(), "param": self.param, "from": self.from, "first": self.first, "more": self.more, "end": self.end,
            "size_param": self.size_param, "numeric": self.numeric,
        })
    }

    /// Reads what [`Parts::to_json`] wrote; `None` for anything else.
    pub fn from_json(value: &Value) -> Option<Parts> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Parts {
            kind: Kind::by_name(value["kind"].as_str()?)?,
            param: text("param")?,
            from: text("from")?,
            first: value["first"].as_i64()?,
            more: text("more")?,
            end: text("end")?,
            size_param: text("size_param")?,
            numeric: value["numeric"].as_bool()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Parts};
    use crate::catalog;
    use crate::paging::{Origin, Profile};

    #[test]
    fn every_profile_of_the_catalog_comes_apart_and_together_again() {
        for operation in catalog::DEFINITIONS
            .iter()
            .flat_map(catalog::Definition::operations)
        {
            let profile = Profile::of(Some(&operation));
            let parts = profile.parts();
            assert_eq!(
                parts.profile(profile.origin).as_ref(),
                Ok(&profile),
                "{} {}",
                operation.entity,
                operation.action
            );
            assert_eq!(Parts::from_json(&parts.to_json()), Some(parts));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut parts = Profile::of(None).parts();
        parts.kind = Kind::Token;
        assert_eq!(
            parts.profile(Origin::User).unwrap_err(),
            "`token` needs a parameter"
        );
        parts.param = "after".to_owned();
        assert_eq!(
            parts.profile(Origin::User).unwrap_err(),
            "`token` needs the place of its next value"
        );
        assert_eq!(
            Parts::from_json(&serde_json::json!({"kind": "nonsense"})),
            None
        );
    }
}
