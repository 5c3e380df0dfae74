//! Reading replies and files: views, marks, filters, fields, paths.

use std::io::Write as _;

use airscope::app::session::Setup;

use crate::support::{Journey, opened};

const ISSUES: &str = "github issues list owner=acme repo=rocket per_page=10";

async fn issues() -> (tempfile::TempDir, Journey) {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    journey.keys("<F5>").await.sees("page 1 · 10 records");
    (folder, journey)
}

fn exported(folder: &tempfile::TempDir) -> String {
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn three_views_keep_the_record_and_the_field() {
    let (_folder, mut journey) = issues().await;
    // The third record's title, in the tree.
    journey
        .keys("jjl")
        .await
        .keys("ljjj")
        .await
        .sees(".result[2].title");
    journey
        .keys("v")
        .await
        .sees(".result[2].title")
        .sees("databaseId");
    journey
        .keys("l")
        .await
        .sees(".result[2].body")
        .keys("j")
        .await
        .sees(".result[3].body");
    journey
        .keys("v")
        .await
        .sees("\"databaseId\": 22,")
        .sees(".result[3].body");
    journey.keys("v").await.sees(".result[3].body").sees("▾ 3");
}

#[tokio::test]
async fn a_table_sorts_hides_moves_and_opens_beside() {
    let (_folder, mut journey) = issues().await;
    journey.keys("vll").await.sees(".result[0].number");
    journey
        .keys("O")
        .await
        .sees("Sorted by `number`, up")
        .sees("↑number");
    journey.keys("g").await.sees(".result[9].number");
    journey
        .keys("O")
        .await
        .sees("Sorted by `number`, down")
        .keys("g")
        .await
        .sees(".result[0].number");
    journey
        .keys("O")
        .await
        .sees("The order of the body again")
        .sees_not("↓number");
    journey
        .keys("-")
        .await
        .sees("`number` is hidden")
        .keys("+")
        .await
        .sees("Columns: Enter shows or hides")
        .sees("hidden");
    journey.keys("number<Enter><Esc>").await.sees("number");
    journey.keys("<Enter>").await.sees("│").sees("▾ author");
    journey.keys("yt").await.sees("Copied the table, 10 rows");
}

#[tokio::test]
async fn a_key_that_holds_a_dot_has_a_column_and_a_field_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collide.json");
    std::fs::write(
        &file,
        r#"[{"id":1,"a.b":"flat","a":{"b":"nested"}},{"id":2,"a.b":"flat2"}]"#,
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .keys("v")
        .await
        .sees(r#"["a.b"]"#)
        .sees("nested")
        .sees("flat2");
    journey
        .keys("l")
        .await
        .sees(r#"[0]["a.b"]"#)
        .keys("l")
        .await
        .sees("[0].a.b");
    journey.keys("yt").await.sees("Copied the table, 2 rows");
    assert_eq!(
        journey.app.reply.page().unwrap().tsv(None).0,
        "id\t[\"a.b\"]\ta.b\n1\tflat\tnested\n2\tflat2\t\n"
    );
    journey
        .keys("F")
        .await
        .sees(r#"["a.b"]"#)
        .keys("j<Enter>")
        .await
        .sees(r#"[0]["a.b"]"#);
    journey.keys("Fjjj<Enter>").await.sees("[0].a.b");
}

/// Opens a file with a record of so many fields behind one of two.
async fn wide(folder: &tempfile::TempDir, fields: usize) -> Journey {
    let file = folder.path().join("wide.json");
    let record = (0..fields)
        .map(|field| format!(r#""f{field}":{field}"#))
        .collect::<Vec<_>>()
        .join(",");
    std::fs::write(&file, format!(r#"[{{"id":1,"f1":2}},{{{record}}}]"#)).unwrap();
    opened(
        &file,
        Setup {
            folder: folder.path().join("out"),
            ..Setup::default()
        },
    )
    .await
}

#[tokio::test]
async fn a_table_has_all_columns_however_many() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = wide(&folder, 10_000).await;
    journey
        .keys("v")
        .await
        .sees("f10")
        .sees_not("without a column");
    let (text, rows) = journey.app.reply.page().unwrap().tsv(None);
    let widths: Vec<usize> = text.lines().map(|line| line.split('\t').count()).collect();
    assert_eq!((rows, widths), (2, vec![10_001; 3]));
    journey
        .keys("+f9999")
        .await
        .sees("Columns: Enter shows or hides")
        .sees("f9999");
    journey.keys("<Enter><Esc>").await;
    assert_eq!(
        journey
            .app
            .reply
            .page()
            .unwrap()
            .tsv(None)
            .0
            .lines()
            .next()
            .unwrap()
            .split('\t')
            .count(),
        10_000
    );
    // The last one, and back.
    for _ in 0..3 {
        journey.keys(&"l".repeat(40)).await;
    }
    journey
        .keys("j")
        .await
        .sees(".[1].f119")
        .sees("119")
        .keys("-")
        .await
        .sees("`f119` is hidden")
        .sees(".[1].f120");
    journey
        .keys(">")
        .await
        .sees("f121")
        .keys("E")
        .await
        .sees("2 records")
        .keys("jjj")
        .await
        .sees("id, f1, f0");
}

#[tokio::test]
async fn an_object_whole_has_its_cell_where_another_record_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("objects.json");
    std::fs::write(
        &file,
        r#"[{"a":{"b":{"c":1}}},{"a":null},{"a":{"b":false}}]"#,
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey.keys("v").await.sees("a.b.c");
    let rows: Vec<Vec<String>> = journey
        .screen()
        .lines()
        .filter(|line| line.contains('{'))
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    assert!(
        rows[0].join(" ").contains("1 {1} {1}") && rows[1].join(" ").contains("{1} false"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_table_says_how_many_fields_have_no_column() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = wide(&folder, 20_100).await;
    journey
        .keys("v")
        .await
        .sees("101 fields without a column")
        .keys("+")
        .await
        .sees("101 fields left out");
    journey
        .keys("<Esc>yt")
        .await
        .sees("Copied the table, 2 rows");
    assert_eq!(
        journey
            .app
            .reply
            .page()
            .unwrap()
            .tsv(None)
            .0
            .lines()
            .next()
            .unwrap()
            .split('\t')
            .count(),
        20_101,
        "copied all the same"
    );
}

#[tokio::test]
async fn an_export_of_the_screen_has_the_columns_of_all_records() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("late.ndjson");
    let lines: String = (0..3000).map(|id| format!("{{\"id\":{id}}}\n")).collect();
    std::fs::write(&file, lines + "{\"late\":true}\n").unwrap();
    let out = folder.path().join("out");
    let mut journey = opened(
        &file,
        Setup {
            folder: out.clone(),
            ..Setup::default()
        },
    )
    .await;
    journey
        .keys("vE")
        .await
        .keys("<Enter>csv<Enter>")
        .await
        .keys("y")
        .await
        .sees("Exported 3,001 records")
        .sees_not("left out");
    let text = std::fs::read_to_string(
        std::fs::read_dir(out)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path(),
    )
    .unwrap();
    assert!(
        text.starts_with("id,late\n0,\n") && text.ends_with("2999,\n,true\n"),
        "{}",
        &text[..40]
    );
    // The table has seen but some of the records; the list of columns has them all.
    journey.keys("+").await.sees("late");
}

#[tokio::test]
async fn marks_are_copied_and_exported() {
    let (folder, mut journey) = issues().await;
    journey
        .keys("<Space>")
        .await
        .sees("1 record marked")
        .sees("●▸ 0");
    journey
        .keys("jVjjV")
        .await
        .sees("4 records marked")
        .sees("●▸ 4");
    journey.keys("yr").await.sees("Copied 4 marked records");
    journey
        .keys("E")
        .await
        .sees("4 records of 1 page")
        .sees("what is marked")
        .keys("y")
        .await
        .sees("Exported 4 records");
    assert_eq!(exported(&folder).lines().count(), 4);
}

#[tokio::test]
async fn a_search_keeps_what_matches() {
    let (folder, mut journey) = issues().await;
    journey
        .keys("/landing<Enter>")
        .await
        .sees("Match 1 of")
        .sees("/landing");
    journey
        .keys("&")
        .await
        .sees("with a match")
        .sees_not("Crash on empty config");
    journey.keys("E").await.keys("y").await.sees("Exported");
    let kept = exported(&folder);
    assert!(
        kept.lines().count() < 10
            && kept
                .lines()
                .all(|line| line.to_lowercase().contains("landing")),
        "{kept}"
    );
    journey
        .keys("&")
        .await
        .sees("All is shown again")
        .sees("▸ 2");
    journey
        .keys("<Esc>/re:^RK_.*5$<Enter>")
        .await
        .sees("Match 1 of 1")
        .sees(".result[4].id");
    journey
        .keys("/re:(<Enter>")
        .await
        .sees("This is no regular expression");
    journey.keys("<Esc>jj*").await.sees("Match");
}

#[tokio::test]
async fn a_value_is_the_root_for_a_while() {
    let (_folder, mut journey) = issues().await;
    journey
        .keys("j.")
        .await
        .sees("This is the root now")
        .sees(".result[1].id");
    journey
        .keys("jj")
        .await
        .sees(".result[1].number")
        .keys("<BS>")
        .await
        .sees("2/10")
        .sees("▸ 2");
    journey.keys("<BS>").await.sees("This is the whole already");
}

#[tokio::test]
async fn a_jq_filter_runs_as_one_types() {
    let (folder, mut journey) = issues().await;
    journey.keys("|").await.sees("this page · Tab all pages");
    journey
        .keys("map(.number)")
        .await
        .sees("| map(.number)")
        .sees("10 values")
        .sees("142");
    journey
        .keys(" | nope")
        .await
        .sees("^ there is no")
        .sees("142");
    journey.keys("<Esc>").await.sees("page 1 · 10 records");
    journey
        .keys("|.[] | .title<Enter>")
        .await
        .sees("10 values")
        .sees("Crash on empty config")
        .sees("Esc goes back");
    journey
        .keys("E")
        .await
        .sees("what the filter gave")
        .keys("y")
        .await
        .sees("Exported 10 records");
    assert!(exported(&folder).starts_with("\"Crash on empty config\"\n"));
    journey.keys("<Esc>").await.sees("page 1 · 10 records");
    // Over all pages, and a filter that was kept.
    journey
        .keys("]")
        .await
        .sees("page 2")
        .keys("|<Up>")
        .await
        .sees("| .[] | .title");
    journey
        .keys("<Tab>")
        .await
        .sees("all pages as one list")
        .sees("20 values");
}

#[tokio::test]
async fn a_filter_that_asks_for_too_much_is_ended() {
    let (_folder, mut journey) = issues().await;
    // Which limit comes first depends on the machine.
    let ended = [
        "it needs more than 1 GiB of memory and was ended",
        "it ran for 5 s and was ended",
    ];
    journey.keys("|[range(1e12)]").await.sees_one_of(&ended);
    journey.keys("<Esc>|def f: f | f; f").await.sees_one_of(&[
        "it ran for 5 s and was ended",
        "it goes too deep and was ended",
    ]);
    journey.keys("<Esc>").await.sees("page 1 · 10 records");
}

#[tokio::test]
async fn fields_become_what_is_selected() {
    let (_folder, mut journey) = issues().await;
    journey
        .keys("F")
        .await
        .sees("of 10 records")
        .sees("author.login")
        .sees("100 %");
    journey
        .keys("<Space><Space>")
        .await
        .keys("s")
        .await
        .sees("2 fields in `select_fields`")
        .sees("id, databaseId");
    journey
        .keys("<F5>")
        .await
        .sees("10 records")
        .sees("{id: \"RK_2c031181000001\", databaseId: 1}");
    let sent = journey.sandbox.executed();
    assert_eq!(
        sent.last().unwrap()["select_fields"],
        serde_json::json!(["id", "databaseId"])
    );
}

#[tokio::test]
async fn one_goes_to_a_path() {
    let (_folder, mut journey) = issues().await;
    journey
        .keys("@")
        .await
        .sees("Go to a path")
        .sees("author.login");
    journey
        .keys("login<Enter>")
        .await
        .sees(".result[0].author.login");
    journey
        .keys("@.result[7].title<Enter>")
        .await
        .sees(".result[7].title");
    journey
        .keys("@.result[99].title<Enter>")
        .await
        .sees("There is no `.result[99].title` here");
}

#[tokio::test]
async fn what_the_service_cut_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.json");
    std::fs::write(
        &file,
        r#"[{"a":"begins... [truncated, 400 characters]"},{"a":"whole ... [truncated"}]"#,
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .keys("zR")
        .await
        .sees("✂ \"begins")
        .sees("a: \"whole");
    journey.keys("T").await.sees("This is a file");
}

#[tokio::test]
async fn what_was_cut_is_asked_for_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("normal", ISSUES, folder.path()).await;
    // The form says that strings may be cut.
    let rows = journey
        .app
        .request
        .form
        .rows
        .iter()
        .position(|row| row.name() == "skip_truncation")
        .unwrap();
    journey
        .keys(&"j".repeat(rows))
        .await
        .keys("<Enter>false<Enter><F5>")
        .await
        .sees("page 1 · 10 records");
    assert_eq!(
        journey.sandbox.executed().last().unwrap()["skip_truncation"],
        false
    );
    let calls = journey.sandbox.executed().len();
    journey.keys("T").await.sees("page 1 · 10 records");
    let sent = journey.sandbox.executed();
    assert_eq!(
        (sent.len(), &sent.last().unwrap()["skip_truncation"]),
        (calls + 1, &serde_json::json!(true))
    );
    journey
        .keys("T")
        .await
        .sees("Strings were received whole already");
    assert_eq!(journey.sandbox.executed().len(), calls + 1);
}

#[tokio::test]
async fn a_string_opens_with_what_is_wrapped_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    std::fs::write(
        &file,
        r#"{"cursor":"eyJhZnRlciI6NDJ9","at":1735689600,"text":"line one\nline two"}"#,
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .keys("<Enter>")
        .await
        .sees(".cursor")
        .sees("\"after\": 42");
    journey.keys("<Esc>j<Enter>").await.sees("2025-01-01");
    journey.keys("<Esc>j<Enter>").await.sees("line one");
}

#[tokio::test]
async fn files_of_every_kind_are_opened_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines.ndjson");
    std::fs::write(&file, "{\"id\":1}\n{\"id\":2}\n").unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .sees("lines.ndjson")
        .sees("2 records")
        .keys("jl")
        .await
        .sees(".[1]");
    std::fs::write(&file, "{\"id\":1}\n{\"id\":2}\n{\"id\":3,\"late\":true}\n").unwrap();
    journey
        .keys("<F5>")
        .await
        .sees("3 records")
        .keys("vv")
        .await
        .sees("\"late\": true")
        .keys("zp")
        .await
        .sees("{\"id\":3,\"late\":true}");
    journey
        .keys("W")
        .await
        .sees("This is a file: there is no service behind it");
    // A reply that was saved, as gzip.
    let zipped = folder.path().join("reply.json.gz");
    let mut encoder = flate2::write::GzEncoder::new(
        std::fs::File::create(&zipped).unwrap(),
        flate2::Compression::fast(),
    );
    encoder
        .write_all(br#"{"status":"success","result":[{"id":7}],"connector_metadata":null}"#)
        .unwrap();
    encoder.finish().unwrap();
    opened(&zipped, Setup::default())
        .await
        .sees("1 record")
        .sees("{id: 7}");
    // What cannot be read says why.
    opened(&folder.path().join("none.json"), Setup::default())
        .await
        .sees("Could not read");
    opened(folder.path(), Setup::default())
        .await
        .sees("is a folder");
    std::fs::write(&file, "{\"a\":[1,2").unwrap();
    opened(&file, Setup::default())
        .await
        .sees("The body breaks off")
        .keys("zR")
        .await
        .sees("a: [2]");
    std::fs::write(&file, "").unwrap();
    opened(&file, Setup::default())
        .await
        .sees("The body is empty");
}

#[tokio::test]
async fn what_broke_off_is_read_filtered_and_counted_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.json");
    std::fs::write(
        &file,
        r#"{"status":"success","result":[{"id":1,"t":"a"},{"id":2,"t":"b"},{"id":3"#,
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .sees("The body breaks off")
        .keys("|map(.id)")
        .await
        .sees("1")
        .sees("2")
        .sees_not("not JSON");
    journey
        .keys("<Esc>F")
        .await
        .sees("fields of 2 records")
        .keys("<Esc>")
        .await;
    std::fs::write(&file, "{\"a\":1} garbage").unwrap();
    journey
        .keys("<F5>")
        .await
        .sees("Not all of it is JSON: unexpected text after the end at line 1, column 9");
    // A gzip file that was cut gives what it holds.
    let zipped = folder.path().join("cut.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(&b"[1,2,3,".repeat(400)).unwrap();
    let bytes = encoder.finish().unwrap();
    std::fs::write(&zipped, &bytes[..bytes.len() / 2]).unwrap();
    opened(&zipped, Setup::default()).await.sees("not whole");
    opened(&zipped, Setup::default())
        .await
        .keys("<Esc>")
        .await
        .sees("There is nothing to go back to")
        .sees("not whole");
}

#[tokio::test]
async fn the_cursor_leaves_a_column_that_is_hidden() {
    let (_folder, mut journey) = issues().await;
    journey
        .keys("vll")
        .await
        .sees(".result[0].number")
        .keys("-")
        .await
        .sees("`number` is hidden")
        .sees(".result[0].title");
    journey.keys("O").await.sees("Sorted by `title`");
}

#[tokio::test]
async fn a_filter_that_was_kept_comes_back() {
    let (_folder, mut journey) = issues().await;
    journey.keys("|map(.number)<Enter>").await.sees("10 values");
    journey
        .keys("| | length")
        .await
        .sees("1 value ")
        .keys("<Esc>")
        .await
        .sees("10 values")
        .sees("142");
    journey
        .keys("E")
        .await
        .sees("10 values. That is what the filter gave")
        .sees("-filtered")
        .keys("<Esc>")
        .await;
    journey.keys("<Esc>").await.sees("page 1 · 10 records");
}

#[tokio::test]
async fn text_that_goes_on_to_the_right_follows_the_cursor() {
    let (_folder, mut journey) = issues().await;
    journey
        .keys("G")
        .await
        .keys("vvzp<Enter>")
        .await
        .sees("RK_2c031181000010")
        .keys("l")
        .await
        .sees("Time zone of the village");
    journey.keys("/re:Time zone<Enter>").await.sees("Time zone");
    journey
        .keys("/re:(<Enter>")
        .await
        .sees("This is no regular expression")
        .sees("re:(");
}

#[tokio::test]
async fn what_belongs_to_one_page_stays_there() {
    let (folder, mut journey) = issues().await;
    // Only matches are kept on page one; page two and page one again show all.
    journey
        .keys("/landing<Enter>")
        .await
        .keys("&")
        .await
        .sees("with a match");
    journey
        .keys("]")
        .await
        .sees("page 2 · 10 records")
        .keys("[zM")
        .await
        .sees("▸ 9");
    journey
        .keys("E")
        .await
        .sees("20 records of 2 pages")
        .keys("<Esc>")
        .await;
    // A range begun on one page is not ended on another.
    journey
        .keys("V]")
        .await
        .sees_not("marking")
        .keys("<Space>")
        .await
        .sees("1 record marked");
    journey.keys("<Space>k").await;
    // Matches of one page are no matches of another.
    journey
        .keys("[/crash<Enter>")
        .await
        .sees("Match 1 of")
        .keys("]n")
        .await
        .sees_one_of(&["Nothing is searched for", "made elsewhere"]);
    drop(folder);
}

#[tokio::test]
async fn an_order_belongs_to_what_was_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nested.json");
    std::fs::write(
        &file,
        r#"[{"n":2,"in":[{"m":3},{"m":1}]},{"n":1,"in":[]},{"n":9007199254740993,"in":[]},{"n":9007199254740992,"in":[]}]"#,
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .keys("vO")
        .await
        .sees("Sorted by `n`, up")
        .keys("g")
        .await
        .sees(".[1].n")
        .keys("G")
        .await
        .sees(".[2].n");
    // The first record's list becomes the root: its own order, its own columns.
    journey
        .keys("vvg")
        .await
        .keys("ljj.")
        .await
        .sees("This is the root now")
        .keys("v")
        .await
        .sees("3")
        .sees_not("9007199254740993");
    journey.keys("<BS>").await.sees("9007199254740993");
}

#[tokio::test]
async fn a_filter_is_typed_over_what_comes() {
    let (_folder, mut journey) = issues().await;
    journey
        .hurry("]|map(.number)")
        .await
        .sees("| map(.number)")
        .sees("132");
    journey
        .keys("<Enter>v<Esc>")
        .await
        .sees("page 2 · 10 records");
    journey
        .keys("u|.[0].title")
        .await
        .sees("Retry upload when the relay is busy")
        .keys("<Esc>")
        .await;
    journey.keys("ttt|").await.sees("This is for the reply");
}

#[tokio::test]
async fn a_bar_of_times_shows_the_records_that_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("times.ndjson");
    let rows = (0..48).map(|hour| {
        let between = if hour % 2 == 0 { ' ' } else { 'T' };
        let (day, hour) = (hour / 24 + 1, hour % 24);
        format!("{{\"t\":\"2024-01-{day:02}{between}{hour:02}:00:00\"}}\n")
    });
    std::fs::write(&file, rows.collect::<String>()).unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    journey
        .keys("F")
        .await
        .sees("1 field of 48 records")
        .keys("<Tab>jj<Enter>")
        .await
        .sees("12 values")
        .sees("2024-01-02 00:00:00");
}
