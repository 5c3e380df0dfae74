//! Secrets removed from what the program itself words on the screen: failures, names of files, reasons. Records and bodies
//! are the user's data and are not changed.

use crate::app::msg::{
    DocumentMsg, DownloadMsg, EachMsg, FileMsg, LookupMsg, Msg, ReplyMsg, SpillMsg,
};
use crate::app::parents::ParentEnd;
use crate::domain::download::DownloadEvent;
use crate::domain::failure::Failure;
use crate::domain::scrub::Scrubber;

/// Removes secrets from the texts of a message.
pub(super) fn scrubbed(msg: Msg, scrubber: &Scrubber) -> Msg {
    let scrub = |text: String| scrubber.scrub(&text).into_owned();
    match msg {
        Msg::Lookup(msg) => Msg::Lookup(scrubbed_lookup(msg, scrubber)),
        Msg::Reply(ReplyMsg::Finished { task, result }) => Msg::Reply(ReplyMsg::Finished {
            task,
            result: scrubbed_result(result, scrubber),
        }),
        Msg::Document(msg) => Msg::Document(scrubbed_document(msg, scrubber)),
        Msg::Each(msg) => Msg::Each(scrubbed_each(msg, scrubber)),
        Msg::Spill(msg) => Msg::Spill(scrubbed_spill(msg, scrubber)),
        Msg::File(FileMsg::Saved { task, result }) => Msg::File(FileMsg::Saved {
            task,
            result: scrubbed_result(result, scrubber),
        }),
        Msg::File(FileMsg::Exported { task, result }) => Msg::File(FileMsg::Exported {
            task,
            result: scrubbed_result(result, scrubber),
        }),
        Msg::Download(msg) => Msg::Download(scrubbed_download(msg, scrubber)),
        Msg::Opened { result } => Msg::Opened {
            result: scrubbed_result(result, scrubber).map(scrub),
        },
        Msg::Copied { what, result } => Msg::Copied {
            what,
            result: scrubbed_result(result, scrubber),
        },
        Msg::CameBack { result } => Msg::CameBack {
            result: scrubbed_result(result, scrubber).map(scrub),
        },
        // Input, the user's data, and numbers.
        msg @ (Msg::Key(_)
        | Msg::Mouse(_)
        | Msg::Pasted(_)
        | Msg::EditedText { .. }
        | Msg::Resized
        | Msg::Tick(_)
        | Msg::Profile(_)
        | Msg::Reply(
            ReplyMsg::Sent { .. }
            | ReplyMsg::Paused { .. }
            | ReplyMsg::Progressed { .. }
            | ReplyMsg::IsLarge { .. }
            | ReplyMsg::Grew { .. },
        )) => msg,
    }
}

fn scrubbed_document(msg: DocumentMsg, scrubber: &Scrubber) -> DocumentMsg {
    match msg {
        DocumentMsg::Filtered { task, result } => DocumentMsg::Filtered {
            task,
            result: result.map_err(|(reason, at)| (scrubber.scrub(&reason).into_owned(), at)),
        },
        // The user's data.
        msg @ (DocumentMsg::Found { .. }
        | DocumentMsg::Sorted { .. }
        | DocumentMsg::FieldsCounted { .. }
        | DocumentMsg::AttachmentsFound { .. }
        | DocumentMsg::NamesFound { .. }) => msg,
    }
}

fn scrubbed_lookup(msg: LookupMsg, scrubber: &Scrubber) -> LookupMsg {
    match msg {
        LookupMsg::Connectors { task, result } => LookupMsg::Connectors {
            task,
            result: scrubbed_result(result, scrubber),
        },
        LookupMsg::StoreStates {
            task,
            states,
            organization,
        } => LookupMsg::StoreStates {
            task,
            states,
            organization: organization.map(|name| scrubber.scrub(&name).into_owned()),
        },
        LookupMsg::Described { task, result } => LookupMsg::Described {
            task,
            result: scrubbed_result(result, scrubber),
        },
        LookupMsg::Inspected { task, result } => LookupMsg::Inspected {
            task,
            result: scrubbed_result(result, scrubber),
        },
        LookupMsg::Workspaces { task, result } => LookupMsg::Workspaces {
            task,
            result: scrubbed_result(result, scrubber),
        },
    }
}

fn scrubbed_spill(msg: SpillMsg, scrubber: &Scrubber) -> SpillMsg {
    match msg {
        SpillMsg::Stored { page, result } => SpillMsg::Stored {
            page,
            result: scrubbed_result(result, scrubber),
        },
        SpillMsg::Loaded { page, result } => SpillMsg::Loaded {
            page,
            result: scrubbed_result(result, scrubber),
        },
    }
}

fn scrubbed_each(msg: EachMsg, scrubber: &Scrubber) -> EachMsg {
    match msg {
        EachMsg::Ended { task, parent, end } => {
            let end = ParentEnd {
                failure: end.failure.map(|failure| scrubber.failure(failure)),
                warning: end
                    .warning
                    .map(|warning| scrubber.scrub(&warning).into_owned()),
                ..*end
            };
            let end = Box::new(end);
            EachMsg::Ended { task, parent, end }
        }
        EachMsg::Over { task, result } => EachMsg::Over {
            task,
            result: scrubbed_result(result, scrubber),
        },
        msg @ (EachMsg::Sent { .. }
        | EachMsg::Kept { .. }
        | EachMsg::Page { .. }
        | EachMsg::Paused { .. }
        | EachMsg::Proved { .. }) => msg,
    }
}

fn scrubbed_download(msg: DownloadMsg, scrubber: &Scrubber) -> DownloadMsg {
    match msg {
        DownloadMsg::Event { task, event } => DownloadMsg::Event {
            task,
            event: scrubbed_event(event, scrubber),
        },
        DownloadMsg::Finished { task, result } => DownloadMsg::Finished {
            task,
            result: scrubbed_result(result, scrubber),
        },
        DownloadMsg::Unfinished { task, result } => DownloadMsg::Unfinished {
            task,
            result: scrubbed_result(result, scrubber),
        },
        DownloadMsg::StatusRecorded { result } => DownloadMsg::StatusRecorded {
            result: scrubbed_result(result, scrubber),
        },
    }
}

fn scrubbed_result<T>(result: Result<T, Failure>, scrubber: &Scrubber) -> Result<T, Failure> {
    result.map_err(|failure| scrubber.failure(failure))
}

fn scrubbed_event(event: DownloadEvent, scrubber: &Scrubber) -> DownloadEvent {
    let scrub = |text: String| scrubber.scrub(&text).into_owned();
    match event {
        DownloadEvent::Began { name, have } => DownloadEvent::Began {
            name: scrub(name),
            have,
        },
        DownloadEvent::StartsOver(why) => DownloadEvent::StartsOver(scrub(why)),
        event @ (DownloadEvent::Sent
        | DownloadEvent::Received(_)
        | DownloadEvent::Waits(_)
        | DownloadEvent::Landed) => event,
    }
}
