//! What the JSON editor knows of JSON while one types: where a text stops being JSON, how it is indented and closed,
//! which names may follow, which colour each piece has. Pure: text in, text out.

use std::borrow::Cow;
use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

use bytes::Bytes;

use crate::app::widgets::text_field::Change;
use crate::domain::call::JsonText;
use crate::json::document::Document;
use crate::json::pretty;
use crate::json::rows::Role;
use crate::json::steps::Step;

/// The columns of a level.
const INDENT: usize = 2;

/// Where a text stops being JSON. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What JSON has there.
    pub expected: &'static str,
}

impl Broken {
    /// Returns it in words, the place first.
    pub fn words(&self) -> String {
        format!("{}:{}: expected {}", self.line, self.column, self.expected)
    }
}

/// Returns where a text stops being JSON; `None` if it is JSON.
pub fn broken(text: &str) -> Option<Broken> {
    let checker = Checker {
        rest: text.chars().peekable(),
        line: 1,
        column: 1,
        open: Vec::new(),
    };
    checker.run().err()
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    Value,
    /// A value, or the end of the array that has just begun.
    FirstItem,
    /// A name, or the end of the object that has just begun.
    FirstName,
    Name,
    Colon,
    /// What follows a value.
    Rest,
}

/// A bracket that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Object,
    Array,
}

struct Checker<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    column: usize,
    open: Vec<Bracket>,
}

impl Checker<'_> {
    fn run(mut self) -> Result<(), Broken> {
        let mut expects = Expects::Value;
        loop {
            while self
                .rest
                .peek()
                .is_some_and(|next| " \t\r\n".contains(*next))
            {
                self.take();
            }
            let Some(next) = self.rest.peek().copied() else {
                let is_over = expects == Expects::Rest && self.open.is_empty();
                return if is_over {
                    Ok(())
                } else {
                    Err(self.fault(expects))
                };
            };
            expects = match (expects, next) {
                (Expects::Value | Expects::FirstItem, '{') => self.opened(Bracket::Object),
                (Expects::Value | Expects::FirstItem, '[') => self.opened(Bracket::Array),
                (Expects::Value | Expects::FirstItem, _) if next != ']' => {
                    self.scalar(next)?;
                    Expects::Rest
                }
                (Expects::FirstItem, ']') | (Expects::FirstName, '}') => self.closed(),
                (Expects::FirstName | Expects::Name, '"') => {
                    self.string()?;
                    Expects::Colon
                }
                (Expects::Colon, ':') => {
                    self.take();
                    Expects::Value
                }
                (Expects::Rest, _) => match (self.open.last(), next) {
                    (Some(Bracket::Object), '}') | (Some(Bracket::Array), ']') => self.closed(),
                    (Some(Bracket::Object), ',') => {
                        self.take();
                        Expects::Name
                    }
                    (Some(Bracket::Array), ',') => {
                        self.take();
                        Expects::Value
                    }
                    (Some(Bracket::Object | Bracket::Array) | None, _) => {
                        return Err(self.fault(expects));
                    }
                },
                (
                    Expects::Value
                    | Expects::FirstItem
                    | Expects::FirstName
                    | Expects::Name
                    | Expects::Colon,
                    _,
                ) => return Err(self.fault(expects)),
            };
        }
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn opened(&mut self, bracket: Bracket) -> Expects {
        self.take();
        self.open.push(bracket);
        match bracket {
            Bracket::Object => Expects::FirstName,
            Bracket::Array => Expects::FirstItem,
        }
    }

    fn closed(&mut self) -> Expects {
        self.take();
        self.open.pop();
        Expects::Rest
    }

    fn here(&self, expected: &'static str) -> Broken {
        Broken {
            line: self.line,
            column: self.column,
            expected,
        }
    }

    fn fault(&self, expects: Expects) -> Broken {
        self.here(match (expects, self.open.last()) {
            (Expects::Value, _) => "a value",
            (Expects::FirstItem, _) => "a value or `]`",
            (Expects::FirstName, _) => "a name in quotes or `}`",
            (Expects::Name, _) => "a name in quotes",
            (Expects::Colon, _) => "`:`",
            (Expects::Rest, Some(Bracket::Object)) => "`,` or `}`",
            (Expects::Rest, Some(Bracket::Array)) => "`,` or `]`",
            (Expects::Rest, None) => "nothing after the value",
        })
    }

    fn scalar(&mut self, first: char) -> Result<(), Broken> {
        match first {
            '"' => self.string(),
            '-' | '0'..='9' => self.number(),
            _ => {
                let fault = if first.is_alphanumeric() || "'`“„".contains(first) {
                    self.here("a value; a text stands in double quotes")
                } else {
                    self.here("a value")
                };
                let mut word = String::new();
                while let Some(next) = self.rest.peek().copied().filter(char::is_ascii_lowercase) {
                    word.push(next);
                    self.take();
                }
                match word.as_str() {
                    "true" | "false" | "null" => Ok(()),
                    _ => Err(fault),
                }
            }
        }
    }

    fn string(&mut self) -> Result<(), Broken> {
        self.take();
        loop {
            let escape = self.here("an escape such as `\\n`, or `\\\\`");
            match self.rest.peek() {
                None | Some('\n') => return Err(self.here("`\"` at the end of the text")),
                Some('\t') => return Err(self.here("`\\t` for a tab")),
                Some(next) if *next < ' ' => return Err(escape),
                Some(_) => {}
            }
            match self.take() {
                Some('"') => return Ok(()),
                Some('\\') => match self.take() {
                    Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {}
                    Some('u') => {
                        for _ in 0..4 {
                            let is_hex = self.rest.peek().is_some_and(char::is_ascii_hexdigit);
                            if !is_hex {
                                return Err(self.here("four hexadecimal digits after `\\u`"));
                            }
                            self.take();
                        }
                    }
                    Some(_) | None => return Err(escape),
                },
                Some(_) | None => {}
            }
        }
    }

    fn digits(&mut self) -> usize {
        let mut count = 0;
        while self.rest.peek().is_some_and(char::is_ascii_digit) {
            self.take();
            count += 1;
        }
        count
    }

    fn number(&mut self) -> Result<(), Broken> {
        let fault = self.here("a number such as 0.5 or -1e9");
        let is_next = |own: &mut Self, characters: &str| {
            let is_it = own
                .rest
                .peek()
                .is_some_and(|next| characters.contains(*next));
            is_it.then(|| own.take()).is_some()
        };
        is_next(self, "-");
        if !is_next(self, "0") && self.digits() == 0 {
            return Err(fault);
        }
        if is_next(self, ".") && self.digits() == 0 {
            return Err(fault);
        }
        if is_next(self, "eE") {
            is_next(self, "+-");
            if self.digits() == 0 {
                return Err(fault);
            }
        }
        Ok(())
    }
}

