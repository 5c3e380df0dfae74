//! Whatever the service echoes of a session's secrets, in whatever form and wherever, nothing that the program words or
//! names holds it; and the user's data that holds it is not altered.

mod service;

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use self::service::{Service, file};
use crate::support::pty::Pty;

/// The middle of each secret: none of it may be seen, whatever becomes of what is around it.
fn core(kind: Kind) -> &'static str {
    match kind {
        Kind::ClientSecret => "Qa7zkV9mPwX2sLdR",
        Kind::FirstToken => "Rb8ykW1nQxY3tMeS",
        Kind::RenewedToken => "Sc9xkX2oRyZ4uNfT",
        Kind::ApplicationToken => "Td1wkY3pSzA5vOgU",
        Kind::ProxyPassword => "Ue2vkZ4qTaB6wPhV",
        Kind::HostPassword => "Vf3ukA5rUbC7xQiW",
    }
}

fn secret(kind: Kind) -> String {
    format!("s-{}_{}~.", &core(kind)[..4].to_lowercase(), core(kind))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ClientSecret,
    FirstToken,
    RenewedToken,
    ApplicationToken,
    ProxyPassword,
    HostPassword,
}

const KINDS: [Kind; 5] = [
    Kind::ClientSecret,
    Kind::FirstToken,
    Kind::RenewedToken,
    Kind::ApplicationToken,
    Kind::ProxyPassword,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    PercentLower,
    PercentUpper,
    PercentSome,
    Json,
}

const ENCODINGS: [Encoding; 5] = [
    Encoding::Plain,
    Encoding::PercentLower,
    Encoding::PercentUpper,
    Encoding::PercentSome,
    Encoding::Json,
];

impl Encoding {
    fn of(self, secret: &str) -> String {
        let each = |write: &dyn Fn(usize, u8) -> String| {
            secret
                .bytes()
                .enumerate()
                .map(|(at, byte)| write(at, byte))
                .collect::<String>()
        };
        match self {
            Encoding::Plain => secret.to_owned(),
            Encoding::PercentLower => each(&|_, byte| format!("%{byte:02x}")),
            Encoding::PercentUpper => each(&|_, byte| format!("%{byte:02X}")),
            Encoding::PercentSome => each(&|at, byte| {
                if at % 3 == 1 {
                    format!("%{byte:02X}")
                } else {
                    char::from(byte).to_string()
                }
            }),
            Encoding::Json => each(&|_, byte| format!("\\u{byte:04x}")),
        }
    }

    /// Returns a JSON string that holds the secret, escaped by JSON itself where that is the encoding.
    fn string(self, secret: &str) -> String {
        match self {
            Encoding::Json => format!("\"{}\"", self.of(secret)),
            Encoding::Plain
            | Encoding::PercentLower
            | Encoding::PercentUpper
            | Encoding::PercentSome => json!(self.of(secret)).to_string(),
        }
    }
}

/// Where the service says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    ConnectorName,
    ConnectorNameInJson,
    CandidatesOfAWord,
    DescribedNames,
    DescribedNamesInJson,
    RefusedToken,
    RefusedList,
    ListThatIsNoJson,
    ErrorMessage,
    ErrorDetail,
    ErrorField,
    HtmlBody,
    LongErrorCutInTheMiddle,
    EnvelopeStatus,
    RedirectPath,
    RedirectQuery,
    RedirectElsewhere,
    FileName,
    FileNameQuotedPairs,
    FileNameExtended,
    FileNameEncodedWords,
    LongFileName,
    ContentType,
    ContentEncoding,
    Validators,
    Cursor,
    ManifestOfFailures,
    ManifestOfFiles,
}

