//! Opens what a pane asks for.

use super::attachments::Attachments;
use super::body::BodyPopup;
use super::check_list::CheckList;
use super::confirm::ConfirmPopup;
use super::decoder::Decoder;
use super::details::Details;
use super::download::{Asked, DownloadDialog};
use super::downloads::DownloadsPopup;
use super::each::EachDialog;
use super::each_ledger::EachLedger;
use super::export::ExportDialog;
use super::fetch_all::FetchAllDialog;
use super::fields::FieldsPopup;
use super::ledger::Ledger;
use super::paths::Paths;
use super::picker::Picker;
use super::profile::ProfileDialog;
use super::save_as::SaveAs;
use super::text::TextPopup;
use super::workspaces::Workspaces;
use super::{Panes, Popup, actions};
use crate::app::context::Context;
use crate::app::requests::PopupRequest;

/// Makes the popup that is asked for; nothing if there is nothing to show, or something else is done instead.
pub fn open(request: PopupRequest, context: &mut Context<'_>, panes: &Panes<'_>) -> Option<Popup> {
    let session = context.session;
    Some(match request {
        PopupRequest::Help => Popup::Picker(Picker::new(actions::help(session, panes))),
        PopupRequest::Palette => Popup::Picker(Picker::new(actions::palette(session, panes))),
        PopupRequest::Choices(choices) => Popup::Picker(Picker::new(choices)),
        PopupRequest::CheckList(request) => Popup::CheckList(CheckList::open(request)),
        PopupRequest::Workspaces => Popup::Workspaces(Workspaces::open(context)),
        PopupRequest::Message => Popup::Text(TextPopup::message(panes)?),
        PopupRequest::Details => Popup::Details(Details::open(context, panes)?),
        PopupRequest::Calls => Popup::Text(TextPopup::calls(session)),
        PopupRequest::Text(text) => Popup::Text(TextPopup::new(text)),
        PopupRequest::Confirm(confirm) => Popup::Confirm(ConfirmPopup::new(confirm, session)),
        PopupRequest::Body(body) => Popup::Body(BodyPopup::open(body, session)),
        PopupRequest::SaveAs => Popup::SaveAs(SaveAs::open(session, panes)),
        PopupRequest::Each(lead) => Popup::Each(Box::new(EachDialog::open(&lead, session, panes)?)),
        PopupRequest::Ledger if panes.reply.each.is_some() => {
            Popup::EachLedger(EachLedger::open(panes))
        }
        PopupRequest::Ledger => Popup::Ledger(Ledger::open(panes)?),
        PopupRequest::Profile(call) => {
            Popup::Profile(Box::new(ProfileDialog::open(*call, session, panes)))
        }
        PopupRequest::FetchAll => Popup::FetchAll(Box::new(FetchAllDialog::open(session, panes)?)),
        PopupRequest::Export => Popup::Export(Box::new(ExportDialog::open(session, panes))),
        PopupRequest::Paths => Popup::Paths(Paths::open(context, panes)?),
        PopupRequest::Fields => Popup::Fields(Box::new(FieldsPopup::open(context, panes))),
        PopupRequest::Decoder(token) => Popup::Decoder(Box::new(Decoder::open(token, context))),
        PopupRequest::Attachments { task, connector_id } => {
            Popup::Attachments(Box::new(Attachments::searching(task, connector_id)))
        }
        PopupRequest::RecordAttachments {
            found,
            connector_id,
        } => Popup::Attachments(Box::new(Attachments::of_record(found, connector_id))),
        PopupRequest::Download {
            connector_id,
            files,
            marks,
        } => match DownloadDialog::open(connector_id, files, marks, session, panes)? {
            Asked::Dialog(dialog) => Popup::Download(dialog),
            Asked::Instead(requests) => {
                requests.into_iter().for_each(|own| context.request(own));
                return None;
            }
            Asked::Said(words) => {
                context.info(words);
                return None;
            }
        },
        PopupRequest::Downloads => Popup::Downloads(DownloadsPopup::open(context, panes)),
    })
}
