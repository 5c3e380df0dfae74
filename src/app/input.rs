//! Where keys and pasted text go: a prefix, the popup on top, a text field, a pane.

use crossterm::event::KeyEvent;

use super::command::{Command, GlobalCommand};
use super::connectors::kept::Kept;
use super::context::Context;
use super::effect::Effect;
use super::popups::{Panes, Popup};
use super::widgets::focus::KeyContext;
use super::widgets::notice::Notice;
use super::{App, act, act_in_popup};

/// Says that a command waits for the connectors.
fn waits(kept: Kept) -> Notice {
    Notice::info(format!("{}: Esc forgets it", kept.words()))
}

impl App {
    pub(super) fn key(&mut self, event: KeyEvent) -> Vec<Effect> {
        if let Some(prefix) = self.focus.prefix.take() {
            return self.key_after_prefix(prefix, event);
        }
        // These keys work everywhere, whatever is open.
        match self.session.keymap.lookup(&[KeyContext::Always], event) {
            Some(
                command @ Command::Global(
                    GlobalCommand::QuitNow | GlobalCommand::Suspend | GlobalCommand::Repaint,
                ),
            ) => {
                return self.perform(command);
            }
            Some(Command::Global(GlobalCommand::Back)) => return self.leave(),
            Some(command) if self.popups.is_empty() => {
                self.request.commit();
                self.connectors.typing = None;
                self.reply.typing = None;
                return self.perform(command);
            }
            Some(_) => return Vec::new(),
            None => {}
        }
        if !self.popups.is_empty() {
            return act_in_popup!(self, |popup, context, panes| popup.key(
                event,
                &mut context,
                panes
            ));
        }
        if self.is_typing() {
            return self.key_in_field(event);
        }
        match self.session.keymap.lookup(&self.key_contexts(), event) {
            Some(command) => self.perform(command),
            None => {
                self.say_where_it_works(event);
                Vec::new()
            }
        }
    }

    /// Keeps a command until the connectors are loaded, if it can wait for them. Returns whether it did.
    pub(super) fn keep(&mut self, command: Command) -> bool {
        let Some(kept) = Kept::of(command) else {
            return false;
        };
        let is_expected = match kept {
            Kept::Choose => true,
            Kept::Edit => self.request.waits_for_connectors(),
            Kept::Send => {
                self.request.waits_for_connectors() || self.connectors.kept.contains(&Kept::Choose)
            }
        };
        if !is_expected || !self.connectors.is_first_load(&self.session) {
            return false;
        }
        self.connectors.keep(kept);
        self.messages.show(waits(kept));
        true
    }

    /// Takes back the word that something waits for the connectors: they are there, or cannot be had.
    pub(super) fn stop_saying_what_waits(&mut self) {
        let mut kept = self.connectors.kept.iter();
        if kept.any(|kept| self.messages.notice.as_ref() == Some(&waits(*kept))) {
            self.messages.notice = None;
        }
    }

    /// Does the commands that were kept until the connectors were loaded. What is not possible now either says why, unless
    /// that was said already.
    pub(super) fn perform_kept(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for kept in std::mem::take(&mut self.connectors.kept) {
            let command = kept.command();
            let is_edited = self.request.form.editing.is_some();
            if kept == Kept::Send && is_edited {
                // Neither the value of before nor half of the new one is meant.
                self.messages.show(Notice::info(
                    "Not sent while a value is edited: F5 keeps and sends it",
                ));
                continue;
            }
            let is_away = kept != Kept::Send && (self.is_typing() || !self.popups.is_empty());
            let is_said = self.can(command).is_err() && self.messages.notice.is_some();
            if !is_away && !is_said {
                effects.extend(self.perform(command));
            }
        }
        effects
    }

    fn key_after_prefix(&mut self, prefix: KeyContext, event: KeyEvent) -> Vec<Effect> {
        let contexts = [prefix, KeyContext::Always];
        match self.session.keymap.lookup(&contexts, event) {
            // Esc takes back the first key, and nothing else.
            Some(Command::Global(GlobalCommand::Back)) => Vec::new(),
            Some(command) => self.perform(command),
            None => {
                let key = if prefix == KeyContext::CopyPrefix {
                    "y"
                } else {
                    "z"
                };
                let words = format!("That key means nothing after {key}");
                self.messages.show(Notice::info(words));
                Vec::new()
            }
        }
    }

    /// A key that means something in another pane says in which.
    fn say_where_it_works(&mut self, event: KeyEvent) {
        let keymap = &self.session.keymap;
        let panes = [
            KeyContext::Reply,
            KeyContext::Request,
            KeyContext::Connectors,
        ];
        let is_bound = |context: &KeyContext| keymap.lookup(&[*context], event).is_some();
        if let Some(context) = panes.into_iter().find(is_bound) {
            let words = format!("This key works in {}", context.name());
            self.messages.show(Notice::info(words));
        }
    }

    /// Esc: leaves the field in a popup, the popup, or the field in a pane; else takes one step back.
    fn leave(&mut self) -> Vec<Effect> {
        if let Some(popup) = self.popups.last_mut() {
            if popup.state_mut().leave_field() {
                return Vec::new();
            }
            return self.decline_popup();
        }
        if !self.is_typing() {
            return self.perform(Command::Global(GlobalCommand::Back));
        }
        self.request.leave_editor();
        if self.connectors.typing.is_some() {
            self.connectors.leave_filter(&self.session);
        }
        if self.reply.typing.is_some() {
            return act!(self, |context| self.reply.leave_find(&mut context));
        }
        if self.reply.is_filtering() {
            return act!(self, |context| self.reply.end_filter(&mut context));
        }
        Vec::new()
    }

    /// Closes the popup on top without an answer.
    pub(super) fn decline_popup(&mut self) -> Vec<Effect> {
        let mut effects =
            act_in_popup!(self, |popup, context, _panes| popup.declined(&mut context));
        effects.extend(self.close_popup());
        effects
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(popup) = self.popups.last_mut() {
            popup.state_mut().paste(text);
        } else if self.request.form.editing.is_some() {
            self.request.paste(text);
        } else if self.connectors.typing.is_some() {
            self.connectors.paste(text, &self.session);
        } else {
            return act!(self, |context| self.reply.paste(text, &mut context));
        }
        Vec::new()
    }

    fn key_in_field(&mut self, event: KeyEvent) -> Vec<Effect> {
        if self.request.form.editing.is_some() {
            return act!(self, |context| {
                self.request.key_in_editor(event, &mut context)
            });
        }
        act!(self, |context| {
            if self.connectors.typing.is_some() {
                self.connectors.key_in_filter(event, &mut context);
            } else {
                self.reply.key_in_field(event, &mut context);
            }
        })
    }
}
