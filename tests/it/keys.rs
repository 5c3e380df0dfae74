//! `docs/keys.md` has every key, in the words of the key table, and the README names only keys that exist.

use airscope::app::keymap::Keymap;

fn document(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_page_of_keys_has_every_row_of_the_key_table() {
    let page = document("docs/keys.md");
    let manual = Keymap::default().manual();
    for line in manual.lines().filter(|line| !line.is_empty()) {
        assert!(
            page.contains(line),
            "docs/keys.md lacks the line:\n{line}\n\nThe whole table:\n{manual}"
        );
    }
    let keys = manual.lines().filter(|line| line.starts_with("| `"));
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    assert_eq!(
        rows.count(),
        keys.count(),
        "docs/keys.md has rows that are not in the key table"
    );
}

/// Returns the keys in the first cell of each row of a table of keys.
fn keys_named(document: &str) -> Vec<&str> {
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row[2..].split(" | ").next().unwrap());
    cells
        .flat_map(|cell| cell.split([' ', '`']).filter(|key| !key.is_empty()))
        .collect()
}

#[test]
fn the_readme_names_only_keys_that_exist() {
    let readme = document("README.md");
    let start = readme.find("## Keys").unwrap();
    let section = readme[start..].split("\n## ").next().unwrap();
    let manual = Keymap::default().manual();
    let known = keys_named(&manual);
    let named = keys_named(section);
    assert!(named.len() >= 10, "{named:?}");
    for key in named {
        assert!(known.contains(&key), "the README names the key {key}");
    }
}