const PLACES: [Place; 28] = [
    Place::ConnectorName,
    Place::ConnectorNameInJson,
    Place::CandidatesOfAWord,
    Place::DescribedNames,
    Place::DescribedNamesInJson,
    Place::RefusedToken,
    Place::RefusedList,
    Place::ListThatIsNoJson,
    Place::ErrorMessage,
    Place::ErrorDetail,
    Place::ErrorField,
    Place::HtmlBody,
    Place::LongErrorCutInTheMiddle,
    Place::EnvelopeStatus,
    Place::RedirectPath,
    Place::RedirectQuery,
    Place::RedirectElsewhere,
    Place::FileName,
    Place::FileNameQuotedPairs,
    Place::FileNameExtended,
    Place::FileNameEncodedWords,
    Place::LongFileName,
    Place::ContentType,
    Place::ContentEncoding,
    Place::Validators,
    Place::Cursor,
    Place::ManifestOfFailures,
    Place::ManifestOfFiles,
];

/// The connector that the service has; a known kind, so that its operations are known.
const HUBSPOT: &str = "c7b1f1de-6a0a-4f25-b8a0-3b8f9be8a002";
/// The connector of a kind that is not known: it is asked what it can do.
const UNKNOWN: &str = "c7b1f1de-6a0a-4f25-b8a0-3b8f9be8a0ff";

/// A row of the table.
#[derive(Debug, Clone, Copy)]
struct Row {
    kind: Kind,
    encoding: Encoding,
    place: Place,
}

impl Row {
    fn secret(self) -> String {
        secret(self.kind)
    }

    /// The secret as it is encoded, in a header or a text.
    fn text(self) -> String {
        self.encoding.of(&self.secret())
    }

    /// The secret in a JSON string, with words around it.
    fn string(self) -> String {
        let string = self.encoding.string(&self.secret());
        format!("\"says {}, so\"", string.trim_matches('"'))
    }

    /// What the user typed.
    fn words(self) -> Vec<&'static str> {
        match self.place {
            Place::ConnectorName => vec!["connectors"],
            Place::ConnectorNameInJson => vec!["connectors", "--json"],
            Place::CandidatesOfAWord => vec!["call", "nothing", "contacts", "list"],
            Place::DescribedNames => vec!["describe", UNKNOWN],
            Place::DescribedNamesInJson => vec!["describe", UNKNOWN, "--json"],
            Place::RefusedToken | Place::RefusedList | Place::ListThatIsNoJson => {
                vec!["connectors", "--json"]
            }
            Place::ErrorMessage | Place::HtmlBody => {
                vec!["call", HUBSPOT, "contacts", "list", "--json"]
            }
            Place::ErrorDetail
            | Place::ErrorField
            | Place::LongErrorCutInTheMiddle
            | Place::EnvelopeStatus
            | Place::RedirectPath
            | Place::RedirectQuery
            | Place::RedirectElsewhere => vec!["call", HUBSPOT, "contacts", "list"],
            Place::FileName
            | Place::FileNameQuotedPairs
            | Place::FileNameExtended
            | Place::FileNameEncodedWords
            | Place::LongFileName
            | Place::ContentType
            | Place::ContentEncoding
            | Place::Validators => vec!["download", UNKNOWN, "files", "-p", "id=1"],
            Place::Cursor => vec![
                "pages",
                HUBSPOT,
                "contacts",
                "list",
                "--output",
                "o.ndjson",
                "--ledger",
                "ledger.json",
            ],
            Place::ManifestOfFailures | Place::ManifestOfFiles => {
                vec!["download", UNKNOWN, "--from", "lines.ndjson"]
            }
        }
    }

    /// Whether what is on standard output is the user's data.
    fn prints_data(self) -> bool {
        self.place == Place::EnvelopeStatus
    }
}

/// The environment of the program: its secrets, and the service.
fn variables(row: Row, service: &Service, folder: &Path) -> Vec<(&'static str, String)> {
    let own = |path: &Path| path.to_str().unwrap().to_owned();
    let mut variables = vec![
        ("HOME", own(folder)),
        ("XDG_STATE_HOME", own(&folder.join("state"))),
    ];
    if row.kind == Kind::ApplicationToken {
        variables.push(("AIRBYTE_APPLICATION_TOKEN", secret(Kind::ApplicationToken)));
    } else {
        variables.push(("AIRBYTE_CLIENT_ID", "ci".to_owned()));
        variables.push(("AIRBYTE_CLIENT_SECRET", secret(Kind::ClientSecret)));
    }
    // This machine is asked without a proxy; its password is known all the same.
    variables.push((
        "HTTPS_PROXY",
        format!("http://someone:{}@127.0.0.1:9", secret(Kind::ProxyPassword)),
    ));
    let user = if row.kind == Kind::HostPassword {
        format!("someone:{}@", row.text())
    } else {
        String::new()
    };
    variables.push((
        "AIRBYTE_API_HOST",
        format!("http://{user}{}", service.address),
    ));
    variables
}

