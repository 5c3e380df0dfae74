//! An operation once for each marked record, on the real loop, against the sandbox.

use std::collections::BTreeMap;
use std::path::Path;

use airscope::app::reply::page::Tab;
use airscope::sandbox::RequestKind;
use serde_json::Value;

use crate::support::{Journey, keys, wait_until_held};

const TICKETS: &str = "zendesk-support tickets list per_page=50";

/// The list of tickets.
async fn tickets(scenario: &str, folder: &Path) -> Journey {
    let mut journey = Journey::preset(scenario, TICKETS, folder).await;
    journey.keys("<F5>").await;
    journey
}

/// How many records of each ticket the reply has, and whether those of a ticket stand together.
fn by_parent(journey: &Journey) -> (BTreeMap<i64, usize>, bool) {
    let page = journey.app.reply.page().unwrap();
    let tree = page.tree(Tab::Result).unwrap();
    let document = tree.document();
    let mut tickets = Vec::new();
    for record in document.children(tree.base_root()) {
        let record: Value = serde_json::from_str(&document.text(record)).unwrap();
        tickets.push(record["_parent"]["ticket_id"].as_i64().unwrap());
    }
    let mut counts = BTreeMap::new();
    for ticket in &tickets {
        *counts.entry(*ticket).or_default() += 1;
    }
    tickets.dedup();
    (counts.clone(), tickets.len() == counts.len())
}

fn asked(journey: &Journey) -> usize {
    let executed = journey.sandbox.executed();
    let comments = executed.iter();
    comments
        .filter(|call| call["entity"] == "ticket_comments")
        .count()
}

#[tokio::test]
async fn from_fifty_tickets_to_all_their_files_in_nine_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = tickets("uneven-parents", folder.path()).await;
    let all = ["%", "x", "<Enter>", "<Enter>", "A", "d", "y"];
    assert!(all.iter().map(|key| keys(key).len()).sum::<usize>() <= 9);
    journey.keys(all[0]).await.sees("50 records marked");
    journey
        .keys(all[1])
        .await
        .sees("ticket_comments list for 50 records")
        .sees("ticket_id=@id");
    journey
        .keys(all[2])
        .await
        .sees("ticket_comments list for 50 records?")
        .sees("50 calls at least");
    journey
        .keys(all[3])
        .await
        .sees("4 of 50 parents failed")
        .sees("! incomplete, ");
    journey.keys(all[4]).await.sees("files marked: d downloads");
    journey.keys(all[5]).await.sees("Download these files");
    journey.keys(all[6]).await.sees("files downloaded");
    let run = std::fs::read_dir(folder.path()).unwrap().next().unwrap();
    let files = std::fs::read_dir(run.unwrap().path()).unwrap().count();
    assert!(files > 10, "{files} files in the folder of the run");
}

#[tokio::test]
async fn the_files_of_fifty_tickets_are_saved_by_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = tickets("uneven-parents", folder.path()).await;
    journey.keys("%x<Enter><Enter>").await;
    journey
        .keys("Ad")
        .await
        .sees("Download these files")
        .sees("all in this folder");
    journey.keys("jl").await.sees("in a folder for each parent");
    journey.keys("y").await.sees("files downloaded");
    let run = std::fs::read_dir(folder.path()).unwrap().next().unwrap();
    let run = run.unwrap().path();
    let manifest = std::fs::read_to_string(run.join("manifest.jsonl")).unwrap();
    let mut saved = 0;
    for line in manifest.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let ticket = line["parent"]["ticket_id"].as_u64().unwrap();
        if line["outcome"] == "done" {
            let file = line["file"].as_str().unwrap();
            assert!(file.starts_with(&format!("{ticket}/")), "{line}");
            assert!(run.join(file).is_file(), "{line}");
            saved += 1;
        }
    }
    assert!(saved > 10, "{saved} files");
    let beside = std::fs::read_dir(&run).unwrap().map(Result::unwrap);
    let plain: Vec<_> = beside
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(plain, ["manifest.jsonl"]);
}

