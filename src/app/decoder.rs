//! The cursor decoder: a token taken apart layer by layer, to be copied or sent; and the ledger, whose rows
//! lead to pages and tokens.

use super::App;
use super::cursor::Cursor;
use super::effect::Effect;
use super::focus::Pane;
use super::form::Value;
use super::notice::Notice;
use super::popup::Popup;
use super::reply::Shown;
use crate::decode::{Layer, decode};
use crate::domain::call::Call;
use crate::paging::{Next, Outcome};
use crate::text;

/// A token taken apart.
#[derive(Debug, Clone)]
pub struct DecoderView {
    /// Where the token is from.
    pub title: String,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// The selected layer.
    pub cursor: Cursor,
    /// The call that the token belongs to, to send another like it.
    pub call: Option<Call>,
}

impl App {
    /// `D`: takes the value under the cursor apart.
    pub(super) fn open_decoder(&mut self) {
        let (title, token, call) = match self.focus {
            Pane::Request => {
                let Some(row) = self.form.selected() else {
                    return;
                };
                let Value::Text(text) = &row.value else {
                    return;
                };
                (
                    format!("`{}` of the request", text::safe(row.name())),
                    text.clone(),
                    self.form.call(),
                )
            }
            Pane::Connectors | Pane::Reply => {
                let Some(tree) = self.reply.tree() else {
                    return;
                };
                let token = tree.document().plain(tree.cursor()).into_owned();
                (
                    text::safe(&tree.path()).into_owned(),
                    token,
                    self.reply.page().map(|page| page.call.clone()),
                )
            }
        };
        self.open_decoder_of(title, &token, call);
    }

    fn open_decoder_of(&mut self, title: String, token: &str, call: Option<Call>) {
        let layers = decode(token);
        if layers.len() == 1 {
            self.notice = Some(Notice::info("Nothing is wrapped in this value"));
        }
        // The innermost layer is what one came for.
        let at = layers
            .iter()
            .enumerate()
            .max_by_key(|(at, layer)| (layer.depth, std::cmp::Reverse(*at)))
            .map_or(0, |(at, _)| at);
        self.popups.push(Popup::DecoderView(Box::new(DecoderView {
            title,
            layers,
            cursor: Cursor { at, top: 0 },
            call,
        })));
    }

    /// Copies the selected layer.
    pub(super) fn copy_layer(&mut self) -> Vec<Effect> {
        let Some(Popup::DecoderView(decoder)) = self.popups.last() else {
            return Vec::new();
        };
        let Some(layer) = decoder.layers.get(decoder.cursor.at) else {
            return Vec::new();
        };
        vec![Effect::Copy {
            text: layer.text.clone(),
            what: format!("the layer {}", text::safe(&layer.name)),
        }]
    }

    /// Puts the selected layer into the request, as the value that asks for a page. It is not sent.
    pub(super) fn send_from_layer(&mut self) -> Vec<Effect> {
        let Some(Popup::DecoderView(decoder)) = self.popups.last() else {
            return Vec::new();
        };
        let (Some(layer), Some(call)) = (
            decoder.layers.get(decoder.cursor.at).cloned(),
            decoder.call.clone(),
        ) else {
            self.notice = Some(Notice::info(
                "There is no request that this value belongs to",
            ));
            return Vec::new();
        };
        let operation = self.operation_of(&call);
        let of_run = self
            .reply
            .run
            .as_ref()
            .and_then(|run| run.profile().param().map(str::to_owned));
        let profile = self.remembered_of(&call).choose(operation.as_ref());
        let Some(param) = profile.param().map(str::to_owned).or(of_run) else {
            self.notice = Some(Notice::info(
                "No parameter is known that asks for a page: P sets one",
            ));
            return Vec::new();
        };
        let Some(connector) = self
            .connectors
            .all()
            .iter()
            .find(|own| own.id == call.connector_id)
            .cloned()
        else {
            self.notice = Some(Notice::info(
                "The connector of this reply is not in the list any more",
            ));
            return Vec::new();
        };
        self.popups.clear();
        let effects = self.choose(connector);
        self.form.set_entity(&call.entity);
        self.form.set_action(&call.action);
        for (name, value) in call.params.iter() {
            let value = if value.as_str() == "null" {
                Value::Null
            } else {
                Value::Text(self.typed_text(name, value))
            };
            self.form.set_parameter(name, value);
        }
        self.form
            .set_parameter(&param, Value::Text(layer.text.clone()));
        self.focus = Pane::Request;
        self.form.cursor.at = self
            .form
            .rows
            .iter()
            .position(|row| row.name() == param)
            .unwrap_or(0);
        let shown = text::cut_middle(&text::safe(&layer.text), 24).into_owned();
        self.notice = Some(Notice::done(format!(
            "`{}={shown}` is in the request: F5 sends from here",
            text::safe(&param)
        )));
        effects
    }

    /// Enter in the ledger: goes to the page of the row.
    pub(super) fn go_to_entry(&mut self) -> Vec<Effect> {
        let Some(Popup::Ledger(cursor)) = self.popups.last() else {
            return Vec::new();
        };
        let Some(entry) = self
            .reply
            .run
            .as_ref()
            .and_then(|run| run.entries().get(cursor.at))
        else {
            return Vec::new();
        };
        let page = entry.page as usize - 1;
        if entry.outcome != Outcome::Page || page >= self.reply.pages.len() {
            self.notice = Some(Notice::info("This call brought no page"));
            return Vec::new();
        }
        self.popups.pop();
        self.focus = Pane::Reply;
        self.reply.shown = Shown::Pages;
        self.go_to_page(page)
    }

    /// `D` in the ledger: takes the token apart that came with the page, else the one that was sent.
    pub(super) fn open_decoder_of_entry(&mut self) {
        let Some(Popup::Ledger(cursor)) = self.popups.last() else {
            return;
        };
        let Some(entry) = self
            .reply
            .run
            .as_ref()
            .and_then(|run| run.entries().get(cursor.at))
        else {
            return;
        };
        let call = self
            .reply
            .pages
            .get((entry.page as usize).saturating_sub(1))
            .map(|page| page.call.clone());
        let token = match (&entry.next, &entry.sent) {
            (Next::Send { param, value }, _) => Some((
                format!("`{param}` that came with page {}", entry.page),
                value.plain(),
            )),
            (Next::End(_) | Next::Stuck { .. }, Some((param, value))) => Some((
                format!("`{param}` that was sent for page {}", entry.page),
                value.plain(),
            )),
            (Next::End(_) | Next::Stuck { .. }, None) => None,
        };
        match token {
            Some((title, token)) => {
                self.open_decoder_of(text::safe(&title).into_owned(), &token, call)
            }
            None => {
                self.notice = Some(Notice::info(
                    "No token came with this page, and none was sent for it",
                ))
            }
        }
    }
}