/// Returns the pieces of a line with their colours. A string of JSON ends on its line, so each line stands for itself.
pub fn pieces(line: &str) -> Vec<(Option<Role>, Range<usize>)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let rest = &line[at..];
        let run = |is_part: fn(char) -> bool| rest.find(|own| !is_part(own)).unwrap_or(rest.len());
        let (role, length) = match first {
            '"' => {
                let length = string_length(rest);
                let is_name = rest[length..].trim_start().starts_with(':');
                (Some(if is_name { Role::Key } else { Role::String }), length)
            }
            '{' | '}' | '[' | ']' | ',' | ':' => (Some(Role::Punctuation), 1),
            '-' | '0'..='9' => {
                let is_part = |own: char| own.is_ascii_alphanumeric() || "+-.".contains(own);
                (Some(Role::Number), run(is_part))
            }
            _ if first.is_alphabetic() => {
                let length = run(char::is_alphanumeric);
                let is_literal = matches!(&rest[..length], "true" | "false" | "null");
                (is_literal.then_some(Role::Literal), length)
            }
            _ => (None, first.len_utf8()),
        };
        pieces.push((role, at..at + length));
        at += length;
    }
    pieces
}

/// Returns the length of the string that a text begins with; one that is not closed takes all of it.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns whether the end of a line's beginning is inside of a string.
fn is_in_string(before: &str) -> bool {
    let mut rest = before;
    while let Some(quote) = rest.find('"') {
        let length = string_length(&rest[quote..]);
        let end = quote + length;
        if length == 1 || !is_closed(&rest[quote..end]) {
            return true;
        }
        rest = &rest[end..];
    }
    false
}

/// Returns whether a string, as [`string_length`] cuts it, ends with its quote.
fn is_closed(string: &str) -> bool {
    let Some(inside) = string.get(1..).and_then(|inside| inside.strip_suffix('"')) else {
        return false;
    };
    let slashes = inside.chars().rev().take_while(|own| *own == '\\').count();
    slashes % 2 == 0
}

fn blanks(count: usize) -> String {
    " ".repeat(count)
}

