//! Secrets removed from what the program itself words on the screen: failures, names of files, reasons. Records and bodies
//! are the user's data and are not changed.

use crate::app::msg::Msg;
use crate::domain::download::DownloadEvent;
use crate::domain::failure::Failure;
use crate::domain::scrub::Scrubber;

/// Removes secrets from the texts of a message.
pub(super) fn scrubbed(msg: Msg, scrubber: &Scrubber) -> Msg {
    let scrub = |text: String| scrubber.scrub(&text).into_owned();
    match msg {
        Msg::ConnectorsLoaded { task, result } => Msg::ConnectorsLoaded {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::Described { task, result } => Msg::Described {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::Inspected { task, result } => Msg::Inspected {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::WorkspacesLoaded { task, result } => Msg::WorkspacesLoaded {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::BadgesLoaded {
            task,
            badges,
            organization,
        } => Msg::BadgesLoaded {
            task,
            badges,
            organization: organization.map(scrub),
        },
        Msg::PageSpilled { serial, result } => Msg::PageSpilled {
            serial,
            result: scrubbed_result(result, scrubber),
        },
        Msg::SpilledLoaded { serial, result } => Msg::SpilledLoaded {
            serial,
            result: scrubbed_result(result, scrubber),
        },
        Msg::Exported { task, result } => Msg::Exported {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::CallFinished { task, result } => Msg::CallFinished {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::Stepped { task, step } => Msg::Stepped {
            task,
            step: scrubbed_event(step, scrubber),
        },
        Msg::UnfinishedLoaded { task, result } => Msg::UnfinishedLoaded {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::StatusRecorded { result } => Msg::StatusRecorded {
            result: scrubbed_result(result, scrubber),
        },
        Msg::Opened { result } => Msg::Opened {
            result: scrubbed_result(result, scrubber).map(scrub),
        },
        Msg::Downloaded { task, result } => Msg::Downloaded {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::Saved { task, result } => Msg::Saved {
            task,
            result: scrubbed_result(result, scrubber),
        },
        Msg::Copied { what, result } => Msg::Copied {
            what,
            result: scrubbed_result(result, scrubber),
        },
        Msg::CameBack { result } => Msg::CameBack {
            result: scrubbed_result(result, scrubber).map(scrub),
        },
        Msg::Filtered { task, result } => Msg::Filtered {
            task,
            result: result.map_err(|(reason, at)| (scrub(reason), at)),
        },
        // Input, the user's data, and numbers.
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
