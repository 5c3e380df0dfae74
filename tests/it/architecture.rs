//! Who may import whom, what each module must not contain, how the state of the screen is
//! divided, and whether the documents name what exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a shell command may import that opens the terminal interface.
const OPENS_THE_SCREEN: &[&str] = &["app", "runtime", "text", "domain", "catalog", "store"];

/// Module, what it may import from the crate, what it must not contain. A file of a module may have a rule of its own.
const RULES: &[(&str, &[&str], &[&str])] = &[
    (
        "text",
        &[],
        &["tokio", "ratatui", "std::fs", "Instant::now"],
    ),
    (
        "json",
        &["text"],
        &["tokio", "ratatui", "std::fs", "Instant::now"],
    ),
    (
        "domain",
        &["text"],
        &[
            "tokio",
            "ratatui",
            "std::fs",
            "std::net::Tcp",
            "Instant::now",
            "SystemTime::now",
        ],
    ),
    ("sandbox", &[], &["ratatui", "crossterm"]),
    ("catalog", &["domain"], &["tokio", "ratatui", "std::fs"]),
    (
        "envelope",
        &["text", "domain", "json"],
        &["tokio", "ratatui", "std::fs", "Instant::now"],
    ),
    (
        "paging",
        &["text", "domain", "json", "envelope"],
        &["tokio", "ratatui", "std::fs", "Instant::now"],
    ),
    (
        "attachments",
        &["domain", "json", "catalog", "envelope"],
        &[
            "tokio",
            "ratatui",
            "std::fs",
            "SystemTime::now",
            "Instant::now",
        ],
    ),
    (
        "names",
        &[
            "text",
            "domain",
            "json",
            "catalog",
            "envelope",
            "attachments",
        ],
        &[
            "tokio",
            "ratatui",
            "std::fs",
            "SystemTime::now",
            "Instant::now",
        ],
    ),
    (
        "decode",
        &["domain"],
        &[
            "tokio",
            "ratatui",
            "std::fs",
            "SystemTime::now",
            "Instant::now",
        ],
    ),
    ("api", &["text", "domain"], &["ratatui", "crossterm"]),
    (
        "download",
        &["text", "domain", "api", "files"],
        &["ratatui", "crossterm"],
    ),
    (
        "each",
        &["text", "domain", "json", "envelope", "paging", "api"],
        &["ratatui", "crossterm", "std::fs"],
    ),
    (
        "app",
        &[
            "text",
            "domain",
            "json",
            "catalog",
            "envelope",
            "paging",
            "decode",
            "attachments",
            "names",
        ],
        &[
            "tokio",
            "reqwest",
            "std::fs",
            "Instant::now",
            "Frame",
            "Buffer",
            "Rect",
        ],
    ),
    (
        "ui",
        &[
            "app",
            "text",
            "domain",
            "json",
            "envelope",
            "paging",
            "attachments",
        ],
        &["&mut App", "async ", "std::fs", "tokio", "Instant::now"],
    ),
    (
        "runtime",
        &[
            "app",
            "ui",
            "text",
            "domain",
            "json",
            "jq",
            "catalog",
            "envelope",
            "paging",
            "attachments",
            "names",
            "api",
            "download",
            "each",
            "export",
            "store",
        ],
        &[],
    ),
    (
        "store",
        &["text", "domain", "paging", "files"],
        &["reqwest", "ratatui", "crossterm"],
    ),
    (
        "export",
        &["text", "domain", "json", "paging", "envelope", "files"],
        &["ratatui", "crossterm", "tokio"],
    ),
    (
        "commands",
        &[
            "text",
            "domain",
            "json",
            "catalog",
            "envelope",
            "paging",
            "attachments",
            "api",
            "each",
            "download",
            "export",
            "store",
            "files",
            "log",
            "settings",
            "sandbox",
        ],
        &["ratatui", "crossterm"],
    ),
    // The two commands that open the terminal interface.
    ("commands/open", OPENS_THE_SCREEN, &["ratatui", "crossterm"]),
    (
        "commands/screen",
        OPENS_THE_SCREEN,
        &["ratatui", "crossterm"],
    ),
    // The process that runs jq filters knows nothing of the rest.
    ("jq", &[], &["tokio", "ratatui", "crossterm", "reqwest"]),
    (
        "settings",
        &["text", "domain"],
        &["clap", "ratatui", "tokio"],
    ),
    ("log", &["text", "domain", "files"], &["ratatui", "tokio"]),
    ("files", &["text", "domain"], &["ratatui", "tokio"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What a fuzzer was built into is not ours.
        if path.is_dir() && path.file_name().is_some_and(|name| name == "target") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the code of a file without its tests and without comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap()
        .to_owned();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_test(path: &Path) -> bool {
    let inside = path.strip_prefix(root()).unwrap();
    let folder = inside.parent().unwrap();
    let is_in_folder = folder.iter().any(|name| name == "tests");
    is_in_folder
        || path.file_name().is_some_and(|name| {
            matches!(
                name.to_str(),
                Some("tests.rs" | "properties.rs" | "families.rs" | "contradictions.rs")
            )
        })
}

/// Returns the module of the crate that a file belongs to.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Returns the name that a rule for a single file has: its path inside `src`, without the extension.
fn own_rule_name(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    inside.with_extension("").to_string_lossy().into_owned()
}

/// Returns the modules of the crate that a text names: `crate::a`, `crate::{a, b}`.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let names: Vec<&str> = match part.strip_prefix('{') {
            Some(list) => list
                .split('}')
                .next()
                .unwrap()
                .split(',')
                .map(|name| name.split("::").next().unwrap())
                .collect(),
            None => vec![part],
        };
        for name in names {
            let word: String = name
                .trim()
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect();
            found.insert(word);
        }
    }
    found
}

