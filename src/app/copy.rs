//! Copying: what of a reply, a file or a request, and in which form.

use super::App;
use super::command::Command;
use super::effect::Effect;
use super::reply::{Shown, Tab};
use crate::json::document::Kind;
use crate::json::path;
use crate::text;

impl App {
    /// Copies what the command names.
    pub(super) fn copy(&mut self, command: Command) -> Vec<Effect> {
        let effect = |text: String, what: &str| {
            vec![Effect::Copy {
                text,
                what: what.to_owned(),
            }]
        };
        match command {
            Command::CopyCurl => {
                let Some(call) = self.own_call() else {
                    return Vec::new();
                };
                let curl = call.curl(&self.setup.host, self.setup.organization.as_deref());
                return effect(
                    self.setup.scrubber.scrub(&curl).into_owned(),
                    "the request as curl",
                );
            }
            Command::CopyBody => {
                let Some(call) = self.own_call() else {
                    return Vec::new();
                };
                return effect(
                    self.setup.scrubber.scrub_json(&call.body()).into_owned(),
                    "the body of the request",
                );
            }
            _ => {}
        }
        if let Shown::File(file) = &self.reply.shown {
            return effect(
                file.path.to_string_lossy().into_owned(),
                "the path of the file",
            );
        }
        let Some(tree) = self.reply.tree() else {
            let envelope = self.reply.page().and_then(|page| page.envelope());
            return envelope
                .map(|envelope| {
                    effect(
                        String::from_utf8_lossy(&envelope.document.body().joined()).into_owned(),
                        "the body",
                    )
                })
                .unwrap_or_default();
        };
        let (document, at) = (tree.document(), tree.cursor());
        let marks = self
            .reply
            .page()
            .map(|page| page.in_order(&page.marks))
            .filter(|marks| !marks.is_empty() && self.reply.tab() == Tab::Result);
        match command {
            Command::CopyTable => {
                let Some(page) = self.reply.page() else {
                    return Vec::new();
                };
                let (text, rows) = page.tsv(marks.as_deref());
                effect(text, &format!("the table, {}", text::plural(rows, "row")))
            }
            Command::CopyRecord if marks.is_some() => {
                let marks = marks.unwrap_or_default();
                let texts: Vec<_> = marks.iter().map(|record| document.text(*record)).collect();
                effect(
                    texts.join("\n"),
                    &text::plural(marks.len() as u64, "marked record"),
                )
            }
            Command::CopyKey => {
                effect(document.key(at).unwrap_or_default().into_owned(), "the key")
            }
            Command::CopyRecord => {
                // Where there is no list, the whole result is the record.
                let listed = document.kind(tree.root()) == Kind::Array;
                let record = if listed {
                    tree.outermost(at)
                } else {
                    tree.root()
                };
                effect(document.text(record).into_owned(), "the record")
            }
            Command::CopyPath => effect(path::plain(document, at), "the path"),
            Command::CopyJqPath => effect(path::path(document, at), "the path for jq"),
            Command::CopyBracketPath => {
                effect(path::brackets(document, at), "the path in brackets")
            }
            Command::CopyText => effect(document.plain(at).into_owned(), "the text"),
            _ => effect(document.text(at).into_owned(), "the value"),
        }
    }
}