#[tokio::test]
async fn the_records_of_all_parents_are_one_list_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = tickets("uneven-parents", folder.path()).await;
    journey.keys("%x<Enter><Enter>").await;
    let (counts, together) = by_parent(&journey);
    assert!(together, "the records of a parent stand together");
    // 46 tickets of three comments each, one of them with three pages.
    assert_eq!((counts.len(), counts[&1007], counts[&1001]), (46, 57, 3));
    let records: usize = counts.values().sum();
    assert_eq!(records, 45 * 3 + 57);
    // A call a parent, and two more for the further pages of one of them.
    assert_eq!(asked(&journey), 52);
    assert_eq!(journey.app.session.calls.total, 53);
    journey
        .keys("f")
        .await
        .sees("tickets › 50 records › ticket_comments")
        .sees("── ticket_id=1001 · Parcel arrived wet · 3 records")
        .sees("! incomplete, 192 records: 4 of 50 parents failed");
    // In the table the first column is the parent; a filter sees it, too.
    journey.keys("v").await.sees("_parent.ticket_id");
    journey.keys("v").await;
    journey.keys("v|").await;
    journey
        .keys("map(._parent.ticket_id)|unique|length<Enter>")
        .await
        .sees("46");
    journey.keys("<Esc>/ticket_id\": 1050<Esc>").await;
    // What the records were asked with is no field that the operation should declare.
    journey
        .keys("F")
        .await
        .sees("_parent.ticket_id")
        .sees_not("!_parent");
    journey.keys("<Esc>").await;
    // `^` leads back to the ticket, which is marked still.
    journey
        .keys("^")
        .await
        .sees("Support desk › tickets › list");
    let tree = journey.app.reply.tree().unwrap();
    assert_eq!(tree.path(), ".result[0]");
    assert_eq!(journey.app.reply.page().unwrap().marks.len(), 50);
    journey.keys(")").await.sees("192 records");
}

#[tokio::test]
async fn five_hundred_parents_are_asked_with_no_call_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let words = "zendesk-support tickets list per_page=100";
    let mut journey = Journey::preset("uneven-parents", words, folder.path()).await;
    journey
        .keys("<F5>}<Enter>")
        .await
        .sees("✓ complete, 500 records");
    journey.keys("u%").await.sees("500 records marked");
    journey
        .keys("x<Enter>jjll")
        .await
        .sees("500 calls at least")
        .sees("at a time      4");
    journey
        .keys("<Enter>")
        .await
        .sees("40 of 500 parents failed");
    let (counts, together) = by_parent(&journey);
    assert!(together, "the records of a parent stand together");
    // Ten parents have three pages of 57 records in all, the others three records; 40 have none.
    let long = counts.values().filter(|count| **count == 57).count();
    let short = counts.values().filter(|count| **count == 3).count();
    assert_eq!((long, short, counts.len()), (10, 450, 460));
    // A call a parent, two more for each of the ten, and one that was too many at first.
    assert_eq!(asked(&journey), 500 + 20 + 1);
    assert_eq!(journey.app.session.calls.total, 521 + 5);
}

#[tokio::test]
async fn a_failure_is_a_row_and_the_failed_ones_are_repeated_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = tickets("uneven-parents", folder.path()).await;
    journey.keys("%x<Enter><Enter>").await;
    let before = asked(&journey);
    journey
        .keys("L")
        .await
        .sees("192 records of 50 of 50 parents")
        .sees("incomplete: 4 of 50 parents failed")
        .sees("ticket_id=1012")
        .sees("403");
    journey.keys("<Esc>R").await.sees("4 of 50 parents failed");
    assert_eq!(asked(&journey) - before, 4);
    let (counts, _) = by_parent(&journey);
    assert_eq!(counts.values().sum::<usize>(), 192);
}

#[tokio::test]
async fn what_is_whole_has_nothing_to_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let words = "zendesk-support tickets list per_page=5";
    let mut journey = Journey::preset("normal", words, folder.path()).await;
    journey
        .keys("<F5>%x<Enter><Enter>")
        .await
        .sees("✓ complete, 285 records");
    let before = journey.sandbox.executed().len();
    journey
        .keys("R")
        .await
        .sees("No parent failed: there is nothing to repeat");
    assert_eq!(journey.sandbox.executed().len(), before);
}

