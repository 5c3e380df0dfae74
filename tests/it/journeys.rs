//! What people do, on the real loop, against the sandbox.

use airscope::app::reply::Shown;
use airscope::app::session::Setup;

use airscope::sandbox::RequestKind;

use crate::support::{self, Journey, wait_until_held};

const ISSUES: &str = "github issues list owner=acme repo=rocket per_page=10";

#[tokio::test]
async fn explore_a_list_and_save_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    journey
        .sees("Request  GitHub › issues › list")
        .sees("acme")
        .sees("Here the reply is read");
    assert_eq!(
        journey.sandbox.executed().len(),
        1,
        "only describe was asked"
    );
    journey
        .keys("<F5>")
        .await
        .sees("page 1 · 10 records")
        .sees("next: after=")
        .sees("1 call");
    journey
        .keys("]")
        .await
        .sees("page 2 · 10 records")
        .sees("2 calls");
    let calls = journey.sandbox.executed().len();
    journey
        .keys("[")
        .await
        .sees("page 1 · 10 records")
        .sees("] page 2 is here");
    journey.keys("]{").await.sees("page 1");
    assert_eq!(
        journey.sandbox.executed().len(),
        calls,
        "going back makes no call"
    );
    let sent = journey.sandbox.executed();
    assert_eq!(
        sent[2]["params"]["after"],
        serde_json::json!("Y3Vyc29yOnYyOjAwMDEw")
    );
    journey.keys("s").await.sees("Saved");
    journey.keys("s").await.sees("(2).json");
    let saved = std::fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let body: serde_json::Value = serde_json::from_slice(&std::fs::read(saved).unwrap()).unwrap();
    assert_eq!(body["result"].as_array().map(Vec::len), Some(10));
    journey
        .keys("?")
        .await
        .sees("Keys in Reply")
        .sees("quit; asks where work or pages would be lost");
    journey.keys("<Esc>").await.resize(8, 3).await;
    journey.resize(120, 36).await.sees("page 1");
    journey.keys("q").await.assert_ended(0);
}

#[tokio::test]
async fn mend_a_request_that_the_service_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let words = "github issues get owner=acme repo=rocket";
    let mut journey = Journey::preset("normal", words, folder.path()).await;
    journey
        .keys("<F5>")
        .await
        .sees("`number` is required and the service may not know it: send all the same?");
    journey
        .keys("y")
        .await
        .sees("✗ Could not get `issues`: Missing required parameter 'number' for get (422)")
        .sees("number: Enter goes there")
        .sees("\"action\": \"get\"");
    journey
        .keys("<Enter><Enter>141<Enter><F5>")
        .await
        .sees("number: 141")
        .sees_not("Could not get");
    assert_eq!(journey.sandbox.executed().len(), 3);
}

#[tokio::test]
async fn page_to_the_end_and_hear_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey =
        Journey::preset("normal", "github issues list per_page=30", folder.path()).await;
    journey
        .keys("<F5>]]")
        .await
        .sees("page 3 · 7 records")
        .sees("✓ complete, 67 records");
    journey
        .keys("]")
        .await
        .sees("This is the last page: `has_next_page` is false");
    assert_eq!(journey.sandbox.executed().len(), 4);
}

#[tokio::test]
async fn all_pages_with_a_ledger_and_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    journey
        .keys("<F5>}")
        .await
        .sees("Fetch all pages?")
        .sees("How many there are is not known");
    journey
        .keys("y")
        .await
        .sees("Complete: 67 records in 7 pages")
        .sees("✓ complete, 67 records")
        .sees("page 1");
    assert_eq!(journey.sandbox.executed().len(), 8);
    journey
        .keys("L")
        .await
        .sees("Ledger of pages")
        .sees("after=Y3Vyc29y")
        .sees("complete: `has_next_page` is false");
    journey.keys("<Esc>]]").await.sees("page 3 · 10 records");
    assert_eq!(
        journey.sandbox.executed().len(),
        8,
        "going on and back makes no call"
    );
}