/// Runs the program for a row in a folder.
fn run(row: Row, service: &Service, folder: &Path) -> Output {
    let name = row.string();
    std::fs::write(
        folder.join("lines.ndjson"),
        format!("{{\"entity\": \"files\", \"params\": {{\"id\": 1, \"of\": {name}}}, \"name\": {name}}}\n"),
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args(["--log", "log.txt"])
        .args(row.words())
        .current_dir(folder)
        .env_clear()
        .envs(variables(row, service, folder));
    command.output().unwrap()
}

/// Returns the readings of a text: as it is, and with escapes taken back again and again.
fn readings(text: &str) -> Vec<String> {
    let unescape = |text: &str, mark: &str, digits: usize| -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(mark) {
            out.push_str(before);
            let code = after
                .get(..digits)
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32);
            match code {
                Some(character) => {
                    out.push(character);
                    rest = &after[digits..];
                }
                None => {
                    out.push_str(mark);
                    rest = after;
                }
            }
        }
        out + rest
    };
    let mut all = vec![text.to_owned(), unescape(text, "=", 2)];
    for _ in 0..3 {
        let last = all.last().unwrap().clone();
        all.push(unescape(&unescape(&last, "%", 2), "\\u", 4));
    }
    let once = unescape(&unescape(text, "%", 2), "\\u", 4);
    all.push(unescape(&unescape(&once, "%", 2), "\\u", 4));
    all.push(once);
    all.iter().map(|text| text.to_lowercase()).collect()
}

/// Fails if a text holds a part of the secret that is worth something.
fn holds_nothing(what: &str, text: &str, row: Row) {
    let core = core(row.kind).to_lowercase();
    for reading in readings(text) {
        // Three quarters of it, from whichever end.
        for piece in [&core[..12], &core[2..14], &core[4..]] {
            assert!(
                !reading.contains(piece),
                "{row:?}: {what} holds the secret:\n{text}"
            );
        }
    }
    for shift in 0..3 {
        let encoded = STANDARD.encode([&vec![b'a'; shift], secret(row.kind).as_bytes()].concat());
        assert!(
            !text.contains(&encoded[8..28]),
            "{row:?}: {what} holds the secret in base64:\n{text}"
        );
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push((
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                Vec::new(),
            ));
            found.extend(files(&path));
        } else {
            found.push((
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            ));
        }
    }
    found
}

/// Runs a row and looks at everything that it left.
fn check(row: Row) {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(row);
    let output = run(row, &service, folder.path());
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    holds_nothing("standard error", &stderr, row);
    if row.prints_data() {
        let record = format!("{{\"id\": 1, \"text\": {}}}", row.string());
        assert!(
            stdout.contains(&record),
            "{row:?}: the reply was altered:\n{stdout}"
        );
    } else {
        holds_nothing("standard output", &stdout, row);
    }
    let mut data = 0;
    for (name, content) in files(folder.path()) {
        holds_nothing("the name of a file", &name, row);
        let is_data = content.starts_with(b"the user's own bytes")
            || name == "o.ndjson"
            || name == "lines.ndjson";
        if !is_data {
            holds_nothing(&name, &String::from_utf8_lossy(&content), row);
        } else if name == "o.ndjson" {
            assert_eq!(
                String::from_utf8(content)
                    .unwrap()
                    .matches(row.string().trim_matches('"'))
                    .count(),
                2,
                "{row:?}: records were altered"
            );
            data += 1;
        } else if name != "lines.ndjson" {
            assert_eq!(content, file(row), "{row:?}: the file was altered");
            data += 1;
        }
    }
    saw(row, &output, data, &stdout, &stderr);
}