#[tokio::test]
async fn from_the_comments_to_their_authors_and_back_again() {
    let folder = tempfile::tempdir().unwrap();
    let words = "zendesk-support tickets list per_page=5";
    let mut journey = Journey::preset("normal", words, folder.path()).await;
    journey
        .keys("<F5>%x<Enter><Enter>")
        .await
        .sees("✓ complete, 285 records");
    journey
        .keys("%x")
        .await
        .sees("users get for 285 records")
        .sees("user_id=@author_id");
    // Many comments have one author, who is asked for once.
    journey
        .keys("users<Enter>")
        .await
        .sees("24 calls at least: one for each of 24 values.")
        .sees("261 records have a value that came before and are not asked again.");
    // One author is not known to the service.
    journey
        .keys("<Enter>f")
        .await
        .sees("! incomplete, 23 records: 1 of 24 parents failed")
        .sees("› ticket_comments › 285 records › users");
    let labels = journey.app.reply.trail.labels().join(" › ");
    let way = "tickets › 5 records › ticket_comments › 285 records › users";
    assert_eq!(labels, way);
    let calls = journey.sandbox.executed().len();
    let ids = |journey: &Journey| journey.app.reply.tree().unwrap().path();
    journey.keys("j^").await.sees("285 records");
    assert_eq!(ids(&journey), ".[1]");
    journey.keys("^").await.sees("page 1 · 5 records");
    assert_eq!(ids(&journey), ".result[0]");
    journey.keys("))").await.sees("› users");
    assert_eq!(journey.sandbox.executed().len(), calls, "no call is sent");
}

#[tokio::test]
async fn a_run_that_was_spilled_is_the_same_when_it_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = Journey::setup("zendesk-support tickets list per_page=5", folder.path());
    setup.page_budget = Some(20_000);
    let mut journey = Journey::with("normal", setup).await;
    journey.keys("<F5>%x<Enter><Enter>").await;
    let before = by_parent(&journey);
    journey.keys("(").await.sees("page 1 · 5 records");
    let mut pages = journey.app.reply.trail.pages();
    assert!(pages.any(|page| page.envelope().is_none()), "it is spilled");
    drop(pages);
    journey.keys(")").await.sees("✓ complete, 285 records");
    assert_eq!(by_parent(&journey), before);
    journey.sees("── ticket_id=1001 · Parcel arrive… · 57 records");
}

#[tokio::test]
async fn esc_stops_and_keeps_and_r_asks_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let words = "zendesk-support tickets list per_page=5";
    let mut journey = Journey::preset("normal", words, folder.path()).await;
    journey.keys("<F5>").await;
    let gate = journey.sandbox.hold_after(RequestKind::Execute, 4);
    journey.keys("%x<Enter>").await;
    let held = gate.clone();
    let is_held = async move { wait_until_held(&held).await };
    journey
        .hurry_until("<Enter><Esc>", is_held)
        .await
        .sees("Stopped by you")
        .sees("R asks for the rest");
    gate.release();
    let (counts, _) = by_parent(&journey);
    assert!(counts.contains_key(&1001), "{counts:?}");
    journey.keys("R").await.sees("✓ complete, 285 records");
    let (counts, together) = by_parent(&journey);
    assert!(together && counts.len() == 5, "{counts:?}");
}

#[tokio::test]
async fn a_run_stops_at_the_limit_of_calls() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = Journey::setup("zendesk-support tickets list per_page=5", folder.path());
    setup.max_calls = Some(4);
    let mut journey = Journey::with("normal", setup).await;
    journey
        .keys("<F5>%x<Enter>")
        .await
        .sees("Only 3 of --max-calls 4 are left");
    journey
        .keys("<Enter>")
        .await
        .sees("were not asked, by --max-calls 4");
    journey
        .keys("R")
        .await
        .sees("--max-calls 4 is reached: allow 4 more calls?");
}
