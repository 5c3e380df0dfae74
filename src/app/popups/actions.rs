//! Lists of commands: the keys of where one is, all commands by name, and the actions that are possible here.

use crate::app::command::{Command, GlobalCommand, ReplyCommand, ViewCommand};
use crate::app::keymap::Binding;
use crate::app::parents::{SharedLead, shared_leads};
use crate::app::reply::page::Tab;
use crate::app::requests::{Choices, Item, PopupRequest, ReplyRequest, Request};
use crate::app::session::Session;
use crate::app::widgets::focus::{KeyContext, Pane};
use crate::attachments::{Lead, leads};
use crate::text;

use super::Panes;

/// Listed with what it fetches, not by its name.
const FETCH_NAMES: Command = Command::Reply(ReplyCommand::FetchNames);

/// Returns the keys of where one is, in sections: `q` first, then what holds in the pane.
pub fn help(session: &Session, panes: &Panes<'_>) -> Choices {
    let item = |binding: &Binding| Item {
        label: binding.written(),
        about: binding.about.to_owned(),
        request: Request::Perform(binding.command),
    };
    let here = panes
        .contexts
        .iter()
        .chain(&[KeyContext::CopyPrefix, KeyContext::FoldPrefix]);
    let mut rows: Vec<&Binding> = here
        .flat_map(|context| session.keymap.of(*context))
        .filter(|binding| !binding.keys.is_empty())
        .collect();
    rows.sort_by_key(|binding| binding.command != Command::Global(GlobalCommand::Quit));
    let title = format!("Keys in {}", panes.focus.name());
    let sections = rows.iter().map(|binding| section(binding.context));
    let sections = sections.collect();
    Choices::new(title, rows.into_iter().map(item).collect()).in_sections(sections)
}

fn section(context: KeyContext) -> &'static str {
    match context {
        KeyContext::Always => "Always",
        KeyContext::CopyPrefix => "Copy",
        KeyContext::FoldPrefix => "Folds",
        KeyContext::Everywhere
        | KeyContext::Connectors
        | KeyContext::Request
        | KeyContext::Reply => context.name(),
    }
}

/// Returns all commands by name. Where two panes have a command of one name, that of the pane with the keys is meant.
/// What ends the program comes last, so that no word typed in haste finds it first.
pub fn palette(session: &Session, panes: &Panes<'_>) -> Choices {
    let palette = Command::Global(GlobalCommand::Palette);
    let own = panes.focus.key_context();
    let is_of_other_pane = |context: KeyContext| {
        let mut others = Pane::ALL.iter().filter(|pane| **pane != panes.focus);
        others.any(|pane| pane.key_context() == context)
    };
    let is_hidden = |binding: &Binding| {
        let mut of_pane = session.keymap.of(own);
        is_of_other_pane(binding.context) && of_pane.any(|row| row.label == binding.label)
    };
    let mut rows: Vec<&Binding> = Vec::new();
    for binding in session.keymap.bindings() {
        let is_known = rows.iter().any(|row| row.command == binding.command);
        if binding.command != palette && !is_known && !is_hidden(binding) {
            rows.push(binding);
        }
    }
    rows.sort_by_key(|binding| {
        matches!(
            binding.command,
            Command::Global(GlobalCommand::Quit | GlobalCommand::QuitNow)
        )
    });
    let item = |binding: &Binding| Item {
        // What has no name of its own is called by what it does.
        label: match binding.label {
            "" => binding.about.to_owned(),
            name => name.to_owned(),
        },
        about: format!("{:<12} {}", binding.written(), binding.about),
        request: Request::Perform(binding.command),
    };
    Choices::new("Commands", rows.into_iter().map(item).collect())
}