/// Fails if a row did not come as far as it must to mean anything.
fn saw(row: Row, output: &Output, data: usize, stdout: &str, stderr: &str) {
    let code = output.status.code().unwrap();
    let words = format!("{row:?}: {code}\n{stdout}\n{stderr}");
    match row.place {
        Place::ConnectorName
        | Place::ConnectorNameInJson
        | Place::DescribedNames
        | Place::DescribedNamesInJson => {
            assert!(code == 0 && stdout.contains("says …, so"), "{words}")
        }
        Place::CandidatesOfAWord => {
            assert!(code == 3 && stderr.contains("says …, so"), "{words}")
        }
        Place::RefusedToken if row.kind == Kind::ApplicationToken => {
            assert_eq!(code, 0, "{words}")
        }
        Place::RefusedToken | Place::RefusedList => {
            assert!(code != 0 && stderr.contains("says …, so"), "{words}")
        }
        Place::ListThatIsNoJson | Place::HtmlBody => {
            assert!(code == 1 && stderr.contains("html>"), "{words}")
        }
        Place::ErrorMessage | Place::ErrorDetail | Place::ErrorField | Place::EnvelopeStatus => {
            assert!(code != 0 && stderr.contains("says …, so"), "{words}");
        }
        Place::LongErrorCutInTheMiddle => {
            assert!(code == 4 && stderr.contains("xxx …"), "{words}")
        }
        Place::RedirectPath | Place::RedirectQuery | Place::RedirectElsewhere => {
            assert_ne!(code, 0, "{words}")
        }
        Place::FileName
        | Place::FileNameQuotedPairs
        | Place::FileNameExtended
        | Place::FileNameEncodedWords
        | Place::LongFileName
        | Place::ContentType
        | Place::ManifestOfFiles => assert!(
            code == 0 && data == 1 && stdout.contains("sha256"),
            "{words}"
        ),
        Place::ContentEncoding => {
            assert!(code == 1 && stderr.contains("compressed"), "{words}")
        }
        Place::Validators => assert!(code != 0 && data == 1, "{words}"),
        Place::Cursor => assert!(code == 5 && data == 1, "{words}"),
        Place::ManifestOfFailures => {
            assert!(code == 5 && stderr.contains("says …, so"), "{words}")
        }
    }
}

/// Runs all rows of a kind of secret.
fn check_all(kind: Kind) {
    for (at, encoding) in ENCODINGS.into_iter().enumerate() {
        for (number, place) in PLACES.into_iter().enumerate() {
            // Each place in one encoding for each secret, in turn; where a decoder is of ours, in all.
            let decoded = matches!(
                place,
                Place::ErrorMessage | Place::FileNameExtended | Place::Cursor | Place::RedirectPath
            );
            if !(decoded || (at + number + kind as usize).is_multiple_of(ENCODINGS.len())) {
                continue;
            }
            // A URL has no backslashes, so nothing there is escaped as in JSON.
            let is_redirect = matches!(
                place,
                Place::RedirectPath | Place::RedirectQuery | Place::RedirectElsewhere
            );
            // Where the second token is refused there is none that could be known.
            let is_unborn = place == Place::RefusedToken && kind == Kind::RenewedToken;
            if !(is_unborn || is_redirect && encoding == Encoding::Json) {
                check(Row {
                    kind,
                    encoding,
                    place,
                });
            }
        }
    }
}

#[test]
fn the_client_secret_is_nowhere() {
    check_all(Kind::ClientSecret);
}

#[test]
fn the_first_token_is_nowhere_after_a_renewal() {
    check_all(Kind::FirstToken);
}

#[test]
fn the_renewed_token_is_nowhere() {
    check_all(Kind::RenewedToken);
}

#[test]
fn the_application_token_is_nowhere() {
    check_all(Kind::ApplicationToken);
}

#[test]
fn the_password_of_a_proxy_is_nowhere() {
    check_all(Kind::ProxyPassword);
}