/// Returns how many blanks a line begins with.
fn indent_of(line: &str) -> usize {
    line.chars().take_while(|own| *own == ' ').count()
}

/// Returns the change of a line break. `before` and `after` are the parts of the line around the cursor.
pub fn line_break(before: &str, after: &str) -> Change {
    let indent = indent_of(before);
    let opens = !is_in_string(before) && before.trim_end().ends_with(['{', '[']);
    let closes = after.trim_start().starts_with(['}', ']']);
    let skipped = if is_in_string(before) {
        0
    } else {
        indent_of(after)
    };
    let inner = if opens { indent + INDENT } else { indent };
    let mut text = format!("\n{}", blanks(inner));
    let cursor = text.chars().count();
    if opens && closes {
        text.push_str(&format!("\n{}", blanks(indent)));
    }
    Change {
        before: 0,
        after: skipped,
        text,
        cursor,
    }
}

/// Returns the change of a typed character that opens or closes something; `None` if it is only typed.
pub fn character(typed: char, before: &str, after: &str) -> Option<Change> {
    let next = after.chars().next();
    let over = |is_over: bool| {
        is_over.then(|| Change {
            before: 0,
            after: 1,
            text: typed.to_string(),
            cursor: 1,
        })
    };
    if is_in_string(before) {
        // The string may be one whose end was put there before; a quote after a backslash is not its end.
        let ends = typed == '"' && !is_in_string(&format!("{before}\""));
        return over(ends && next == Some('"'));
    }
    let has_room = next.is_none_or(|next| next.is_whitespace() || "}],:".contains(next));
    let pair = |closing: char| {
        has_room.then(|| Change {
            before: 0,
            after: 0,
            text: format!("{typed}{closing}"),
            cursor: 1,
        })
    };
    match typed {
        '{' => pair('}'),
        '[' => pair(']'),
        '"' => pair('"'),
        '}' | ']' if next == Some(typed) => over(true),
        // A bracket that stands first on its line goes back to where its line began.
        '}' | ']' if !before.is_empty() && before.trim().is_empty() => Some(Change {
            before: INDENT.min(before.chars().count()),
            after: 0,
            text: typed.to_string(),
            cursor: 1,
        }),
        _ => None,
    }
}

/// Returns the change of Backspace that takes a pair or a level; `None` if it takes one character.
pub fn backspace(before: &str, after: &str) -> Option<Change> {
    let pair = |open: char, close: char| before.ends_with(open) && after.starts_with(close);
    let is_empty_string = pair('"', '"') && !is_in_string(&before[..before.len() - 1]);
    if is_empty_string || !is_in_string(before) && (pair('{', '}') || pair('[', ']')) {
        return Some(Change {
            before: 1,
            after: 1,
            ..Change::default()
        });
    }
    let columns = before.chars().count();
    let is_blank = columns > 0 && before.chars().all(|own| own == ' ');
    is_blank.then(|| Change {
        before: (columns - 1) % INDENT + 1,
        ..Change::default()
    })
}

/// Returns the change that indents from a column on.
pub fn indent(before: &str) -> Change {
    let count = INDENT - before.chars().count() % INDENT;
    Change {
        text: blanks(count),
        cursor: count,
        ..Change::default()
    }
}

/// Returns the change that takes a level away from the line around the cursor.
pub fn outdent(before: &str, after: &str) -> Change {
    let count = indent_of(&format!("{before}{after}")).min(INDENT);
    let columns = before.chars().count();
    let text: String = before.chars().skip(count).collect();
    Change {
        before: columns,
        after: count.saturating_sub(columns),
        cursor: text.chars().count(),
        text,
    }
}

/// A name that is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// What is typed of it.
    typed: String,
    /// Whether it is typed inside of quotes.
    quotes: Quotes,
    /// The known names that begin with it and are not in the object yet.
    pub names: Vec<String>,
}

/// Whether a name has its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Typed,
    Missing,
}

/// What is open in a text that need not be JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Open {
    Object {
        names: Vec<String>,
        /// The member whose value follows.
        member: Option<String>,
        /// Whether a name comes next.
        at_name: bool,
    },
    Array,
}

#[derive(Debug, Default)]
struct Scan {
    open: Vec<Open>,
    /// The string that is open, its escapes as they are written.
    string: Option<String>,
    is_escaped: bool,
    /// Letters outside of a string.
    word: String,
}

