//! The list of downloads.

use std::path::PathBuf;

use super::{
    Fixture, assert_effects, assert_requests, attachment, option, params, said, some_node,
};
use crate::app::effect::Effect;
use crate::app::popups::PopupState;
use crate::app::popups::downloads::DownloadsPopup;
use crate::app::requests::{DownloadsRequest, Request};
use crate::attachments::DownloadOption;
use crate::domain::download::SavedFile;
use crate::domain::download::queue::ItemId;
use crate::domain::failure::{Failure, FailureKind};

fn saved() -> SavedFile {
    SavedFile {
        path: PathBuf::from("/saved/a.txt"),
        bytes: 3,
        sha256: String::new(),
        content_type: None,
        looks_like: None,
        encoded: None,
        measured: true,
        resumed: 0,
        unvalidated: false,
        was_there: false,
    }
}

/// Makes a queue of three files: one is done, one has failed, one runs.
fn three_files() -> (Fixture, Vec<ItemId>) {
    let mut fixture = Fixture::new();
    let names = ["a.txt", "b.txt", "c.txt"];
    let wanted = names.map(|name| {
        let option = DownloadOption {
            params: params(&format!(r#"{{"id":"{name}"}}"#)),
            ..option("file")
        };
        let file = attachment(some_node(), name, vec![option.clone()]);
        let mut wanted = file.wanted(&option, "1", &PathBuf::from("/saved"));
        wanted.name = Some(name.to_owned());
        wanted
    });
    let queue = &mut fixture.downloads.queue;
    assert_eq!(queue.add(wanted.to_vec()).len(), 3);
    queue.start();
    let ids: Vec<ItemId> = queue.items().iter().map(|item| item.id).collect();
    queue.ended(ids[0], Ok(saved()));
    let failure = Failure::new(FailureKind::Network, "no connection");
    queue.ended(ids[1], Err(failure));
    queue.start();
    (fixture, ids)
}

fn open(fixture: &mut Fixture) -> DownloadsPopup {
    let (popup, outcome) = fixture.with(DownloadsPopup::open);
    assert_requests(&outcome, vec![asked(DownloadsRequest::LoadUnfinished)]);
    popup
}

fn asked(request: DownloadsRequest) -> Request {
    Request::Downloads(request)
}

#[test]
fn it_opens_at_the_first_that_runs_or_waits_else_at_the_last() {
    let (mut fixture, ids) = three_files();
    assert_eq!(open(&mut fixture).cursor.at, 2);
    fixture.downloads.queue.ended(ids[2], Ok(saved()));
    fixture.downloads.queue.retry_failed();
    assert_eq!(open(&mut fixture).cursor.at, 1);
    fixture.downloads.queue.cancel(ids[1]);
    assert_eq!(open(&mut fixture).cursor.at, 2);
    assert_eq!(open(&mut Fixture::new()).cursor.at, 0);
}

#[test]
fn keys_pause_retry_and_cancel() {
    let (mut fixture, ids) = three_files();
    let mut popup = open(&mut fixture);
    let outcome = fixture.keys(&mut popup, " R");
    let expected = [
        DownloadsRequest::PauseOrContinue,
        DownloadsRequest::RetryFailed,
    ];
    assert_requests(&outcome, expected.map(asked).to_vec());
    let outcome = fixture.keys(&mut popup, "ckc");
    let expected = [ids[2], ids[1]].map(DownloadsRequest::Cancel);
    assert_requests(&outcome, expected.map(asked).to_vec());
}

#[test]
fn only_a_file_that_is_done_is_opened_and_its_path_copied() {
    let (mut fixture, _) = three_files();
    let mut popup = open(&mut fixture);
    for key in ["o", "y", "ko", "y"] {
        let outcome = fixture.keys(&mut popup, key);
        assert_effects(&outcome, vec![]);
        assert_eq!(said(&outcome), "This file is not there yet");
    }
    let outcome = fixture.keys(&mut popup, "goy");
    let path = "/saved/a.txt".to_owned();
    let copy = Effect::Copy {
        text: path.clone(),
        what: "the path of the file".to_owned(),
    };
    assert_effects(&outcome, vec![Effect::Open(path), copy]);
}

#[test]
fn without_downloads_there_is_nothing_to_cancel_open_or_copy() {
    let mut fixture = Fixture::new();
    let mut popup = open(&mut fixture);
    for key in ["c", "o", "y"] {
        let outcome = fixture.keys(&mut popup, key);
        assert_requests(&outcome, vec![]);
        assert_eq!(said(&outcome), "There is no download here");
    }
}

#[test]
fn the_footer_names_what_is_possible() {
    let hints = |fixture: &mut Fixture| {
        let popup = open(fixture);
        let session = fixture.session.clone();
        let hints = fixture.with(|_, panes| popup.hints(&session, panes)).0;
        hints.iter().map(|(_, words)| *words).collect::<Vec<_>>()
    };
    assert_eq!(hints(&mut Fixture::new()), ["close"]);
    let (mut fixture, ids) = three_files();
    assert_eq!(hints(&mut fixture)[0], "pause");
    fixture.downloads.queue.pause();
    assert_eq!(hints(&mut fixture)[0], "continue");
    fixture.downloads.queue.cancel(ids[2]);
    assert_eq!(hints(&mut fixture)[0], "open");
}

#[test]
fn the_key_that_opens_it_closes_it() {
    let (mut fixture, _) = three_files();
    let mut popup = open(&mut fixture);
    for key in ["w", "q"] {
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
    }
}