#[tokio::test]
async fn pages_that_mislead_are_told() {
    let cases = [
        ("duplicates", "! doubtful, 67 records"),
        ("cursor-expires", "! incomplete, 20 records"),
        ("repeated-token", "! incomplete, 10 records"),
    ];
    for (scenario, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut journey = Journey::preset(scenario, ISSUES, folder.path()).await;
        journey.keys("<F5>}y").await.sees(words);
        assert!(journey.sandbox.executed().len() <= 9, "{scenario}");
    }
}

#[tokio::test]
async fn fetching_all_can_be_stopped_and_keeps_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    journey.keys("<F5>").await;
    journey.hurry("}y<Esc>").await.sees("! stopped, 10 records");
    journey.keys("]").await.sees("page 2 · 10 records");
}

#[tokio::test]
async fn a_page_that_cannot_be_followed_says_why() {
    // What the service was asked: `describe`, page one, and where the token repeats page two by each of two ways.
    let cases = [
        (
            "missing-token",
            "is empty, though the service says there is more",
            2,
        ),
        (
            "repeated-token",
            "No next page: the service says that there is more (`has_next_page` is true)",
            4,
        ),
    ];
    for (scenario, words, asked) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut journey = Journey::preset(scenario, ISSUES, folder.path()).await;
        journey.keys("<F5>]]]").await.sees(words);
        assert_eq!(journey.sandbox.executed().len(), asked, "{scenario}");
    }
}

#[tokio::test]
async fn choose_everything_by_hand() {
    let mut journey = Journey::start("normal").await;
    journey
        .sees("Connectors  12")
        .sees("◐ Linear")
        .sees("Choose a connector");
    journey
        .keys("i")
        .await
        .sees("skill docs")
        .sees("● issues")
        .sees("READY");
    journey
        .keys("<Esc>/zend<Enter>")
        .await
        .sees("Support desk › tickets › list");
    // The entity, from a fuzzy list; `ticket_comments` needs a ticket.
    journey
        .keys("gg<Enter>tick comm<Enter>")
        .await
        .sees("ticket_comments")
        .sees("integer, required");
    journey
        .keys("j<Enter>abc")
        .await
        .sees("expects a whole number");
    journey
        .keys("<BS><BS><BS>1001<Enter>")
        .await
        .sees_not("expects a whole number");
    journey.keys("b").await.sees(r#""ticket_id": 1001"#);
    journey
        .keys("<Esc><F5>")
        .await
        .sees("page 1")
        .sees("next: page=2");
    journey.keys("l").await.sees("▾  0").sees("attachments: [");
}

#[tokio::test]
async fn a_missing_parameter_is_asked_about_and_does_not_block() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "normal",
        "zendesk-support ticket_comments list",
        folder.path(),
    )
    .await;
    journey
        .keys("<F5>")
        .await
        .sees("`ticket_id` is required and the service may not know it")
        .keys("y")
        .await
        .sees("Missing required parameter 'ticket_id'");
    assert_eq!(journey.sandbox.executed().len(), 2);
}

#[tokio::test]
async fn what_does_not_fit_is_not_sent_and_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey =
        Journey::preset("normal", "github issues list per_page=ten", folder.path()).await;
    journey
        .keys("<F5>")
        .await
        .sees("Not sent: per_page expects a whole number such as 25")
        .sees("ten");
    assert_eq!(journey.sandbox.executed().len(), 1);
}

#[tokio::test]
async fn writes_ask_first_and_read_only_refuses_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey =
        Journey::preset("normal", "intercom tags create name=shiny", folder.path()).await;
    journey
        .keys("<F5>")
        .await
        .sees("Create a tag in `Intercom`?")
        .sees(r#""name": "shiny""#);
    journey.keys("n").await;
    assert_eq!(journey.sandbox.executed().len(), 1);
    journey.keys("<F5>y").await.sees("\"shiny\"");
    assert_eq!(journey.sandbox.executed().len(), 2);

    let setup = Setup {
        read_only: true,
        ..Setup::default()
    };
    let mut journey = Journey::with("normal", setup).await;
    journey
        .keys("/intercom<Enter>gg<Enter>tags<Enter><Enter>create<Enter><F5>")
        .await
        .sees("--read-only is set");
    assert_eq!(journey.sandbox.executed().len(), 1);
}