/// Returns the path that leads from a file to the root of the crate without naming it.
fn above_its_module(path: &Path) -> String {
    let inside = path
        .strip_prefix(root().join("src"))
        .unwrap()
        .with_extension("");
    let depth = inside.iter().filter(|part| *part != "mod").count();
    "super::".repeat(depth)
}

#[test]
fn modules_import_only_what_the_plan_allows() {
    for path in files(&root().join("src"))
        .iter()
        .filter(|path| !is_test(path))
    {
        let module = module_of(path);
        if module == "main" || module == "lib" {
            continue;
        }
        let own = own_rule_name(path);
        let (_, allowed, forbidden) = RULES
            .iter()
            .find(|(name, ..)| *name == own)
            .or_else(|| RULES.iter().find(|(name, ..)| *name == module))
            .unwrap_or_else(|| panic!("{module} is not in the plan"));
        let code = code(path);
        let climb = above_its_module(path);
        assert!(
            !code.contains(&climb),
            "{} imports by `{climb}`, which no rule sees",
            path.display()
        );
        for name in named(&code) {
            assert!(
                name == module || allowed.contains(&name.as_str()),
                "{} imports {name}, which {module} may not",
                path.display()
            );
        }
        for word in *forbidden {
            let found = code
                .split(|character: char| {
                    !character.is_alphanumeric() && !"_:& ".contains(character)
                })
                .any(|part| {
                    if word.chars().all(char::is_alphanumeric) {
                        part.split([' ', ':', '&']).any(|piece| piece == *word)
                    } else {
                        part.contains(word)
                    }
                });
            assert!(!found, "{} contains {word}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_lives_in_it() {
    for path in files(&root().join("src"))
        .iter()
        .chain(&files(&root().join("tests")))
    {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not say what lives in it",
            path.display()
        );
    }
}

#[test]
fn the_program_does_not_panic_on_purpose() {
    for path in files(&root().join("src"))
        .iter()
        .filter(|path| !is_test(path))
    {
        let code = code(path);
        for word in [
            ".unwrap()",
            ".expect(",
            "panic!(",
            "todo!(",
            "unimplemented!(",
            "dbg!(",
            "unsafe {",
        ] {
            assert!(!code.contains(word), "{} contains {word}", path.display());
        }
    }
}

#[test]
fn the_rules_find_what_they_look_for() {
    assert_eq!(
        named("use crate::app::App; use crate::{ui, api::Client};")
            .into_iter()
            .collect::<Vec<_>>(),
        ["api", "app", "ui"]
    );
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let tests: String = files(&root().join("src"))
        .iter()
        .chain(&files(&root().join("tests")))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (promises, _) = text.split_once("## Known limits").unwrap();
    for promise in promises.split("\n- ").skip(1) {
        let promise = promise.split("\n\n").next().unwrap();
        let named: Vec<&str> = promise
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.contains("::"))
            .collect();
        assert!(
            !named.is_empty() && promise.ends_with("`)"),
            "no test holds this: {promise}"
        );
        for name in named {
            let own = name.rsplit("::").next().unwrap();
            assert!(
                tests.contains(&format!("fn {own}(")),
                "`{name}` is not there"
            );
        }
    }
}

/// Returns the paths that a document names between back-ticks: those of Rust files and of folders. Blocks of code are
/// left out.
fn paths_named(document: &str) -> Vec<&str> {
    let outside = document.split("```").step_by(2);
    let quoted = outside.flat_map(|text| text.split('`').skip(1).step_by(2));
    quoted
        .filter(|name| name.ends_with(".rs") || name.ends_with('/'))
        .collect()
}

#[test]
fn every_file_that_the_docs_name_exists() {
    let document = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let named = paths_named(&document);
    assert!(!named.is_empty(), "the document names no file");
    let missing: Vec<&str> = named
        .into_iter()
        .filter(|path| {
            let whole = root().join(path);
            if path.ends_with('/') {
                !whole.is_dir()
            } else {
                !whole.is_file()
            }
        })
        .collect();
    assert_eq!(
        missing,
        Vec::<&str>::new(),
        "docs/architecture.md names what is not there"
    );
}

#[test]
fn paths_are_found_outside_of_code_blocks() {
    let document =
        "See `src/a.rs` and `App`.\n```\n`src/b.rs` src/c/\n```\n| `src/d/` | `d.md` |\n";
    assert_eq!(paths_named(document), ["src/a.rs", "src/d/"]);
}

/// Returns the lines of a code that search the words of a message which the program wrote itself.
fn decided_by_words(code: &str) -> Vec<String> {
    const FIELDS: &[&str] = &["summary", "hint", "reason", "detail"];
    const SEARCHES: &[&str] = &["contains", "starts_with", "ends_with", "strip_prefix"];
    // On one line, so that a chain of calls is seen whole however it is broken.
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for statement in flat.split([';', '{', '}']) {
        let words: Vec<&str> = statement
            .split(|character: char| !character.is_alphanumeric() && character != '_')
            .filter(|word| !word.is_empty())
            .collect();
        let names = |names: &[&str]| words.iter().any(|word| names.contains(word));
        let compares = FIELDS.iter().any(|field| {
            ["==", "!="].iter().any(|sign| {
                statement.contains(&format!(".{field} {sign} "))
                    || statement.contains(&format!(".{field}() {sign} "))
            })
        });
        if names(FIELDS) && names(SEARCHES) || compares {
            found.push(statement.trim().to_owned());
        }
    }
    found
}

#[test]
fn nothing_is_decided_by_the_words_of_a_message() {
    for path in files(&root().join("src"))
        .iter()
        .filter(|path| !is_test(path) && module_of(path) != "sandbox")
    {
        assert_eq!(
            decided_by_words(&code(path)),
            Vec::<String>::new(),
            "{} decides by words: give the message a kind",
            path.display()
        );
    }
}

#[test]
fn decisions_by_words_are_found() {
    for example in [
        "if failure.hint.as_deref().is_some_and(|hint| hint.contains(\"press W\")) { open() }",
        "let choose = failure\n    .summary\n    .starts_with(\"Could\");",
        "document.fault().is_some_and(|fault| fault.reason.starts_with(\"unexpected\"))",
        "list.filter(|failure| failure.summary == said.text)",
    ] {
        assert_eq!(decided_by_words(example).len(), 1, "{example}");
    }
    for example in [
        "failure.code == Some(FailureCode::FileExists)",
        "names.contains(&name); failure.hint(\"Try again.\")",
    ] {
        assert!(decided_by_words(example).is_empty(), "{example}");
    }
}

/// The panes of the screen's state: none knows another.
const PANES: &[&str] = &["connectors", "request", "reply", "downloads"];

/// Returns the rooms of `app` that a file of it names: the first word below `app`.
fn rooms_named(path: &Path) -> BTreeSet<String> {
    let code = code(path);
    let inside = path.strip_prefix(root().join("src/app")).unwrap();
    let is_top = inside.components().count() == 1 || inside.ends_with("mod.rs");
    let mut prefixes = vec!["crate::app::"];
    if is_top && inside.components().count() <= 2 {
        prefixes.push("super::");
    }
    let mut found = BTreeSet::new();
    for prefix in prefixes {
        for part in code.split(prefix).skip(1) {
            let list = match part.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap(),
                None => part.split([';', ',', ' ', '\n']).next().unwrap(),
            };
            for name in list.split(',') {
                let name = name.trim().split("::").next().unwrap();
                let word =
                    name.split(|character: char| !character.is_alphanumeric() && character != '_');
                found.extend(
                    word.take(1)
                        .filter(|word| !word.is_empty())
                        .map(str::to_owned),
                );
            }
        }
    }
    found
}

