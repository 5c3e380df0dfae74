//! Copying: of a value, a record, a path, a table, or the request.

use super::page::Tab;
use super::{ReplyPane, Shown};
use crate::app::command::{CopyCommand, CopyRequest};
use crate::app::context::{Context, Reason};
use crate::app::effect::Effect;
use crate::app::session::Session;
use crate::domain::action::Action;
use crate::domain::call::{Call, shell_word};
use crate::json::document::Kind;
use crate::json::path;
use crate::text;

impl ReplyPane {
    /// Returns whether there is something to copy; if not, why not. Requests are copied by [`copy_request`].
    pub fn can_copy(&self, command: CopyCommand) -> Result<(), Reason> {
        if matches!(self.shown, Shown::File(_)) {
            return match command {
                CopyCommand::Value | CopyCommand::Text | CopyCommand::Path => Ok(()),
                CopyCommand::Key
                | CopyCommand::Record
                | CopyCommand::JqPath
                | CopyCommand::BracketPath
                | CopyCommand::Table => Err("This is a file: y y copies its path".into()),
                CopyCommand::Request(_) => Ok(()),
            };
        }
        if self.failed_request().is_some() {
            return match command {
                CopyCommand::Value | CopyCommand::Text | CopyCommand::Request(_) => Ok(()),
                CopyCommand::Key
                | CopyCommand::Path
                | CopyCommand::Record
                | CopyCommand::JqPath
                | CopyCommand::BracketPath
                | CopyCommand::Table => Err("This is a failure: y y copies it".into()),
            };
        }
        let page = self.can_page()?;
        let tree = || {
            let reason = "This is text, not a tree: t shows another tab";
            self.tree().ok_or(Reason::Borrowed(reason))
        };
        match command {
            CopyCommand::Value
            | CopyCommand::Text
            | CopyCommand::Path
            | CopyCommand::Request(_) => Ok(()),
            CopyCommand::Table if page.has_table(self.tab) => Ok(()),
            CopyCommand::Table => Err("A table is made of the records of a result".into()),
            CopyCommand::Key => {
                let tree = tree()?;
                match tree.document().key(tree.cursor()) {
                    Some(_) => Ok(()),
                    None => Err("This value has no key: it is in an array".into()),
                }
            }
            CopyCommand::Record if self.tab != Tab::Result => {
                Err("Records are in the result: t shows it".into())
            }
            CopyCommand::Record | CopyCommand::JqPath | CopyCommand::BracketPath => {
                tree().map(drop)
            }
        }
    }

    /// Copies something of what is shown.
    pub fn copy(&self, command: CopyCommand, context: &mut Context<'_>) {
        if let Shown::File(file) = &self.shown {
            let path = file.path.to_string_lossy().into_owned();
            return copy(path, "the path of the file", context);
        }
        if let Some(failed) = self.failed_request() {
            return copy(failed.text(), "the failure", context);
        }
        let Some(tree) = self.tree() else {
            if let Some(envelope) = self.page().and_then(|page| page.envelope()) {
                let body = envelope.document.body().joined();
                copy(
                    String::from_utf8_lossy(&body).into_owned(),
                    "the body",
                    context,
                );
            }
            return;
        };
        let (document, at) = (tree.document(), tree.cursor());
        let (text, what) = match command {
            CopyCommand::Value => (document.text(at).into_owned(), "the value"),
            CopyCommand::Text => (document.plain(at).into_owned(), "the text"),
            CopyCommand::Key => {
                let key = document.key(at).unwrap_or_default();
                (key.into_owned(), "the key")
            }
            CopyCommand::Path => (path::plain(document, at), "the path"),
            CopyCommand::JqPath => (path::path(document, at), "the path for jq"),
            CopyCommand::BracketPath => (path::brackets(document, at), "the path in brackets"),
            CopyCommand::Record => return self.copy_records(context),
            CopyCommand::Table => return self.copy_table(context),
            CopyCommand::Request(_) => return,
        };
        copy(text, what, context);
    }

    /// Copies the marked records, a line each, or the one under the cursor.
    fn copy_records(&self, context: &mut Context<'_>) {
        let (Some(page), Some(tree)) = (self.page(), self.tree()) else {
            return;
        };
        let document = tree.document();
        let marks = page.in_order(&page.marks);
        if !marks.is_empty() && self.tab == Tab::Result {
            let texts: Vec<_> = marks.iter().map(|record| document.text(*record)).collect();
            let what = text::plural(marks.len() as u64, "marked record");
            return copy(texts.join("\n"), &what, context);
        }
        // Where there is no list, the whole result is the record.
        let record = if document.kind(tree.root()) == Kind::Array {
            tree.outermost(tree.cursor())
        } else {
            tree.root()
        };
        copy(document.text(record).into_owned(), "the record", context);
    }

