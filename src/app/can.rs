//! What can be done now, and why not.

use std::borrow::Cow;

use super::App;
use super::command::Command;
use super::focus::Pane;
use super::form::{RowKind, Value};
use super::reply::{Shown, Tab, View};
use crate::domain::operation::only_reads;
use crate::paging::{Next, Verdict};

type Reason = Cow<'static, str>;

impl App {
    /// Returns whether a command would do something now; if not, why not.
    pub fn can(&self, command: Command) -> Result<(), Reason> {
        let page = || {
            self.reply
                .page()
                .ok_or(Cow::Borrowed("There is no reply yet: F5 sends the request"))
        };
        if let Some(file) = &self.setup.file {
            self.can_with_file(command, file)?;
        }
        if self.reply.filtered().is_some() {
            self.can_with_filter(command)?;
        }
        if self.reply.arriving().is_some() {
            self.can_while_arriving(command)?;
        }
        let tree = || {
            page()?;
            self.reply.tree().ok_or(Cow::Borrowed(
                "This is text, not a tree: t shows another tab",
            ))
        };
        match command {
            Command::Send if self.setup.file.is_some() => Ok(()),
            Command::Send => match &self.form.connector {
                None => Err("Choose a connector first".into()),
                Some(_) if self.form.entity().is_empty() => Err("Choose an entity first".into()),
                Some(_) if self.form.action().is_empty() => Err("Choose an action first".into()),
                Some(_) => Ok(()),
            },
            Command::Download if self.focus == Pane::Reply && self.reply.page().is_some() => Ok(()),
            Command::Attachments | Command::MarkAttachments => page().map(|_| ()),
            Command::OpenOutside => match self.reply.shown {
                Shown::File(_) => Ok(()),
                Shown::Nothing | Shown::Pages => tree().map(|_| ()),
            },
            Command::Download => {
                self.can(Command::Send)?;
                if self.form.action() == "download" {
                    return Ok(());
                }
                let entity = self
                    .form
                    .operations
                    .iter()
                    .find(|operation| operation.action == "download")
                    .map(|operation| operation.entity.as_str());
                Err(match entity {
                    Some(entity) => format!(
                        "The action is `{}`: choose `download`, for example of `{entity}`",
                        self.form.action()
                    )
                    .into(),
                    None => "This connector has no download operation".into(),
                })
            }
            Command::NextPage => {
                let page = page()?;
                if self.reply.current + 1 < self.reply.pages.len() {
                    return Ok(());
                }
                if !only_reads(&page.call.action) {
                    return Err(
                        "This call changed data: it is not sent again for another page".into(),
                    );
                }
                match &page.next {
                    Next::Send { .. } => Ok(()),
                    Next::End(evidence) => {
                        Err(format!("This is the last page: {}", evidence.words()).into())
                    }
                    Next::Stuck { why, .. } => Err(format!("No way on: {why}").into()),
                }
            }
            Command::AllPages => {
                let page = page()?;
                match (
                    &self.reply.verdict,
                    self.reply.pages.last().map(|last| &last.next),
                ) {
                    _ if self.reply.all.is_some() => {
                        Err("All pages are being fetched already: Esc stops it".into())
                    }
                    (Some(Verdict::Stopped(_)) | None, Some(Next::Send { .. }))
                        if only_reads(&page.call.action) =>
                    {
                        Ok(())
                    }
                    (Some(verdict), _) => Err(format!(
                        "This is over already, {}: {}",
                        verdict.word(),
                        verdict.reason()
                    )
                    .into()),
                    (None, _) => Err("There are no further pages to ask for".into()),
                }
            }
            Command::Ledger => {
                page()?;
                if self.reply.run.is_some() {
                    Ok(())
                } else {
                    Err("There are no pages yet: F5 sends the request".into())
                }
            }
            Command::Export | Command::Join => match self.reply.shown {
                Shown::File(_) => Err("This is a file, not pages".into()),
                Shown::Nothing | Shown::Pages => page().map(|_| ()),
            },
            Command::Profile if self.focus == Pane::Reply => page().map(|_| ()),
            Command::Profile => self.can(Command::Send),
            Command::Decode if self.focus == Pane::Request => {
                match self.form.selected().map(|row| &row.value) {
                    Some(Value::Text(_)) => Ok(()),
                    Some(Value::Unset | Value::Null) | None => {
                        Err("This row has no value to take apart".into())
                    }
                }
            }
            Command::Decode => tree().map(|_| ()),
            Command::CallsByConnector if self.calls_by_connector.is_empty() => {
                Err("No call was made yet".into())
            }
            Command::PreviousPage | Command::FirstPage => {
                page()?;
                if self.reply.current == 0 && self.reply.arriving().is_none() {
                    Err("This is the first page".into())
                } else {
                    Ok(())
                }
            }
            Command::Save | Command::SaveAs | Command::NextTab => match self.reply.shown {
                Shown::File(_) => Err("The file is saved already".into()),
                Shown::Nothing | Shown::Pages => page().map(|_| ()),
            },
            Command::CopyBody | Command::CopyCurl => self.can(Command::Send),
            Command::CopyPrefix if self.focus == Pane::Reply => match self.reply.shown {
                Shown::File(_) => Ok(()),
                Shown::Nothing | Shown::Pages => page().map(|_| ()),
            },
            Command::Edit | Command::PageOut => page().map(|_| ()),
            Command::CopyTable => match page()?.has_table(self.reply.tab()) {
                true => Ok(()),
                false => Err("A table is made of the records of a result".into()),
            },
            Command::CopyKey
            | Command::CopyRecord
            | Command::CopyJqPath
            | Command::CopyBracketPath => self.can_copy_place(command),
            Command::CopyValue | Command::CopyText | Command::CopyPath => match self.reply.shown {
                Shown::File(_) => Ok(()),
                Shown::Nothing | Shown::Pages => page().map(|_| ()),
            },
            Command::NextView => page().map(|_| ()),
            Command::Fold | Command::Unfold => page().map(|_| ()),
            Command::ToggleWrap => match self.reply.view() {
                View::Raw => page().map(|_| ()),
                View::Tree | View::Table => Err("Only text has lines to wrap: v shows it".into()),
            },
            Command::ColumnLeft
            | Command::ColumnRight
            | Command::HideColumn
            | Command::PickColumns
            | Command::Sort => {
                page()?;
                if self.reply.view() == View::Table {
                    Ok(())
                } else {
                    Err("This is for the table: v shows it".into())
                }
            }
            Command::SetRoot
            | Command::RestoreRoot
            | Command::Mark
            | Command::MarkRange
            | Command::NextSibling
            | Command::PreviousSibling
            | Command::Parent
            | Command::FoldPrefix
            | Command::OpenAll
            | Command::CloseAll
            | Command::OpenTo(_) => tree().map(|_| ()),
            Command::Find if self.focus == Pane::Reply => page().map(|_| ()),
            Command::FindHere => tree().map(|_| ()),
            Command::Fields => page().map(|_| ()),
            Command::GoToPath => tree().map(|_| ()),
            Command::Uncut => {
                let page = page()?;
                if self.setup.file.is_some() {
                    return Err("This is a file: there is no service behind it".into());
                }
                if page.call.skip_truncation {
                    return Err("Strings came whole already: skip_truncation is sent unless the form says false".into());
                }
                if !only_reads(&page.call.action) {
                    return Err("This call changed data: it is not sent again".into());
                }
                Ok(())
            }
            Command::Filter => {
                page()?;
                if self.reply.tab() == Tab::Request {
                    return Err("This is for the reply: t shows it".into());
                }
                match self.reply.filter {
                    Some(_) => Ok(()),
                    None => tree().map(|_| ()),
                }
            }
            Command::KeepMatching => {
                tree()?;
                if self.reply.all_pages.is_some() {
                    return Err("This is for one page: u shows it".into());
                }
                match self.reply.search.needle {
                    Some(_) if !self.reply.search_is_here() => {
                        Err("The search was made elsewhere: / finds here".into())
                    }
                    Some(_) if self.reply.search.count() > 0 || self.reply.search.keeps => Ok(()),
                    Some(_) => Err("Nothing matches".into()),
                    None => Err("Nothing is searched for: / finds".into()),
                }
            }
            Command::Find if self.focus == Pane::Request => {
                Err("The form has no search: Enter on entity or action filters".into())
            }
            Command::FindNext | Command::FindPrevious => {
                page()?;
                if self.reply.search.needle.is_none() {
                    Err("Nothing is searched for: / finds".into())
                } else {
                    Ok(())
                }
            }
            Command::Details | Command::Open if self.focus == Pane::Connectors => {
                if self.connectors.selected().is_some() {
                    Ok(())
                } else {
                    Err("There is no connector here".into())
                }
            }
            Command::Open if self.focus == Pane::Reply => match self.reply.shown {
                Shown::File(_) => {
                    Err("The file is on the disk: o opens it, y y copies its path".into())
                }
                Shown::Nothing | Shown::Pages => page().map(|_| ()),
            },
            Command::Open
            | Command::Unset
            | Command::SetNull
            | Command::ShowBody
            | Command::ResetForm => self.can_edit(command),
            Command::ShowMessage => {
                if self.said.is_some() {
                    Ok(())
                } else {
                    Err("Nothing was said yet".into())
                }
            }
            Command::Back
            | Command::CallsByConnector
            | Command::QuitNow
            | Command::Suspend
            | Command::Quit
            | Command::NextPane
            | Command::PreviousPane
            | Command::GoToConnectors
            | Command::GoToRequest
            | Command::GoToReply
            | Command::Zoom
            | Command::Help
            | Command::Palette
            | Command::Workspaces
            | Command::Downloads
            | Command::Menu
            | Command::Reload
            | Command::Down
            | Command::Up
            | Command::HalfDown
            | Command::HalfUp
            | Command::PageDown
            | Command::PageUp
            | Command::Top
            | Command::Bottom
            | Command::Find
            | Command::Details
            | Command::CopyPrefix => Ok(()),
        }
    }

