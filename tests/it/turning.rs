//! Turning pages on the real loop: profiles, ledger, all pages, the lab, export, memory.

use airscope::app::session::{Preset, Setup};
use airscope::catalog;
use airscope::domain::call::{Call, JsonText};
use airscope::sandbox::RequestKind;
use airscope::store::Store;
use serde_json::Value;

use crate::support::{Journey, client};

const ISSUES: &str = "github issues list owner=acme repo=rocket per_page=10";

/// Starts with the issues in the form and a setup.
async fn issues(scenario: &str, setup: Setup) -> Journey {
    let pairs = [("per_page", "10")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let preset = Preset {
        connector: "github".into(),
        entity: Some("issues".into()),
        action: Some("list".into()),
        pairs,
        ..Preset::default()
    };
    Journey::with(
        scenario,
        Setup {
            preset: Some(preset),
            ..setup
        },
    )
    .await
}

#[tokio::test]
async fn a_refuted_way_is_said_and_another_tried() {
    let mut journey = issues("own-key-ignored", Setup::default()).await;
    journey.keys("<F5>").await.sees("next: after=");
    journey
        .keys("]")
        .await
        .sees("page 2 · 10 records")
        .sees("next: cursor=");
    assert_eq!(
        journey.sandbox.executed().len(),
        4,
        "describe, page one, the way that was wrong, page two"
    );
    journey
        .keys("P")
        .await
        .sees("Page 2 proved it: the value of `cursor`")
        .sees("Given up: page 2 has only records already received");
    journey
        .keys("<Esc>L")
        .await
        .sees("✗    –  after=")
        .sees("3 of 3");
    // What was learned holds for the next request, too.
    journey.keys("<Esc><F5>").await.sees("next: cursor=");
}

#[tokio::test]
async fn the_profile_can_be_changed_and_taken_back() {
    let mut journey = issues("normal", Setup::default()).await;
    journey
        .keys("<F5>P")
        .await
        .sees("The catalog that comes with the program says so")
        .sees("page 2 will prove or refute it");
    journey
        .keys("j<Enter><C-u>cursor<Enter>")
        .await
        .sees("You set this")
        .sees("is sent back as `cursor`");
    journey.keys("<Esc>").await.sees("next: cursor=");
    journey.keys("]").await.sees("page 2 · 10 records");
    assert!(journey.sandbox.executed()[2]["params"]["cursor"].is_string());
    // A part that is missing is named, and what was typed stays.
    journey
        .keys("Pj<BS>")
        .await
        .sees("! `token` needs a parameter");
    journey
        .keys("r")
        .await
        .sees("is sent back as `after`")
        .sees(
            "as it is before you changed it"
                .replace("is before", "was before")
                .as_str(),
        );
    journey.keys("<Esc>").await.sees("next: after=");
}

#[tokio::test]
async fn what_a_second_page_proved_is_remembered_but_never_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let preset = || {
        let pairs = vec![("per_page".to_owned(), "10".to_owned())];
        Some(Preset {
            connector: "github".into(),
            entity: Some("issues".into()),
            action: Some("list".into()),
            pairs,
            ..Preset::default()
        })
    };
    let setup = || Setup {
        keeps_profiles: true,
        preset: preset(),
        ..Setup::default()
    };
    let store = Store::open(
        Some(folder.path()),
        "https://api.airbyte.ai",
        catalog::VERSION,
    );
    let mut journey = Journey::remembering("own-key-ignored", setup(), &store).await;
    journey.keys("<F5>]").await.sees("next: cursor=");
    assert!(
        !walk(folder.path()).is_empty(),
        "it is written down when nothing runs any more"
    );
    let mut journey = Journey::remembering("own-key-ignored", setup(), &store).await;
    journey
        .keys("P")
        .await
        .sees("This machine proved it before");
    journey.keys("<Esc><F5>]").await.sees("page 2 · 10 records");
    assert_eq!(journey.sandbox.executed().len(), 3, "the right way at once");
    let local = tempfile::tempdir().unwrap();
    let store = Store::open(Some(local.path()), &journey.sandbox.url(), catalog::VERSION);
    let mut journey = Journey::remembering("normal", setup(), &store).await;
    journey.keys("<F5>]]").await.sees("page 3");
    assert!(walk(local.path()).is_empty());
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect()
}

