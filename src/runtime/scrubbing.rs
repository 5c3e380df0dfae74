//! Secrets taken out of what the program itself says on the screen: failures, names of files, reasons. Records and bodies
//! are the user's data and stay as they are.

use crate::app::msg::Msg;
use crate::domain::download::DownloadEvent;
use crate::domain::failure::Failure;
use crate::domain::scrub::Scrubber;

/// Takes secrets out of the words of a message.
pub(super) fn scrubbed(msg: Msg, scrubber: &Scrubber) -> Msg {
    let words = |text: String| scrubber.scrub(&text).into_owned();
    match msg {
        Msg::ConnectorsLoaded { task, result } => Msg::ConnectorsLoaded {
            task,
            result: failed(result, scrubber),
        },
        Msg::Described { task, result } => Msg::Described {
            task,
            result: failed(result, scrubber),
        },
        Msg::Inspected { task, result } => Msg::Inspected {
            task,
            result: failed(result, scrubber),
        },
        Msg::WorkspacesLoaded { task, result } => Msg::WorkspacesLoaded {
            task,
            result: failed(result, scrubber),
        },
        Msg::BadgesLoaded {
            task,
            badges,
            organization,
        } => Msg::BadgesLoaded {
            task,
            badges,
            organization: organization.map(words),
        },
        Msg::PageSpilled { serial, result } => Msg::PageSpilled {
            serial,
            result: failed(result, scrubber),
        },
        Msg::SpilledLoaded { serial, result } => Msg::SpilledLoaded {
            serial,
            result: failed(result, scrubber),
        },
        Msg::Exported { task, result } => Msg::Exported {
            task,
            result: failed(result, scrubber),
        },
        Msg::CallFinished { task, result } => Msg::CallFinished {
            task,
            result: failed(result, scrubber),
        },
        Msg::Stepped { task, step } => Msg::Stepped {
            task,
            step: stepped(step, scrubber),
        },
        Msg::UnfinishedLoaded { task, result } => Msg::UnfinishedLoaded {
            task,
            result: failed(result, scrubber),
        },
        Msg::StatusRecorded { result } => Msg::StatusRecorded {
            result: failed(result, scrubber),
        },
        Msg::Opened { result } => Msg::Opened {
            result: failed(result, scrubber).map(words),
        },
        Msg::Downloaded { task, result } => Msg::Downloaded {
            task,
            result: failed(result, scrubber),
        },
        Msg::Saved { task, result } => Msg::Saved {
            task,
            result: failed(result, scrubber),
        },
        Msg::Copied { what, result } => Msg::Copied {
            what,
            result: failed(result, scrubber),
        },
        Msg::CameBack { result } => Msg::CameBack {
            result: failed(result, scrubber).map(words),
        },
        Msg::Filtered { task, result } => Msg::Filtered {
            task,
            result: result.map_err(|(reason, at)| (words(reason), at)),
        },
        // What the user did, what was found in the user's data, and numbers.
        msg @ (Msg::Key(_)
        | Msg::Mouse(_)
        | Msg::Pasted(_)
        | Msg::Resized
        | Msg::Tick(_)
        | Msg::ProfilesLoaded { .. }
        | Msg::ProfileSaved
        | Msg::CallSent { .. }
        | Msg::CallPaused { .. }
        | Msg::ReplyIsLarge { .. }
        | Msg::Progressed { .. }
        | Msg::Grown { .. }
        | Msg::AttachmentsFound { .. }
        | Msg::FieldsCounted { .. }
        | Msg::Sorted { .. }
        | Msg::Found { .. }) => msg,
    }
}

fn failed<T>(result: Result<T, Failure>, scrubber: &Scrubber) -> Result<T, Failure> {
    result.map_err(|failure| scrubber.failure(failure))
}

fn stepped(step: DownloadEvent, scrubber: &Scrubber) -> DownloadEvent {
    let words = |text: String| scrubber.scrub(&text).into_owned();
    match step {
        DownloadEvent::Began { name, have } => DownloadEvent::Began {
            name: words(name),
            have,
        },
        DownloadEvent::StartsOver(why) => DownloadEvent::StartsOver(words(why)),
        step @ (DownloadEvent::Sent
        | DownloadEvent::Received(_)
        | DownloadEvent::Waits(_)
        | DownloadEvent::Landed) => step,
    }
}