    /// Says what does not make sense where a file was opened.
    fn can_with_file(&self, command: Command, file: &super::OpenFile) -> Result<(), Reason> {
        match command {
            Command::Send | Command::Reload if !file.again => {
                Err("Standard input cannot be read again".into())
            }
            Command::NextPane
            | Command::PreviousPane
            | Command::GoToConnectors
            | Command::GoToRequest
            | Command::Zoom
            | Command::Workspaces
            | Command::NextPage
            | Command::AllPages
            | Command::Ledger
            | Command::Join
            | Command::Profile
            | Command::CallsByConnector
            | Command::Download
            | Command::Downloads
            | Command::CopyCurl
            | Command::CopyBody => Err("This is a file: there is no service behind it".into()),
            _ => Ok(()),
        }
    }

    /// Says what does not make sense with the result of a filter.
    fn can_with_filter(&self, command: Command) -> Result<(), Reason> {
        match command {
            Command::NextPage
            | Command::PreviousPage
            | Command::FirstPage
            | Command::AllPages
            | Command::Join
            | Command::Profile
            | Command::CopyCurl
            | Command::CopyBody
            | Command::Uncut
            | Command::Download
            | Command::Attachments
            | Command::MarkAttachments
            | Command::NextTab => Err("This is the result of a filter: Esc goes back".into()),
            Command::Reload => {
                Err("This is the result of a filter: | changes it, Esc goes back".into())
            }
            _ => Ok(()),
        }
    }