#[tokio::test]
async fn pages_beyond_the_budget_are_put_aside_and_come_back_without_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        page_budget: Some(20_000),
        folder: folder.path().to_owned(),
        ..Setup::default()
    };
    let mut journey = issues("normal", setup).await;
    journey
        .keys("<F5>}y")
        .await
        .sees("Complete: 67 records in 7 pages");
    journey.keys("L").await.sees("disk").sees("memory");
    let away = |journey: &Journey| {
        journey
            .app
            .reply
            .pages
            .iter()
            .filter(|page| page.envelope().is_none())
            .count()
    };
    assert!(away(&journey) >= 4, "{} pages are spilled", away(&journey));
    let calls = journey.sandbox.executed().len();
    journey
        .keys("<Esc>{")
        .await
        .sees("page 1 · 10 records")
        .sees("RK_2c031181000001");
    for page in 2..=7 {
        journey
            .keys("]")
            .await
            .sees(&format!("page {page} · "))
            .sees(&format!("RK_2c03118100{:04}", (page - 1) * 10 + 1));
    }
    journey
        .keys("ug")
        .await
        .sees("── page 1 · 10 records")
        .sees("RK_2c031181000001")
        .sees("── page 2 · 10 records · after=");
    journey.keys("G").await.sees("RK_2c031181000067");
    assert_eq!(
        journey.sandbox.executed().len(),
        calls,
        "going on and back makes no call"
    );
    assert!(away(&journey) >= 3);
    // A request that is cancelled removes nothing of the reply before it.
    let gate = journey.sandbox.hold_after(RequestKind::Execute, 0);
    journey.hurry("<F5><Esc>").await.sees("Cancelled");
    gate.release();
    journey.keys("g").await.sees("RK_2c031181000001");
    journey
        .keys("E")
        .await
        .sees("67 records of 7 pages are here. That is all of them.");
    journey.keys("y").await.sees("Exported 67 records to");
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let lines = std::fs::read_to_string(&file).unwrap();
    let ids: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(
        (ids.len(), ids[0].as_str(), ids[66].as_str()),
        (67, Some("RK_2c031181000001"), Some("RK_2c031181000067"))
    );
}

#[tokio::test]
async fn all_pages_stop_at_the_limits_that_are_set_and_go_on_from_there() {
    let mut journey = issues("normal", Setup::default()).await;
    journey
        .keys("<F5>}j<Space><C-u>two<Enter>y")
        .await
        .sees("! pages at most expects a whole number");
    journey
        .keys("2<Enter>y")
        .await
        .sees("stopped: 30 records in 3 pages: by the limit of 2 pages");
    journey.keys("}").await.sees("Fetch all pages?");
    journey
        .keys("y")
        .await
        .sees("Complete: 67 records in 7 pages");
    journey
        .keys("{R")
        .await
        .sees("Page 1 again: nothing changed")
        .sees("✓ complete, 67 records");
    // A change of the profile that leads to the same end does not make more of it than there is.
    let mut journey = issues("drift", Setup::default()).await;
    journey.keys("<F5>}y").await.sees("! doubtful, 67 records");
    journey.keys("Pr<Esc>").await.sees("! doubtful, 67 records");
}