#[test]
fn the_password_of_a_host_is_nowhere_whatever_becomes_of_the_call() {
    for encoding in [Encoding::Plain, Encoding::PercentSome] {
        for place in PLACES {
            let row = Row {
                kind: Kind::HostPassword,
                encoding,
                place,
            };
            let folder = tempfile::tempdir().unwrap();
            let output = run(row, &Service::start(row), folder.path());
            holds_nothing(
                "standard error",
                &String::from_utf8_lossy(&output.stderr),
                row,
            );
            if !row.prints_data() {
                holds_nothing(
                    "standard output",
                    &String::from_utf8_lossy(&output.stdout),
                    row,
                );
            }
            for (name, content) in files(folder.path()) {
                holds_nothing("the name of a file", &name, row);
                if !content.starts_with(b"the user's own bytes")
                    && name != "o.ndjson"
                    && name != "lines.ndjson"
                {
                    holds_nothing(&name, &String::from_utf8_lossy(&content), row);
                }
            }
        }
    }
}

#[test]
fn the_screen_shows_none() {
    for kind in KINDS {
        for (place, encoding) in [
            (Place::ErrorMessage, Encoding::Plain),
            (Place::ErrorMessage, Encoding::PercentLower),
            (Place::ErrorField, Encoding::Json),
            (Place::ConnectorName, Encoding::Plain),
        ] {
            let row = Row {
                kind,
                encoding,
                place,
            };
            let folder = tempfile::tempdir().unwrap();
            let service = Service::start(row);
            let variables = variables(row, &service, folder.path());
            let variables: Vec<_> = variables
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let mut pty = Pty::start(
                env!("CARGO_BIN_EXE_airscope"),
                &[HUBSPOT, "contacts", "list"],
                &variables,
            );
            if place != Place::ConnectorName {
                pty.sees("contacts");
                pty.types(b"\x1b[15~");
            }
            pty.sees("says …, so");
            let written = String::from_utf8_lossy(&pty.output.0.lock().unwrap().bytes).into_owned();
            holds_nothing("what was written to the terminal", &written, row);
            pty.types(b"q");
            pty.ends();
        }
    }
}

#[test]
fn a_copied_request_holds_none() {
    let row = Row {
        kind: Kind::ApplicationToken,
        encoding: Encoding::Plain,
        place: Place::Cursor,
    };
    let folder = tempfile::tempdir().unwrap();
    let typed = format!("after=x{}", row.secret());
    for (keys, sign) in [
        (&b"yc"[..], "curl"),
        (b"yu", "\"entity\""),
        (b"ya", "airscope call"),
    ] {
        let service = Service::start(row);
        let variables = variables(row, &service, folder.path());
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut pty = Pty::start(
            env!("CARGO_BIN_EXE_airscope"),
            &[HUBSPOT, "contacts", "list", "-p", &typed],
            &variables,
        );
        pty.sees("contacts");
        pty.types(b"\x1b[15~");
        pty.sees("1 record");
        pty.types(keys);
        pty.sees("Copied");
        let written = String::from_utf8_lossy(&pty.output.0.lock().unwrap().bytes).into_owned();
        let copied = written
            .split("\x1b]52;c;")
            .nth(1)
            .and_then(|rest| rest.split(['\x1b', '\x07']).next())
            .expect("it is copied");
        let copied = String::from_utf8(STANDARD.decode(copied).unwrap()).unwrap();
        assert!(copied.contains(sign), "{copied}");
        holds_nothing("what is copied", &copied, row);
        pty.types(b"q");
        pty.ends();
    }
}

#[test]
fn the_table_has_a_row_for_each_secret_encoding_and_place() {
    let rows = KINDS.len() * ENCODINGS.len() * PLACES.len();
    assert!(rows >= 100, "{rows}");
    for kind in KINDS {
        assert!(
            secret(kind).contains(core(kind))
                && readings(&Encoding::Json.of(&secret(kind)))
                    .iter()
                    .any(|text| text.contains(&core(kind).to_lowercase()))
        );
    }
}