    /// Says what must wait until a reply has come whole.
    fn can_while_arriving(&self, command: Command) -> Result<(), Reason> {
        match command {
            Command::NextPage
            | Command::AllPages
            | Command::Save
            | Command::SaveAs
            | Command::Export
            | Command::Join
            | Command::Profile
            | Command::Sort
            | Command::Uncut => Err("The reply is still arriving".into()),
            // A file that is read again starts over.
            Command::Reload if self.setup.file.is_none() => {
                Err("The reply is still arriving".into())
            }
            Command::PreviousPage | Command::FirstPage
                if self.reply.pages.is_empty() || !self.goes_on() =>
            {
                Err("This is the first page".into())
            }
            _ => Ok(()),
        }
    }

    /// Returns whether the call that runs goes on with the pages that are there.
    fn goes_on(&self) -> bool {
        self.reply
            .waiting
            .as_ref()
            .is_some_and(|waiting| waiting.purpose == super::reply::RequestKind::Next)
    }

    /// Returns whether what is asked for has a place in a tree: a key, a path, a record.
    fn can_copy_place(&self, command: Command) -> Result<(), Reason> {
        self.reply
            .page()
            .ok_or(Cow::Borrowed("There is no reply yet: F5 sends the request"))?;
        let tree = self.reply.tree().ok_or(Cow::Borrowed(
            "This is text, not a tree: t shows another tab",
        ))?;
        match command {
            Command::CopyKey if tree.document().key(tree.cursor()).is_none() => {
                Err("This value has no key: it stands in an array".into())
            }
            Command::CopyRecord if self.reply.tab() != Tab::Result => {
                Err("Records are in the result: t shows it".into())
            }
            _ => Ok(()),
        }
    }

    fn can_edit(&self, command: Command) -> Result<(), Reason> {
        if self.form.connector.is_none() {
            return Err("Choose a connector first".into());
        }
        let fixed = matches!(
            self.form.selected().map(|row| &row.kind),
            Some(RowKind::Entity | RowKind::Action | RowKind::AddParameter)
        );
        let option = self
            .form
            .selected()
            .is_some_and(super::form::Row::is_option);
        match command {
            Command::Unset | Command::SetNull if fixed => {
                Err("This row has no value to take out".into())
            }
            Command::SetNull if option => {
                Err("An option cannot be null: Backspace takes it out".into())
            }
            _ => Ok(()),
        }
    }
}