/// Returns the room of `app` that a file is in; `None` for [`App`] itself.
fn room_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src/app")).unwrap();
    let first = inside.components().next().unwrap().as_os_str();
    let first = first.to_string_lossy().trim_end_matches(".rs").to_owned();
    (!["mod", "input", "mouse", "tests", "testing"].contains(&first.as_str())).then_some(first)
}

fn app_files() -> Vec<PathBuf> {
    let all = files(&root().join("src/app"));
    let is_tests = |path: &PathBuf| path.iter().any(|part| part == "tests") || is_test(path);
    all.into_iter().filter(|path| !is_tests(path)).collect()
}

#[test]
fn a_pane_names_neither_app_nor_another_pane() {
    for path in app_files() {
        let Some(room) = room_of(&path).filter(|room| PANES.contains(&room.as_str())) else {
            continue;
        };
        let named = rooms_named(&path);
        assert!(!named.contains("App"), "{} names App", path.display());
        assert!(
            !named.contains("popups"),
            "{} names a popup",
            path.display()
        );
        for other in PANES.iter().filter(|other| **other != room) {
            assert!(!named.contains(*other), "{} names {other}", path.display());
        }
    }
}

#[test]
fn there_is_no_circle_inside_app() {
    let mut edges: std::collections::BTreeMap<String, BTreeSet<String>> = Default::default();
    for path in app_files() {
        if let Some(room) = room_of(&path) {
            let mut named = rooms_named(&path);
            named.remove(&room);
            edges.entry(room).or_default().extend(named);
        }
    }
    // What names nothing that is left can be taken away; a circle stays.
    while let Some(room) = edges.iter().find_map(|(room, named)| {
        let is_free = !named.iter().any(|name| edges.contains_key(name));
        is_free.then(|| room.clone())
    }) {
        edges.remove(&room);
    }
    assert!(
        edges.is_empty(),
        "these rooms of app name each other in a circle: {edges:?}"
    );
}

