//! Secrets taken out of what the program itself says on the screen: failures, names of files, reasons. Records and bodies
//! are the user's data and stay as they are.

use crate::app::msg::Msg;
use crate::domain::failure::Failure;
use crate::domain::reply::Pause;
use crate::domain::scrub::Scrubber;
use crate::domain::transfer::Step;

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
        Msg::WasPutAside { serial, result } => Msg::WasPutAside {
            serial,
            result: failed(result, scrubber),
        },
        Msg::Recalled { serial, result } => Msg::Recalled {
            serial,
            result: failed(result, scrubber),
        },
        Msg::Exported { task, result } => Msg::Exported {
            task,
            result: failed(result, scrubber),
        },
        Msg::CallPaused { task, pause } => Msg::CallPaused {
            task,
            pause: Pause {
                reason: words(pause.reason),
                ..pause
            },
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
        Msg::FateRecorded { result } => Msg::FateRecorded {
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

fn stepped(step: Step, scrubber: &Scrubber) -> Step {
    let words = |text: String| scrubber.scrub(&text).into_owned();
    match step {
        Step::Began { name, have } => Step::Began {
            name: words(name),
            have,
        },
        Step::Waits(pause) => Step::Waits(Pause {
            reason: words(pause.reason),
            ..pause
        }),
        Step::StartsOver(why) => Step::StartsOver(words(why)),
        step @ (Step::Sent | Step::Came(_) | Step::Landed) => step,
    }
}