impl Scan {
    fn feed(&mut self, next: char) {
        if let Some(string) = &mut self.string {
            match next {
                _ if self.is_escaped => self.is_escaped = false,
                '\\' => self.is_escaped = true,
                '"' => return self.end_string(),
                '\n' => {
                    self.string = None;
                    return;
                }
                _ => {}
            }
            string.push(next);
            return;
        }
        if next.is_alphanumeric() || "_-.$".contains(next) {
            self.word.push(next);
            return;
        }
        self.word.clear();
        match next {
            '"' => self.string = Some(String::new()),
            '{' => self.open.push(Open::Object {
                names: Vec::new(),
                member: None,
                at_name: true,
            }),
            '[' => self.open.push(Open::Array),
            '}' | ']' => {
                self.open.pop();
            }
            ':' | ',' => {
                if let Some(Open::Object {
                    member, at_name, ..
                }) = self.open.last_mut()
                {
                    *at_name = next == ',';
                    if *at_name {
                        *member = None;
                    }
                }
            }
            _ => {}
        }
    }

    fn end_string(&mut self) {
        let string = self.string.take().unwrap_or_default();
        if let Some(Open::Object {
            names,
            member: member @ None,
            at_name: true,
        }) = self.open.last_mut()
        {
            names.push(string.clone());
            *member = Some(string);
        }
    }
}

/// Returns the name that is typed at the cursor; `None` where no name is typed. `known` tells the names of the object
/// at a path.
pub fn naming(
    before: &str,
    after: &str,
    known: &dyn Fn(&[Step<'_>]) -> Vec<String>,
) -> Option<Naming> {
    let mut scan = Scan::default();
    before.chars().for_each(|next| scan.feed(next));
    let Some(Open::Object {
        member: None,
        at_name: true,
        ..
    }) = scan.open.last()
    else {
        return None;
    };
    let depth = scan.open.len();
    let outer = scan.open[..depth - 1].iter();
    let path: Vec<Step<'_>> = outer
        .map(|open| match open {
            Open::Object { member, .. } => {
                Step::Key(Cow::Owned(member.clone().unwrap_or_default()))
            }
            Open::Array => Step::Items,
        })
        .collect();
    let (typed, quotes) = match &scan.string {
        Some(string) => (string.clone(), Quotes::Typed),
        None => (scan.word.clone(), Quotes::Missing),
    };
    let mut names = known(&path);
    // What the object has already, behind the cursor too.
    let mut taken = Vec::new();
    for next in after.chars().chain(['}']) {
        if let Some(Open::Object { names, .. }) = scan.open.get(depth - 1) {
            taken.clone_from(names);
        }
        scan.feed(next);
        if scan.open.len() < depth {
            break;
        }
    }
    let wanted = typed.to_lowercase();
    names.retain(|name| name.to_lowercase().starts_with(&wanted) && !taken.contains(name));
    Some(Naming {
        typed,
        quotes,
        names,
    })
}

impl Naming {
    /// Returns the change that completes the name; `None` if no known one fits.
    pub fn complete(&self, after: &str) -> Option<Change> {
        let name = JsonText::string(self.names.first()?);
        let name = name.as_str();
        let rest = match self.quotes {
            Quotes::Typed => {
                let is_part = |own: &char| own.is_alphanumeric() || "_-.$".contains(*own);
                let rest = after.chars().take_while(is_part).count();
                let ends = after.chars().nth(rest) == Some('"');
                if ends { rest + 1 } else { 0 }
            }
            Quotes::Missing => 0,
        };
        let follows: String = after.chars().skip(rest).collect();
        let colon = if follows.trim_start().starts_with(':') {
            ""
        } else {
            ": "
        };
        let begin = match self.quotes {
            Quotes::Typed => 1,
            Quotes::Missing => 0,
        };
        let text = format!("{}{colon}", &name[begin..]);
        Some(Change {
            before: self.typed.chars().count(),
            after: rest,
            cursor: text.chars().count(),
            text,
        })
    }

    /// Returns whether it is typed inside of quotes, where a blank would belong to it.
    pub fn is_quoted(&self) -> bool {
        self.quotes == Quotes::Typed
    }
}

/// Returns JSON over several lines, two blanks a level.
pub fn formatted(json: &JsonText) -> String {
    let document = Document::parse(Bytes::copy_from_slice(json.as_str().as_bytes()));
    let mut out = Vec::new();
    let is_written = document
        .root()
        .is_some_and(|root| pretty::write(&document, root, &mut out).is_ok());
    match String::from_utf8(out) {
        Ok(text) if is_written => text.trim_end().to_owned(),
        Ok(_) | Err(_) => json.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests;
