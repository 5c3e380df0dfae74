//! A token with its layers, decoded one by one, to be copied or sent.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Hint, Panes, PopupState, move_or_close};
use crate::app::context::Context;
use crate::app::effect::Effect;
use crate::app::requests::{DecoderRequest, FormRequest, Prefill, Request, SelectedRow};
use crate::app::session::Session;
use crate::app::widgets::cursor::Cursor;
use crate::app::widgets::focus::Pane;
use crate::app::widgets::notice::Notice;
use crate::decode::{Layer, decode};
use crate::domain::call::Call;
use crate::text;

/// A token with its layers.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// What it is the token of.
    pub title: String,
    /// The layers, the value itself first.
    pub layers: Vec<Layer>,
    /// The selected layer.
    pub cursor: Cursor,
    call: Option<Call>,
}

impl Decoder {
    /// Opens the layers of a token; the innermost is selected.
    pub fn open(request: DecoderRequest, context: &mut Context<'_>) -> Decoder {
        let layers = decode(&request.token);
        if layers.len() == 1 {
            context.info("Nothing is encoded in this value");
        }
        let innermost = layers
            .iter()
            .enumerate()
            .max_by_key(|(at, layer)| (layer.depth, std::cmp::Reverse(*at)));
        let at = innermost.map_or(0, |(at, _)| at);
        Decoder {
            title: request.title,
            layers,
            cursor: Cursor { at, top: 0 },
            call: request.call,
        }
    }

    fn copy(&self, context: &mut Context<'_>) {
        if let Some(layer) = self.layers.get(self.cursor.at) {
            context.effect(Effect::Copy {
                text: layer.text.clone(),
                what: format!("the layer {}", text::safe(&layer.name)),
            });
        }
    }

    /// Fills the request in with the layer as the parameter that asks for a page.
    fn send_from_here(&self, context: &mut Context<'_>, panes: &Panes<'_>) {
        let layer = self.layers.get(self.cursor.at);
        let Some((layer, call)) = layer.zip(self.call.as_ref()) else {
            return context.info("There is no request that this value belongs to");
        };
        let session = context.session;
        let operation = session.operation_of(call);
        let profile = session.remembered(call).choose(operation.as_ref());
        let of_run = panes
            .reply
            .run
            .as_ref()
            .and_then(|run| run.profile().param());
        let Some(param) = profile.param().or(of_run).map(str::to_owned) else {
            return context.info("No parameter is known that asks for a page: P sets one");
        };
        if session.connector(&call.connector_id).is_none() {
            return context.info("The connector of this reply is not in the list any more");
        }
        let shown = text::safe(&layer.text);
        let shown = text::cut_middle(&shown, 24);
        let notice = Notice::done(format!(
            "`{}={shown}` is in the request: F5 sends from here",
            text::safe(&param)
        ));
        context.request(Request::CloseAll);
        context.request(Request::Focus(Pane::Request));
        context.request(Request::Form(FormRequest::Fill(Box::new(Prefill {
            connector_id: call.connector_id.clone(),
            entity: call.entity.clone(),
            action: call.action.clone(),
            params: call.params.clone(),
            typed: Some((param.clone(), layer.text.clone())),
            row: SelectedRow::Named(param),
            notice: Some(notice),
        }))));
    }
}

impl PopupState for Decoder {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a terminal has more keys than mean something here"
    )]
    fn key(&mut self, event: KeyEvent, context: &mut Context<'_>, panes: &Panes<'_>) {
        match event.code {
            KeyCode::Enter | KeyCode::Char('y') => self.copy(context),
            KeyCode::Char('s') => self.send_from_here(context, panes),
            _ => move_or_close(self, event, Some('D'), context, panes),
        }
    }

    fn list(&mut self, _: &Panes<'_>) -> Option<(&mut Cursor, usize)> {
        Some((&mut self.cursor, self.layers.len()))
    }

    fn hints(&self, _: &Session, _: &Panes<'_>) -> Vec<Hint> {
        vec![
            ("y", "copy"),
            ("s", "send from here"),
            ("j k", "move"),
            ("Esc", "close"),
        ]
    }
}