#[test]
fn app_is_implemented_in_three_files_and_has_at_most_ten_fields() {
    for path in files(&root().join("src")) {
        let name = path
            .strip_prefix(root().join("src"))
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let has = code(&path)
            .lines()
            .any(|line| line.starts_with("impl App "));
        let may = ["app/mod.rs", "app/input.rs", "app/mouse.rs"].contains(&name.as_str());
        assert!(!has || may, "{name} has an impl App");
    }
    let code = code(&root().join("src/app/mod.rs"));
    let fields = code
        .split("pub struct App {")
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap();
    let count = fields.lines().filter(|line| line.contains(':')).count();
    assert!((1..=10).contains(&count), "App has {count} fields");
}

/// Returns each `match` of a code that is over popups, commands, messages or effects, as its first line and its length.
fn long_subjects(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !line.contains("match ") || !line.trim_end().ends_with('{') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let is_end = |line: &&str| {
            line.len() - line.trim_start().len() == indent && line.trim_start().starts_with('}')
        };
        let length = lines[at + 1..].iter().position(is_end).unwrap_or(0);
        let body = &lines[at + 1..at + 1 + length];
        let is_arm = |line: &&&str| {
            let line = line.trim_start().trim_start_matches("| ");
            line.len() - line.trim_start().len() == 0
                && ["Popup::", "Msg::", "Effect::"]
                    .iter()
                    .any(|word| line.starts_with(word))
                || line.split("::").next().is_some_and(|word| {
                    word.ends_with("Command") || word.ends_with("Msg") || word.ends_with("Effect")
                })
        };
        if body.iter().filter(is_arm).count() > 2 {
            found.push((line.trim().to_owned(), length + 2));
        }
    }
    found
}

#[test]
fn no_match_over_popups_commands_or_messages_is_long() {
    let mut seen = 0;
    for path in files(&root().join("src"))
        .iter()
        .filter(|path| !is_test(path))
    {
        for (first, length) in long_subjects(&code(path)) {
            seen += 1;
            assert!(
                length <= 60,
                "{}: `{first}` has {length} lines",
                path.display()
            );
        }
    }
    assert!(seen > 10, "the matches are found: {seen}");
}

#[test]
fn popups_are_told_apart_in_two_files() {
    for path in files(&root().join("src"))
        .iter()
        .filter(|path| !is_test(path))
    {
        let name = path
            .strip_prefix(root().join("src"))
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let is_arm = |line: &str| line.trim_start().starts_with("Popup::") && line.contains("=>");
        let has = code(path).lines().any(is_arm);
        let may = ["app/popups/mod.rs", "ui/popups/mod.rs"].contains(&name.as_str());
        assert!(!has || may, "{name} has a match over popups");
    }
}

#[test]
fn wildcards_over_enums_are_warned_of_where_states_are_kept() {
    for room in ["app", "runtime", "sandbox"] {
        let text = std::fs::read_to_string(root().join(format!("src/{room}/mod.rs"))).unwrap();
        assert!(text.contains("clippy::wildcard_enum_match_arm"), "{room}");
    }
}