#[tokio::test]
async fn a_store_that_is_not_ready_warns_before_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "normal",
        "slack users context_store_search query={}",
        folder.path(),
    )
    .await;
    journey
        .keys("<F5>")
        .await
        .sees("is not ready: Loading")
        .sees("`list` or `get` asks the provider itself");
    assert_eq!(journey.sandbox.executed().len(), 1);
    journey.keys("y").await.sees("not ready for search");
}

#[tokio::test]
async fn download_a_file_with_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "normal",
        "zendesk-support attachments download attachment_id=9000",
        folder.path(),
    )
    .await;
    journey
        .keys("d")
        .await
        .sees("Saved 784 B to")
        .sees("sha256")
        .sees("application/pdf");
    let Shown::File(file) = &journey.app.reply.shown else {
        panic!("no file is shown")
    };
    assert_eq!(std::fs::metadata(&file.path).unwrap().len(), 784);
    journey.keys("<F5>").await.sees("Flight manual (2).pdf");
}

#[tokio::test]
async fn a_file_that_is_sent_as_gzip_is_shown_with_both_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "download-gzip",
        "zendesk-support attachments download attachment_id=9000",
        folder.path(),
    )
    .await;
    journey
        .keys("d")
        .await
        .sees("size     313.6 kB, 313,600 bytes")
        .sees("received 5.9 kB of gzip");
}

#[tokio::test]
async fn cancel_at_once_while_it_is_slow() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("slow", "github issues list", folder.path()).await;
    journey
        .hurry("<F5>jk<Esc>")
        .await
        .sees("Cancelled")
        .sees_not("Esc cancels");
    let mut journey = Journey::preset("slow", "intercom tags create name=x", folder.path()).await;
    journey.hurry("<F5>y<Esc>").await.sees("outcome unknown");
}

#[tokio::test]
async fn quitting_asks_while_a_call_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("slow", "github issues list", folder.path()).await;
    journey
        .hurry("<F5>q<Esc><Esc>")
        .await
        .sees("Cancelled")
        .sees_not("Quit all the same?");
    let mut journey = Journey::preset("slow", "github issues list", folder.path()).await;
    journey.hurry("<F5>qy").await.assert_ended(0);
}

#[tokio::test]
async fn find_fold_and_copy() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    journey
        .keys("<F5>/battery<Enter>")
        .await
        .sees("Match 1 of")
        .sees(".result…1].name");
    journey.keys("nNzM").await.sees_not("▾");
    journey.keys("y").await.sees("copy the path");
    journey.keys("p").await.sees("Copied the path");
    journey.keys("yj").await.sees("Copied the path for jq");
    journey.keys("yb").await.sees("Copied the path in brackets");
    journey.keys("yr").await.sees("Copied the record");
    journey
        .keys("yk")
        .await
        .sees("This value has no key: it is in an array");
    journey
        .keys("llyk")
        .await
        .sees("Copied the key: 2 characters");
    journey
        .keys("t")
        .await
        .sees("metadata")
        .sees("has_next_page");
    journey
        .keys("tt")
        .await
        .sees("Request")
        .sees("skip_truncation: true");
}

#[tokio::test]
async fn switch_the_workspace() {
    let mut journey = Journey::start("normal").await;
    journey.keys("W").await.sees("staging");
    journey.keys("labs").await.sees("Rocket Labs");
    journey.keys("<BS><BS><BS><BS>").await;
    journey
        .keys("stag<Enter>")
        .await
        .sees("Connectors  1")
        .sees("airscope  staging");
    journey
        .keys("Wempty<Enter>")
        .await
        .sees("connectors. W switches");
}

#[tokio::test]
async fn choose_an_organization_when_the_service_wants_one() {
    let mut journey = Journey::start("many-organizations").await;
    journey
        .sees("Workspace and organization")
        .sees("Rocket Inc");
    journey
        .keys("Rocket Inc<Enter>")
        .await
        .sees("Connectors  12");
}