/// Returns the actions that are possible here: in a reply where the record leads, then the pane's commands.
pub fn menu(
    session: &Session,
    panes: &Panes<'_>,
    is_possible: &dyn Fn(Command) -> bool,
) -> Choices {
    let mut items = leads_of_marked(session, panes);
    let leads = leads_of_record(session, panes).into_iter();
    items.extend(leads.map(item_of_lead));
    items.extend(item_of_names(panes).filter(|_| is_possible(FETCH_NAMES)));
    let leads = items.len();
    let context = panes.contexts.first().copied();
    let context = context.unwrap_or(KeyContext::Everywhere);
    let mut rows: Vec<&Binding> = session
        .keymap
        .of(context)
        .filter(|binding| !is_movement(binding.command) && is_possible(binding.command))
        .filter(|binding| binding.command != FETCH_NAMES)
        .collect();
    rows.sort_by_key(|binding| std::cmp::Reverse(binding.weight));
    items.extend(rows.into_iter().map(|binding| Item {
        label: binding.label.to_owned(),
        about: format!("{}  {}", binding.written(), binding.about),
        request: Request::Perform(binding.command),
    }));
    let choices = Choices::new("Actions", items).divided_after(leads);
    choices.or_else("There is no action of that name here.")
}

/// Returns the row that fetches missing names, with its price.
fn item_of_names(panes: &Panes<'_>) -> Option<Item> {
    let (whose, calls) = panes.reply.names_to_fetch()?;
    let calls = text::plural(calls, "call");
    Some(Item {
        label: format!("names of {whose}"),
        about: format!("{calls} in the Context Store, after a question"),
        request: Request::Perform(FETCH_NAMES),
    })
}

/// Returns where the marked records lead, for all of them at once.
fn leads_of_marked(session: &Session, panes: &Panes<'_>) -> Vec<Item> {
    if panes.focus != Pane::Reply || panes.reply.tab != Tab::Result {
        return Vec::new();
    }
    let (marked, _) = panes.reply.marked();
    let Some(first) = marked.first() else {
        return Vec::new();
    };
    let catalog = session.catalog_of(&first.call.connector_id);
    let count = marked.iter().map(|group| group.records.len() as u64).sum();
    let leads = shared_leads(&catalog.operations, &catalog.relations, &marked);
    let item = |lead: SharedLead| Item {
        label: format!(
            "{} {} for {}",
            text::safe(&lead.entity),
            text::safe(&lead.action),
            text::plural(count, "record")
        ),
        about: lead.about(),
        request: Request::Open(PopupRequest::Each(lead)),
    };
    leads.into_iter().map(item).collect()
}

/// Returns where the record under the cursor leads: operations that take an id of it.
fn leads_of_record(session: &Session, panes: &Panes<'_>) -> Vec<Lead> {
    let reply = panes.reply;
    if panes.focus != Pane::Reply || reply.tab != Tab::Result {
        return Vec::new();
    }
    let (Some(call), Some(tree)) = (reply.call(), reply.tree()) else {
        return Vec::new();
    };
    let record = tree.record_of(tree.cursor());
    let catalog = session.catalog_of(&call.connector_id);
    leads(
        &catalog.operations,
        &catalog.relations,
        call,
        tree.document(),
        record,
    )
}

fn item_of_lead(lead: Lead) -> Item {
    let params = lead.params.iter();
    let params = params.map(|(name, value)| format!("{name}={}", value.plain()));
    let mut params: Vec<String> = params.collect();
    // Of several ids of one entity the field tells which it is.
    let mut taken = lead.taken.iter();
    let other = taken.find(|(param, field)| param != field && field.len() > "id".len());
    params.extend(other.map(|(_, field)| format!("· {field}")));
    Item {
        label: format!("{} {}", lead.entity, lead.action),
        about: text::safe(&params.join(" ")).into_owned(),
        request: Request::Reply(ReplyRequest::Follow(Box::new(lead))),
    }
}

/// Returns whether a command only moves, or waits for a second key: nobody looks for it in a menu.
fn is_movement(command: Command) -> bool {
    matches!(
        command,
        Command::Move(_)
            | Command::View(
                ViewCommand::Fold
                    | ViewCommand::Unfold
                    | ViewCommand::NextSibling
                    | ViewCommand::PreviousSibling
                    | ViewCommand::Parent
                    | ViewCommand::FoldPrefix
            )
            | Command::Reply(
                ReplyCommand::CopyPrefix | ReplyCommand::FindNext | ReplyCommand::FindPrevious
            )
    )
}