    fn copy_table(&self, context: &mut Context<'_>) {
        let Some(page) = self.page() else {
            return;
        };
        let marks = page.in_order(&page.marks);
        let marks = Some(marks).filter(|marks| !marks.is_empty() && self.tab == Tab::Result);
        let (text, rows) = page.tsv(marks.as_deref());
        let what = format!("the table, {}", text::plural(rows, "row"));
        copy(text, &what, context);
    }
}

/// Copies something of a request, without the secrets of the session.
pub fn copy_request(call: &Call, what: CopyRequest, context: &mut Context<'_>) {
    let setup = &context.session.setup;
    let (text, what) = match what {
        CopyRequest::Curl => {
            let curl = call.curl(&setup.host, setup.organization.as_deref());
            let curl = setup.scrubber.scrub(&curl).into_owned();
            (curl, "the request as curl")
        }
        CopyRequest::Body => {
            let body = setup.scrubber.scrub_json(&call.body()).into_owned();
            (body, "the body of the request")
        }
        CopyRequest::CommandLine => {
            let line = command_line(call, context.session);
            let line = setup.scrubber.scrub(&line).into_owned();
            (line, "the request as an airscope command line")
        }
    };
    copy(text, what, context);
}

/// Returns the command that sends a call without a screen. Parameters are one JSON object, so that their types
/// survive; what has no flag (`exclude_fields`, `intent`) is not part of it. A write still asks for `--yes`.
fn command_line(call: &Call, session: &Session) -> String {
    let is_download = Action::of(&call.action).is_download();
    let mut flags = Vec::new();
    if call.params.iter().next().is_some() {
        flags.push(format!("--params {}", shell_word(&call.params.to_json())));
    }
    if !is_download && !call.select_fields.is_empty() {
        let fields = call.select_fields.join(",");
        flags.push(format!("--select {}", shell_word(&fields)));
    }
    let mut operation = vec![connector_word(call, session), &call.entity];
    if !is_download {
        operation.push(&call.action);
    }
    // A name that the service gave must not be taken for a flag.
    let is_like_flag = operation.iter().any(|word| word.starts_with('-'));
    let mut words = vec![
        if is_download {
            "airscope download"
        } else {
            "airscope call"
        }
        .to_owned(),
    ];
    let operation = operation.into_iter().map(shell_word);
    if is_like_flag {
        words.extend(flags);
        words.push("--".to_owned());
        words.extend(operation);
    } else {
        words.extend(operation);
        words.extend(flags);
    }
    words.join(" ")
}

/// Returns what names the connector on the command line: its slug if no other one has it, else its id.
fn connector_word<'a>(call: &'a Call, session: &'a Session) -> &'a str {
    let connector = session.connector(&call.connector_id);
    let slug = connector.and_then(|connector| connector.slug.as_deref());
    let is_called = |slug: &&str| {
        let named = session.connectors.iter();
        named.filter(|own| own.is_called(slug)).count() == 1
    };
    slug.filter(is_called).unwrap_or(&call.connector_id)
}

fn copy(text: String, what: &str, context: &mut Context<'_>) {
    let what = what.to_owned();
    context.effect(Effect::Copy { text, what });
}

#[cfg(test)]
mod tests {
    use super::command_line;
    use crate::app::session::Session;
    use crate::domain::call::{Call, Params};
    use crate::domain::connector::Connector;

    fn connector(id: &str, slug: &str) -> Connector {
        Connector {
            id: id.into(),
            slug: Some(slug.into()),
            ..Connector::default()
        }
    }

    #[test]
    fn a_request_is_a_command_line_whose_words_a_shell_keeps_whole() {
        let session = Session {
            connectors: vec![
                connector("c1", "github"),
                connector("c2", "gmail"),
                connector("c3", "gmail"),
            ],
            ..Session::default()
        };
        let check = |id: &str, action: &str, params: &str, expected: &str| {
            let mut call = Call::new(id, "issues", action);
            call.params = Params::parse(params).unwrap();
            assert_eq!(command_line(&call, &session), expected);
        };
        check("c1", "list", "{}", "airscope call github issues list");
        check(
            "c1",
            "list",
            r#"{"q":"it's $HOME","n":10,"id":"7"}"#,
            r#"airscope call github issues list --params '{"q":"it'\''s $HOME","n":10,"id":"7"}'"#,
        );
        check("c2", "get", "{}", "airscope call c2 issues get");
        check(
            "c1",
            "download",
            r#"{"id":1}"#,
            r#"airscope download github issues --params '{"id":1}'"#,
        );
        check(
            "c1",
            "--yes",
            r#"{"a":1}"#,
            r#"airscope call --params '{"a":1}' -- github issues --yes"#,
        );
        let mut call = Call::new("c 9", "a;b", "list");
        call.select_fields = vec!["id".into(), "user.name".into()];
        assert_eq!(
            command_line(&call, &session),
            "airscope call 'c 9' 'a;b' list --select id,user.name"
        );
    }
}