#[tokio::test]
async fn every_fault_of_a_reply_is_shown_as_what_it_is() {
    let cases = [
        (
            "status-error",
            "Could not list `issues`: the service answered `error`: ",
        ),
        ("empty-body", "empty body"),
        ("html", "The body is not JSON but text/html"),
        (
            "warning",
            "Warning of the service: The Context Store was paused",
        ),
        ("warning-text", "some fields were left out"),
        ("no-envelope", "without the usual envelope"),
        ("unprocessable-detail", "body.params.per_page"),
        (
            "connector-unauthorized",
            "Could not list `issues`: Bad credentials (401)",
        ),
        ("wrapped-result", "10 records"),
        ("camel-metadata", "10 records"),
        ("url-paging", "next: after="),
        ("no-readiness", "10 records"),
        ("deep-reply", "[1] [[1]]"),
        ("large-reply", "10,000 records"),
    ];
    for (scenario, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut journey = Journey::preset(scenario, ISSUES, folder.path()).await;
        journey.keys("<F5>").await.sees(words);
        journey.keys("zRGgt").await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_reply_stays_in_its_title() {
    let cases = [
        ("warning", "Warning of the service", "! warning · GitHub"),
        (
            "warning-text",
            "Warning of the service",
            "! warning · GitHub",
        ),
        (
            "status-error",
            "Could not list `issues`: the service answered",
            "! no success · GitHub",
        ),
    ];
    for (scenario, said, mark) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut journey = Journey::preset(scenario, ISSUES, folder.path()).await;
        journey.keys("<F5>").await.sees(said).sees(mark);
        // What is said below goes with the next key.
        journey
            .keys("zRGgt")
            .await
            .sees_not(said)
            .sees(mark.split(" · ").next().unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    Journey::preset("normal", ISSUES, folder.path())
        .await
        .keys("<F5>")
        .await
        .sees_not("! ");
}

#[tokio::test]
async fn a_connector_that_is_not_there_or_ambiguous_is_told() {
    let folder = tempfile::tempdir().unwrap();
    Journey::preset("normal", "nonsense", folder.path())
        .await
        .sees("There is no connector `nonsense`");
}

#[tokio::test]
async fn a_request_of_the_command_line_has_its_first_page_after_three_round_trips() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = support::sandbox("normal").await;
    // All that is no token, no list of connectors and no operation waits for its answer until the end.
    let gates = [
        sandbox.hold_after(RequestKind::Describe, 0),
        sandbox.hold_after(RequestKind::Other, 1),
    ];
    let operation = sandbox.hold_after(RequestKind::Execute, 0);
    let mut journey = Journey::unstarted(sandbox, ISSUES, folder.path());
    let is_sent = async {
        // The operation is asked for while the answers to all others are still awaited.
        wait_until_held(&operation).await;
        operation.release();
        gates.iter().for_each(airscope::sandbox::Gate::release);
    };
    tokio::join!(journey.hurry("<F5>"), is_sent);
    journey.sees("page 1 · 10 records");
    let requests = journey.sandbox.requests();
    let kinds: Vec<_> = requests
        .iter()
        .map(|request| {
            let last = request.path.split(['?']).next().unwrap_or_default();
            (
                last.rsplit('/').next().unwrap_or_default().to_owned(),
                request.body["action"].clone(),
            )
        })
        .collect();
    assert_eq!(kinds[0].0, "token");
    assert_eq!(kinds[1].0, "connectors");
    let pages = kinds.iter().filter(|(_, action)| *action == "list");
    assert_eq!(pages.count(), 1);
    assert_eq!(journey.app.session.calls.total, 1);
}

#[tokio::test]
async fn the_mouse_works_in_popups() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    // A row of a list to choose from.
    journey.keys("gg<Enter>").await.sees("Entity");
    journey.click("org_repositories").await;
    journey.sees("GitHub › org_repositories › list");
    // A key in the footer, and the cells around the box.
    journey.keys("?").await.sees("Keys in Request");
    journey.click("Esc close").await.sees_not("Keys in Request");
    journey.keys("?").await.sees("Keys in Request");
    journey.click("airscope").await.sees_not("Keys in Request");
    // The keys of the footer without a popup.
    journey.click("F5 send").await.sees("1 call");
    // The answers of a question.
    journey.keys("}").await.sees("Fetch all pages?");
    // A second click on a row changes it, and does not answer the question.
    journey.click("pages at most").await;
    journey
        .click("pages at most")
        .await
        .sees("Fetch all pages?");
    journey.keys("<Esc>").await.sees("Fetch all pages?");
    journey.click("n no").await.sees_not("Fetch all pages?");
    // What may follow a key, and a click elsewhere that takes it back.
    journey.keys("y").await.sees("Copy, after y");
    journey.click("airscope").await.sees_not("Copy, after y");
    // A row of the ledger is selected by a click, and gone to by a second one.
    journey.keys("L").await.sees("Ledger of pages");
    journey.click("  1  ").await.sees_not("Ledger of pages");
    journey.sees("page 1");
    // The names in the title are the tabs of the reply.
    journey.click("Metadata").await.sees("has_next_page");
}

#[tokio::test]
async fn the_mark_of_the_order_goes_with_its_column() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    let columns = |journey: &Journey| {
        let screen = journey.screen();
        let header = screen.lines().find(|line| line.contains("↑number"));
        let header = header.map(str::to_owned).unwrap_or_default();
        let place = |name: &str| header.find(name).unwrap_or(usize::MAX);
        (place("↑number"), place("title"))
    };
    journey.keys("<F5>vllO").await;
    let (number, title) = columns(&journey);
    assert!(number < title && title < usize::MAX);
    journey.keys(">").await;
    let (number, title) = columns(&journey);
    assert!(title < number && number < usize::MAX);
}