#[tokio::test]
async fn the_ledger_leads_to_pages_and_a_token_into_the_request() {
    let mut journey = issues("normal", Setup::default()).await;
    journey.keys("<F5>}yL").await.sees("1 of 7");
    journey.keys("jj<Enter>").await.sees("page 3 · 10 records");
    journey
        .keys("LD")
        .await
        .sees("Layers of `after` returned with page 3")
        .sees("base64")
        .sees("cursor:v2:00030");
    journey.keys("y").await.sees("Copied the layer base64");
    // The token itself, not what is inside, is what the service understands.
    journey
        .keys("ks")
        .await
        .sees("is in the request: F5 sends from here");
    let calls = journey.sandbox.executed().len();
    journey.keys("<F5>").await.sees("RK_2c031181000031");
    assert_eq!(
        journey.sandbox.executed()[calls]["params"]["after"],
        "Y3Vyc29yOnYyOjAwMDMw"
    );
    journey.keys("t").await;
    journey
        .keys("/end_cursor<Enter>D")
        .await
        .sees("cursor:v2:00040");
}

#[tokio::test]
async fn a_page_that_is_asked_for_again_says_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", "intercom tags list", folder.path()).await;
    journey.keys("<F5>").await.sees("12 records");
    journey
        .keys("R")
        .await
        .sees("Page 1 again: nothing changed");
    let connector = journey
        .app
        .request
        .form
        .connector
        .as_ref()
        .unwrap()
        .id
        .clone();
    let create = Call::new(&connector, "tags", "create").with("name", JsonText::string("shiny"));
    client(&journey.sandbox)
        .execute(&create, &|_| {})
        .await
        .unwrap();
    journey.keys("R").await.sees("Page 1 again: 1 record new");
}

#[tokio::test]
async fn calls_are_counted_by_connector_and_held_to_their_most() {
    let setup = Setup {
        max_calls: Some(3),
        ..Setup::default()
    };
    let mut journey = issues("normal", setup).await;
    journey.keys("<F5>]").await.sees("2 of 3 calls");
    journey
        .keys("m")
        .await
        .sees("GitHub")
        .sees("Each call is billed")
        .sees("--max-calls allows 3");
    journey.keys("<Esc>]").await.sees("3 of 3 calls");
    journey
        .keys("]")
        .await
        .sees("Not sent: --max-calls 3 is reached");
    assert_eq!(journey.sandbox.executed().len(), 4);
    // A yes to the question allows as many again, and sends what was not sent.
    journey
        .sees("--max-calls 3 is reached: allow 3 more calls?")
        .keys("y")
        .await
        .sees("4 of 6 calls")
        .sees("page 4 · 10 records");
    let setup = Setup {
        max_calls: Some(3),
        ..Setup::default()
    };
    let mut journey = issues("normal", setup).await;
    journey.keys("<F5>}y").await.sees("! stopped, 30 records");
    journey.keys("y").await.sees("! stopped, 60 records");
    journey
        .keys("y")
        .await
        .sees("Complete: 67 records in 7 pages");
}

#[tokio::test]
async fn a_call_that_is_repeated_is_counted_twice() {
    let mut journey = issues("rate-limited", Setup::default()).await;
    journey.keys("<F5>").await.sees("2 calls");
}

#[tokio::test]
async fn misleading_pages_are_explained_in_the_ledger() {
    let cases = [
        ("drift", "the list shifted by 1 record while it was read"),
        ("duplicates", "1 record already received"),
        (
            "size-ignored",
            "the page size is capped: 10 requested, 5 received",
        ),
        ("repeated-token", "has only records already received"),
        (
            "empty-middle",
            "no records, though the service says there is more",
        ),
    ];
    for (scenario, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut journey = Journey::preset(scenario, ISSUES, folder.path()).await;
        journey.keys("<F5>}yL").await;
        // The row with the finding is one of the first.
        let mut rows = 0;
        while !journey.screen().contains(words) {
            journey.keys("j").await;
            rows += 1;
            assert!(
                rows < 8,
                "{scenario}: `{words}` is not in the ledger:\n{}",
                journey.screen()
            );
        }
    }
}
