//! The README tells of every key, in the words of the key table.

use airscope::app::keymap::Keymap;

#[test]
fn the_readme_has_every_row_of_the_key_table() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for line in Keymap::default()
        .manual()
        .lines()
        .filter(|line| !line.is_empty())
    {
        assert!(
            readme.contains(line),
            "README.md lacks the line:\n{line}\n\nThe whole table:\n{}",
            Keymap::default().manual()
        );
    }
}