#[tokio::test]
async fn names_of_users_stand_beside_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let words = "zendesk-support tickets list per_page=10";
    let mut journey = Journey::preset("normal", words, folder.path()).await;
    journey.keys("<F5>").await.sees("1 call");
    journey.keys("#").await.sees(
        "Names are missing, x fetches them in 5 calls: 16 users, 1 brand, 3 groups, 10 organizations",
    );
    let before = journey.sandbox.executed().len();
    journey
        .keys("xnames of<Enter>")
        .await
        .sees("Fetch the names of 16 users, 1 brand")
        .sees("5 calls in the Context Store, read-only");
    journey.keys("n").await;
    assert_eq!(
        journey.sandbox.executed().len(),
        before,
        "a no sends nothing"
    );
    journey
        .keys("xnames of<Enter>y")
        .await
        .sees("Fetched 32 names")
        .sees("6 calls");
    let sent = journey.sandbox.executed().split_off(before);
    let of_users: Vec<_> = sent
        .iter()
        .filter(|call| call["entity"] == "users")
        .collect();
    assert_eq!((sent.len(), of_users.len()), (5, 1), "one call an entity");
    assert_eq!(of_users[0]["action"], "context_store_search");
    assert_eq!(
        of_users[0]["params"]["query"]["filter"]["in"]["id"]
            .as_array()
            .map(Vec::len),
        Some(16)
    );
    journey
        .keys("l")
        .await
        .sees("assignee_id: 1001 · Ada Quill")
        .sees("organization_id: 1001 · Alpenpost Cooperative")
        .sees("tickets › list");
    journey.keys("v").await.sees("1002 · Bruno Okafor");
    // What the next page needs is known for the most part.
    journey.keys("]l").await.sees("1005 · Elif Marsh");
    assert_eq!(journey.sandbox.executed().len(), before + 6);
    // Esc stops fetching the rest.
    let gate = journey.sandbox.hold_after(RequestKind::Execute, 0);
    journey
        .hurry("xnames of<Enter>y<Esc>")
        .await
        .sees("Stopped fetching names");
    gate.release();
    // The file has the body as it came.
    journey.keys("s").await.sees("Saved");
    let saved = std::fs::read_dir(folder.path()).unwrap().next().unwrap();
    let saved = std::fs::read_to_string(saved.unwrap().path()).unwrap();
    assert!(saved.contains("1005") && !saved.contains("Elif Marsh"));
    journey.keys("#").await.sees_not("Elif Marsh");
}
