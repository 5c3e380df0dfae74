//! Dialogs: what all of them do, how an operation pages, fetching all pages, and the export.

use std::path::PathBuf;
use std::time::Duration;

use super::{Fixture, assert_requests, body, issues, said, token_profile};
use crate::app::effect::{Export, ExportFormat, Repeated};
use crate::app::popups::PopupState;
use crate::app::popups::dialog::DialogState;
use crate::app::popups::export::{self, ExportDialog};
use crate::app::popups::fetch_all::{self, FetchAllDialog};
use crate::app::popups::profile::{self, ProfileDialog};
use crate::app::requests::{PopupRequest, ReplyRequest, Request, SessionRequest};
use crate::paging::{Limits, Origin, Remembered};

/// Makes one page that leads to another.
fn one_page() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    fixture.add_pages(&[&body(&[1, 2], r#""t2""#)]);
    fixture
}

fn fetch_all(fixture: &mut Fixture) -> FetchAllDialog {
    let session = fixture.session.clone();
    let opened = fixture.with(|_, panes| FetchAllDialog::open(&session, panes));
    opened.0.unwrap()
}

fn export(fixture: &mut Fixture) -> ExportDialog {
    let session = fixture.session.clone();
    fixture
        .with(|_, panes| ExportDialog::open(&session, panes))
        .0
}

fn profile(fixture: &mut Fixture) -> ProfileDialog {
    let session = fixture.session.clone();
    let opened = fixture.with(|_, panes| ProfileDialog::open(issues(), &session, panes));
    opened.0
}

#[test]
fn space_types_a_text_and_enter_keeps_it() {
    let mut fixture = one_page();
    let mut popup = fetch_all(&mut fixture);
    assert_requests(&fixture.keys(&mut popup, "j \u{8}\u{8}yq"), vec![]);
    assert_eq!(popup.dialog().value(fetch_all::Field::Pages), "100");
    assert_requests(&fixture.keys(&mut popup, " \r"), vec![]);
    assert!(popup.dialog().editing.is_none());
    assert_eq!(popup.dialog().value(fetch_all::Field::Pages), "1yq");
}

#[test]
fn a_field_that_is_left_keeps_its_former_value() {
    let mut fixture = one_page();
    let mut popup = fetch_all(&mut fixture);
    assert!(!popup.leave_field(), "Esc closes the dialog");
    fixture.keys(&mut popup, "j ");
    popup.paste("7\n");
    let field = popup.dialog().editing.as_ref().map(|field| field.text());
    assert_eq!(field.as_deref(), Some("1007"));
    assert!(popup.leave_field());
    assert_eq!(popup.dialog().value(fetch_all::Field::Pages), "100");
    popup.paste("7");
    assert_eq!(popup.dialog().value(fetch_all::Field::Pages), "100");
}

#[test]
fn tab_keeps_and_goes_on_to_the_next_row() {
    let mut fixture = one_page();
    let mut popup = fetch_all(&mut fixture);
    let field = |popup: &FetchAllDialog| popup.dialog().editing.as_ref().map(|field| field.text());
    fixture.keys(&mut popup, "j 7\t");
    assert_eq!(popup.dialog().value(fetch_all::Field::Pages), "1007");
    assert_eq!(popup.dialog().cursor.at, 2);
    assert!(field(&popup).is_some(), "the next row is edited");
    let last = popup.dialog().rows.len() - 1;
    fixture.keys(&mut popup, &"\t".repeat(last));
    assert_eq!(popup.dialog().cursor.at, last);
    assert_eq!(field(&popup), None, "there is no further row");
}

#[test]
fn backspace_empties_a_text_and_leaves_a_choice() {
    let mut fixture = one_page();
    let mut popup = export(&mut fixture);
    fixture.keys(&mut popup, "\u{8}");
    assert_eq!(popup.dialog().value(export::Field::Format), "ndjson");
    fixture.keys(&mut popup, "j\u{8}");
    assert_eq!(popup.dialog().value(export::Field::File), "");
}

#[test]
fn choices_turn_round_in_both_directions() {
    let mut fixture = one_page();
    let mut popup = export(&mut fixture);
    let mut format_after = |keys: &str| {
        fixture.keys(&mut popup, keys);
        popup.dialog().value(export::Field::Format).to_owned()
    };
    assert_eq!(format_after("h"), "csv");
    assert_eq!(format_after("l"), "ndjson");
    assert_eq!(format_after("\r"), "json");
    assert_eq!(format_after(" "), "csv");
    let row = &popup.dialog().rows[0];
    assert_eq!(row.about, "a table, nested values under dotted paths");
}

#[test]
fn a_no_closes_a_dialog() {
    let mut fixture = one_page();
    for key in ["n", "q"] {
        let mut popup = fetch_all(&mut fixture);
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
        let mut popup = profile(&mut fixture);
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
    }
}

#[test]
fn a_yes_fetches_all_pages_within_the_limits() {
    let mut fixture = one_page();
    let mut popup = fetch_all(&mut fixture);
    let fetch = |limits| {
        let fetch = Request::Reply(ReplyRequest::FetchAll(limits));
        vec![Request::Close, fetch]
    };
    let pages = Limits {
        pages: Some(100),
        ..Limits::default()
    };
    assert_requests(&fixture.keys(&mut popup, "y"), fetch(pages));
    let all = Limits {
        pages: None,
        records: Some(1200),
        bytes: Some(3_000_000),
        calls: None,
        time: Some(Duration::from_secs(9)),
    };
    let keys = "j\u{8}j 1,200\rj3\rj9\r\r";
    assert_requests(&fixture.keys(&mut popup, keys), fetch(all));
}

#[test]
fn a_limit_that_is_no_number_is_said_until_it_is_changed() {
    let mut fixture = one_page();
    for typed in ["x", "0", "-3"] {
        let mut popup = fetch_all(&mut fixture);
        let keys = format!("j\u{8} {typed}\ry");
        assert_requests(&fixture.keys(&mut popup, &keys), vec![]);
        let fault = popup.dialog().fault.clone().unwrap_or_default();
        assert!(fault.starts_with("pages at most expects"), "{fault}");
        fixture.keys(&mut popup, "\u{8}");
        assert_eq!(popup.dialog().fault, None);
    }
}

#[test]
fn fetching_all_is_asked_with_what_is_known_of_the_costs() {
    let mut fixture = one_page();
    let popup = fetch_all(&mut fixture);
    assert!(popup.dialog().facts[0].starts_with("How many there are is not known."));
    let mut fixture = Fixture::new();
    let stated = r#"{"status":"success","result":[{"id":1},{"id":2}],"connector_metadata":{"next":"t2","total_count":7}}"#;
    fixture.add_pages(&[stated]);
    let popup = fetch_all(&mut fixture);
    let fact = &popup.dialog().facts[0];
    assert!(
        fact.starts_with("The service states 7 records: about 3 calls more."),
        "{fact}"
    );
    fixture.reply.pages.clear();
    let session = fixture.session.clone();
    let (none, _) = fixture.with(|_, panes| FetchAllDialog::open(&session, panes));
    assert!(none.is_none());
}

#[test]
fn a_larger_page_size_is_offered_and_begins_again_at_the_first_page() {
    let mut fixture = one_page();
    let mut popup = fetch_all(&mut fixture);
    let row = &popup.dialog().rows[0];
    assert_eq!((row.label, row.value.as_str()), ("records a page", "2"));
    assert_eq!(row.about, "now; 100 is the most");
    let limits = Limits {
        pages: Some(100),
        ..Limits::default()
    };
    let go_on = Request::Reply(ReplyRequest::FetchAll(limits));
    assert_requests(&fixture.keys(&mut popup, "\r"), vec![Request::Close, go_on]);
    let call = issues().with("per_page", crate::domain::call::JsonText::integer(100));
    let anew = Request::Reply(ReplyRequest::FetchAnew(Box::new(call), limits));
    assert_requests(&fixture.keys(&mut popup, " \r"), vec![Request::Close, anew]);
    // Where the total is known, so is what it saves.
    let mut fixture = Fixture::new();
    fixture.choose_github();
    let stated = r#"{"status":"success","result":[{"id":1},{"id":2}],"connector_metadata":{"next":"t2","total_count":240}}"#;
    fixture.add_pages(&[stated]);
    let popup = fetch_all(&mut fixture);
    assert_eq!(
        popup.dialog().rows[0].about,
        "now; 100 would need 3 calls instead of 119"
    );
}

#[test]
fn a_yes_exports_the_pages_with_the_ending_of_the_format() {
    let mut fixture = one_page();
    let mut popup = export(&mut fixture);
    let written = |name: &str, format, repeated, columns: &[&str], fixture: &Fixture| {
        let export = Export {
            pages: fixture.reply.exported(),
            format,
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            repeated,
            to: PathBuf::from("/saved").join(name),
        };
        vec![
            Request::Close,
            Request::Reply(ReplyRequest::Export(Box::new(export))),
        ]
    };
    let name = "github-issues-list-2026-05-01.ndjson";
    let expected = written(name, ExportFormat::Ndjson, Repeated::Kept, &[], &fixture);
    assert_requests(&fixture.keys(&mut popup, "y"), expected);
    let columns = ["id", "user.name"];
    let format = ExportFormat::Csv;
    let expected = written("a.csv", format, Repeated::LeftOut, &columns, &fixture);
    let keys = "hj\u{8}\ra.csv\rj\rj\rid, user.name\ry";
    assert_requests(&fixture.keys(&mut popup, keys), expected);
}

#[test]
fn an_export_without_a_name_is_not_written() {
    let mut fixture = one_page();
    let mut popup = export(&mut fixture);
    assert_requests(&fixture.keys(&mut popup, "j\u{8}y"), vec![]);
    let fault = popup.dialog().fault.as_deref();
    assert_eq!(fault, Some("file expects a name"));
}

#[test]
fn an_export_says_whether_it_is_all_of_the_records() {
    let mut fixture = one_page();
    let fact = |fixture: &mut Fixture| export(fixture).dialog().facts[0].clone();
    assert_eq!(
        fact(&mut fixture),
        "2 records of 1 page are here. There are more: } fetches them first."
    );
    let run = fixture.reply.run.as_ref().unwrap();
    fixture.reply.verdict = Some(run.conclude(crate::paging::Evidence::EmptyPage));
    assert_eq!(
        fact(&mut fixture),
        "2 records of 1 page are here. That is all of them."
    );
    let record = fixture.reply.tree().unwrap();
    let record = record.document().children(record.root()).next().unwrap();
    fixture.reply.pages[0].toggle(record);
    assert_eq!(
        fact(&mut fixture),
        "1 record of 1 page are here. That is what is marked, or what & keeps."
    );
}

#[test]
fn a_profile_shows_the_run_and_what_speaks_for_it() {
    let mut fixture = one_page();
    let popup = profile(&mut fixture);
    let dialog = popup.dialog();
    assert_eq!(dialog.title, "How `issues list` pages");
    assert_eq!(dialog.value(profile::Field::Kind), "token");
    assert_eq!(dialog.value(profile::Field::Param), "after");
    assert_eq!(dialog.facts[1], "You set this; r takes it back.");
    assert!(dialog.facts[2].contains("page 2 will prove"));
    // Another operation has no run.
    fixture.reply.pages.clear();
    let dialog = profile(&mut fixture).dialog().clone();
    assert!(dialog.facts[2].starts_with("No page was received yet"));
    assert!(dialog.facts[1].starts_with("The catalog"), "{dialog:?}");
}

/// Returns the profile that is kept and the one that is set.
fn kept(requests: &[crate::app::context::Step]) -> (Remembered, crate::paging::Profile) {
    use crate::app::context::Step;
    let kept = requests.iter().find_map(|step| match step {
        Step::Request(Request::Session(SessionRequest::Remember(_, kept))) => Some(kept),
        Step::Request(_) | Step::Effect(_) => None,
    });
    let set = requests.iter().find_map(|step| match step {
        Step::Request(Request::Reply(ReplyRequest::SetProfile(_, set))) => Some(set),
        Step::Request(_) | Step::Effect(_) => None,
    });
    ((**kept.unwrap()).clone(), (**set.unwrap()).clone())
}

#[test]
fn a_change_of_a_profile_holds_at_once() {
    let mut fixture = one_page();
    let mut popup = profile(&mut fixture);
    let outcome = fixture.keys(&mut popup, "j\u{8}\rcursor\r");
    // The emptied parameter is no profile, the typed one is.
    assert_eq!(outcome.steps.len(), 2);
    let (remembered, set) = kept(&outcome.steps);
    assert_eq!(set.param(), Some("cursor"));
    assert_eq!(set.origin, Origin::User);
    assert_eq!(remembered.user, Some(set));
    let facts = &popup.dialog().facts;
    assert_eq!(facts.len(), 2);
    assert!(facts[0].contains("cursor"), "{facts:?}");
}

#[test]
fn a_profile_that_lacks_a_part_is_said_and_not_kept() {
    let mut fixture = one_page();
    let mut popup = profile(&mut fixture);
    assert_requests(&fixture.keys(&mut popup, "j\u{8}"), vec![]);
    let fault = popup.dialog().fault.as_deref();
    assert_eq!(fault, Some("`token` needs a parameter"));
    let mut popup = profile(&mut fixture);
    assert_requests(&fixture.keys(&mut popup, "jjjj\u{8}\rx\r"), vec![]);
    let fault = popup.dialog().fault.clone().unwrap_or_default();
    assert!(fault.starts_with("first page expects"), "{fault}");
}

#[test]
fn a_profile_is_reset_to_what_was_proved() {
    let mut fixture = one_page();
    let proved = crate::paging::Profile {
        origin: Origin::Proved,
        ..token_profile()
    };
    let remembered = Remembered {
        user: Some(crate::paging::Profile::whole()),
        proved: Some(proved.clone()),
        proved_at: None,
    };
    let profiles = &mut fixture.session.profiles;
    profiles.set("d1", &issues(), remembered.clone());
    let mut popup = profile(&mut fixture);
    let outcome = fixture.keys(&mut popup, "r");
    let call = || Box::new(issues());
    let remembered = Remembered {
        user: None,
        ..remembered
    };
    assert_requests(
        &outcome,
        vec![
            Request::Close,
            Request::Session(SessionRequest::Remember(call(), Box::new(remembered))),
            Request::Reply(ReplyRequest::SetProfile(call(), Box::new(proved))),
            Request::Open(PopupRequest::Profile(call())),
        ],
    );
    let words = "The profile is as it was before you changed it";
    assert_eq!(said(&outcome), words);
    assert_requests(&fixture.keys(&mut popup, "y"), vec![]);
}
