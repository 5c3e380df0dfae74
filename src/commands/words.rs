//! The words of a command line, brought into the order in which the parser understands them: a first word that is no command
//! makes all that follows a request, and flags count on either side of a command.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

use crate::text::similar::nearest;

/// The flags that are answered wherever they stand, in place of a command.
const ANSWERED: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// A command line after its first word was found.
pub(super) struct Words {
    /// The words in the parser's order.
    pub(super) ordered: Vec<OsString>,
    /// The command that the first word is similar to, where it is no command itself.
    pub(super) similar: Option<String>,
}

/// Brings words into the parser's order; the first one is the program's name.
pub(super) fn ordered(words: Vec<OsString>, parser: &Command) -> Words {
    let mut rest = words.clone().into_iter();
    let program: Vec<OsString> = rest.next().into_iter().collect();
    let mut flags = Vec::new();
    let first = loop {
        match rest.next() {
            None => return unchanged(words),
            Some(word) if word == "--" => break None,
            Some(word) if is_flag(&word) => take_flag(word, &mut rest, &mut flags, parser),
            Some(word) => break Some(word),
        }
    };
    let Some(first) = first else {
        // What follows is no command, as it says.
        return unchanged(words);
    };
    let names = || parser.get_subcommands().map(Command::get_name);
    let is_command = |name: &str| first == OsStr::new(name);
    if is_command("help") {
        return unchanged(words);
    }
    if names().any(is_command) {
        let is_answered = |flag: &OsString| ANSWERED.iter().any(|own| flag == own);
        let (answered, flags): (Vec<_>, Vec<_>) = flags.into_iter().partition(is_answered);
        let parts = [program, answered, vec![first], flags, rest.collect()];
        return unchanged(parts.concat());
    }
    let similar = first.to_str().and_then(|word| nearest(word, names()));
    let similar = similar.map(str::to_owned);
    let mut request = vec![first];
    while let Some(word) = rest.next() {
        if word == "--" {
            request.extend(rest.by_ref());
        } else if is_flag(&word) {
            take_flag(word, &mut rest, &mut flags, parser);
        } else {
            request.push(word);
        }
    }
    Words {
        ordered: [program, flags, vec![OsString::from("--")], request].concat(),
        similar,
    }
}

fn unchanged(words: Vec<OsString>) -> Words {
    Words {
        ordered: words,
        similar: None,
    }
}

/// Returns whether a word is a flag; `-` alone stands for standard input.
fn is_flag(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.len() > 1 && bytes.starts_with(b"-")
}

/// Takes a flag, and its value where that is the next word.
fn take_flag(
    flag: OsString,
    rest: &mut impl Iterator<Item = OsString>,
    flags: &mut Vec<OsString>,
    parser: &Command,
) {
    let value = if takes_next_word(&flag, parser) {
        rest.next()
    } else {
        None
    };
    flags.push(flag);
    flags.extend(value);
}

/// Returns whether the value of a flag is the next word.
fn takes_next_word(flag: &OsStr, parser: &Command) -> bool {
    let Some(flag) = flag.to_str() else {
        return false;
    };
    if let Some(long) = flag.strip_prefix("--") {
        return takes_value(parser, &|argument| argument.get_long() == Some(long));
    }
    // Of several letters, the first one that takes a value takes the rest of them, if there is a rest.
    let mut letters = flag.chars().skip(1);
    let takes =
        |letter: char| takes_value(parser, &|argument| argument.get_short() == Some(letter));
    letters.any(takes) && letters.next().is_none()
}

/// Returns whether an argument of the program, or of one of its commands, takes a value.
fn takes_value(parser: &Command, is_it: &dyn Fn(&Arg) -> bool) -> bool {
    let of_commands = parser.get_subcommands().flat_map(Command::get_arguments);
    parser
        .get_arguments()
        .chain(of_commands)
        .any(|argument| is_it(argument) && argument.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Arguments;
    use super::ordered;

    fn check(words: &str, expected: &str) {
        let words = format!("airscope {words}");
        let words = words.split(' ').map(Into::into).collect();
        let ordered = ordered(words, &Arguments::command()).ordered;
        let ordered: Vec<_> = ordered.iter().filter_map(|word| word.to_str()).collect();
        assert_eq!(ordered.join(" "), format!("airscope {expected}"));
    }

    #[test]
    fn a_first_word_that_is_no_command_makes_a_request_of_all_that_follows() {
        check("notion pages list", "-- notion pages list");
        check(
            "zendesk-support attachments download -p attachment_id=1",
            "-p attachment_id=1 -- zendesk-support attachments download",
        );
        check(
            "--demo notion --dir call pages -pa=1 list --read-only",
            "--demo --dir call -pa=1 --read-only -- notion pages list",
        );
        check("notion -- -p pages", "-- notion -p pages");
        check("-- call", "-- call");
    }

    #[test]
    fn flags_before_a_command_count_for_it() {
        check("--demo connectors --json", "connectors --demo --json");
        check(
            "-p owner=acme --demo-scenario normal call github issues list --demo",
            "call -p owner=acme --demo-scenario normal github issues list --demo",
        );
        check("--version call", "--version call");
        check("--demo help call", "--demo help call");
        check("--demo", "--demo");
    }

    #[test]
    fn the_command_that_a_word_is_similar_to_is_named() {
        let similar = |word: &str| {
            let words = vec!["airscope".into(), word.into()];
            ordered(words, &Arguments::command()).similar
        };
        assert_eq!(similar("conectors").as_deref(), Some("connectors"));
        assert_eq!(similar("call"), None);
        assert_eq!(similar("notion"), None);
    }
}
