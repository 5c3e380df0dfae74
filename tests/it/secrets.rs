//! Whatever the service echoes of a session's secrets, in whatever form and wherever, nothing that the program words or
//! names holds it; and the user's data that holds it is not altered.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

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

const KINDS: [Kind; 5] = [Kind::ClientSecret, Kind::FirstToken, Kind::RenewedToken, Kind::ApplicationToken, Kind::ProxyPassword];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    PercentLower,
    PercentUpper,
    PercentSome,
    Json,
}

const ENCODINGS: [Encoding; 5] = [Encoding::Plain, Encoding::PercentLower, Encoding::PercentUpper, Encoding::PercentSome, Encoding::Json];

impl Encoding {
    fn of(self, secret: &str) -> String {
        let each = |write: &dyn Fn(usize, u8) -> String| secret.bytes().enumerate().map(|(at, byte)| write(at, byte)).collect::<String>();
        match self {
            Encoding::Plain => secret.to_owned(),
            Encoding::PercentLower => each(&|_, byte| format!("%{byte:02x}")),
            Encoding::PercentUpper => each(&|_, byte| format!("%{byte:02X}")),
            Encoding::PercentSome => each(&|at, byte| if at % 3 == 1 { format!("%{byte:02X}") } else { char::from(byte).to_string() }),
            Encoding::Json => each(&|_, byte| format!("\\u{byte:04x}")),
        }
    }

    /// Returns a JSON string that holds the secret, escaped by JSON itself where that is the encoding.
    fn string(self, secret: &str) -> String {
        match self {
            Encoding::Json => format!("\"{}\"", self.of(secret)),
            Encoding::Plain | Encoding::PercentLower | Encoding::PercentUpper | Encoding::PercentSome => json!(self.of(secret)).to_string(),
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
            Place::RefusedToken | Place::RefusedList | Place::ListThatIsNoJson => vec!["connectors", "--json"],
            Place::ErrorMessage | Place::HtmlBody => vec!["call", HUBSPOT, "contacts", "list", "--json"],
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
            Place::Cursor => vec!["pages", HUBSPOT, "contacts", "list", "--output", "o.ndjson", "--ledger", "ledger.json"],
            Place::ManifestOfFailures | Place::ManifestOfFiles => vec!["download", UNKNOWN, "--from", "lines.ndjson"],
        }
    }

    /// Whether what is on standard output is the user's data.
    fn prints_data(self) -> bool {
        self.place == Place::EnvelopeStatus
    }
}

/// A request.
struct Asked {
    path: String,
    bearer: String,
    body: Value,
}

/// A service that answers for a row.
struct Service {
    address: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    fn start(row: Row) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (over, mints, pages) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0), AtomicUsize::new(0));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                // A client that hangs up is none of the server's business.
                let Some(asked) = request(&stream) else { continue };
                let _ = stream.write_all(&answer(row, &asked, &mints, &pages));
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
        });
        Service { address, over, thread: Some(thread) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(&self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn request(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let bearer = headers.get("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    Some(Asked { path, bearer, body: serde_json::from_slice(&body).unwrap_or_default() })
}

fn http(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if headers.contains("Content-Length") { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} Answer\r\n{headers}{length}Connection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(body: &str) -> Vec<u8> {
    http(200, "Content-Type: application/json\r\n", body.as_bytes())
}

/// What the user gets is the user's: a file that holds the secret.
fn file(row: Row) -> Vec<u8> {
    format!("the user's own bytes: {} and {}\n", row.secret(), row.text()).into_bytes()
}

fn answer(row: Row, asked: &Asked, mints: &AtomicUsize, pages: &AtomicUsize) -> Vec<u8> {
    let path = asked.path.split('?').next().unwrap();
    if path.ends_with("/applications/token") {
        let number = mints.fetch_add(1, Ordering::SeqCst);
        if row.place == Place::RefusedToken && number > 0 {
            return http(403, "", format!("{{\"message\": {}}}", row.string()).as_bytes());
        }
        let token = secret(if number == 0 { Kind::FirstToken } else { Kind::RenewedToken });
        return ok(&json!({"access_token": token, "expires_in": 900}).to_string());
    }
    // The first token is refused once, so that there are two.
    if asked.bearer == secret(Kind::FirstToken) {
        return http(401, "", b"{}");
    }
    if path.ends_with("/integrations/connectors") {
        return list(row);
    }
    if path.contains("/stray/") || !path.ends_with("/execute") {
        return http(404, "", b"{\"message\": \"nothing is here\"}");
    }
    match asked.body["action"].as_str() {
        Some("describe") => describe(row),
        // Its second try is refused, so that it ends at once, and what came stays in its part.
        Some("download") if row.place == Place::Validators && pages.fetch_add(1, Ordering::SeqCst) > 0 => {
            http(404, "", b"{\"message\": \"it is gone\"}")
        }
        Some("download") => download(row),
        Some("list") => called(row, pages),
        action => panic!("{action:?} is not asked for"),
    }
}

fn list(row: Row) -> Vec<u8> {
    match row.place {
        Place::RefusedList => return http(500, "", format!("{{\"message\": {}}}", row.string()).as_bytes()),
        Place::ListThatIsNoJson => return http(200, "Content-Type: text/html\r\n", format!("<html>{}</html>", row.text()).as_bytes()),
        _ => {}
    }
    let named = matches!(row.place, Place::ConnectorName | Place::ConnectorNameInJson | Place::CandidatesOfAWord);
    let own = |usual: &str| if named { row.string() } else { json!(usual).to_string() };
    let item = |id: &str, definition: &str| {
        format!(
            "{{\"id\": \"{id}\", \"name\": {}, \"created_at\": {}, \"summarized_source_template\": {{\"name\": {}, \"connector_name\": {}, \
             \"actor_definition_id\": \"{definition}\", \"mode\": {}, \"runtime_mode\": {}}}}}",
            own("A name"),
            own("2026-01-01T00:00:00Z"),
            own("A kind"),
            own("kind"),
            own("MULTI"),
            own("direct")
        )
    };
    let hubspot = item(HUBSPOT, "36c891d9-4bd9-43ac-bad2-10e12756272c");
    ok(&format!("{{\"data\": [{hubspot}, {}]}}", item(UNKNOWN, "00000000-0000-0000-0000-000000000000")))
}

fn describe(row: Row) -> Vec<u8> {
    let downloads = r#"{"name": "files", "actions": [{"name": "download", "params": {"id": {"type": "integer", "required": true}}}]}"#;
    if !matches!(row.place, Place::DescribedNames | Place::DescribedNamesInJson) {
        return ok(&format!("{{\"entities\": [{downloads}]}}"));
    }
    let own = row.string();
    ok(&format!(
        "{{\"entities\": [{downloads}, {{\"name\": {own}, \"actions\": [{{\"name\": {own}, \"description\": {own}, \"params\": \
         {{{own}: {{\"type\": \"string\", \"description\": {own}, \"enum\": [{own}], \"default\": {own}, \"format\": {own}}}}}}}]}}]}}"
    ))
}

fn called(row: Row, pages: &AtomicUsize) -> Vec<u8> {
    let own = row.string();
    let redirect = |to: &str| http(307, &format!("Location: {to}\r\n"), b"");
    match row.place {
        Place::ErrorMessage => http(500, "", format!("{{\"message\": {own}}}").as_bytes()),
        Place::ErrorDetail => http(422, "", format!("{{\"detail\": [{{\"loc\": [\"body\", {own}], \"msg\": {own}}}]}}").as_bytes()),
        Place::ErrorField => http(400, "", format!("{{\"errors\": [{{\"field\": {own}, \"message\": \"is wrong\"}}]}}").as_bytes()),
        Place::HtmlBody => http(500, "Content-Type: text/html\r\n", format!("<html><p>{}</p></html>", row.text()).as_bytes()),
        // What is shown of a body ends in the middle of it.
        Place::LongErrorCutInTheMiddle => http(400, "", format!("{} {}", "x".repeat(180 - row.text().len() / 2), row.text()).as_bytes()),
        Place::EnvelopeStatus => ok(&format!("{{\"status\": {own}, \"result\": [{{\"id\": 1, \"text\": {own}}}]}}")),
        Place::RedirectPath => redirect(&format!("/stray/{}/x", row.text())),
        Place::RedirectQuery => redirect(&format!("/stray/?token={}", row.text())),
        Place::RedirectElsewhere => redirect(&format!("https://{}.invalid/{}", row.secret().replace(['_', '~'], "-"), row.text())),
        Place::Cursor if pages.fetch_add(1, Ordering::SeqCst) < 2 => {
            let id = pages.load(Ordering::SeqCst);
            ok(&format!(
                "{{\"status\": \"success\", \"result\": [{{\"id\": \"{id}\", \"text\": {own}}}], \"connector_metadata\": {{\"next_cursor\": \"{id}{}\"}}}}",
                row.string().trim_matches('"')
            ))
        }
        Place::Cursor => http(400, "", format!("{{\"message\": {own}}}").as_bytes()),
        place => panic!("{place:?} has no call"),
    }
}

fn download(row: Row) -> Vec<u8> {
    let (text, body) = (row.text(), file(row));
    let named =
        |disposition: &str| http(200, &format!("Content-Type: text/plain\r\nContent-Disposition: attachment; {disposition}\r\n"), &body);
    match row.place {
        Place::FileName | Place::ManifestOfFiles => named(&format!("filename=\"a {text} b.txt\"")),
        Place::FileNameQuotedPairs => {
            named(&format!("filename=\"a {}.txt\"", text.chars().map(|one| format!("\\{one}")).collect::<String>()))
        }
        Place::FileNameExtended => named(&format!("filename*=UTF-8''a{text}.txt")),
        Place::FileNameEncodedWords if row.encoding == Encoding::Plain => {
            named(&format!("filename=\"=?utf-8?B?{}?=\"", STANDARD.encode(format!("a{text}"))))
        }
        Place::FileNameEncodedWords => {
            named(&format!("filename=\"=?utf-8?Q?{}?=\"", row.secret().bytes().map(|byte| format!("={byte:02X}")).collect::<String>()))
        }
        Place::LongFileName => named(&format!("filename=\"{}{text}.txt\"", "x".repeat(185))),
        Place::ContentType => {
            http(200, &format!("Content-Type: text/plain; name=\"{text}\"\r\nContent-Disposition: attachment\r\n"), &body)
        }
        Place::ContentEncoding => http(200, &format!("Content-Type: text/plain\r\nContent-Encoding: {text}\r\n"), &body),
        // It never comes whole, so that the part and what tells of it stay.
        Place::Validators => http(
            200,
            &format!(
                "Content-Type: text/plain; x={text}\r\nETag: \"{text}\"\r\nLast-Modified: {text}\r\n\
                 Content-Disposition: attachment; filename=\"{text}\"\r\nContent-Length: 100000\r\n"
            ),
            &body,
        ),
        Place::ManifestOfFailures => http(400, "", format!("{{\"message\": {}}}", row.string()).as_bytes()),
        place => panic!("{place:?} has no download"),
    }
}

/// Runs the program for a row in a folder.
fn run(row: Row, service: &Service, folder: &Path) -> Output {
    let name = row.string();
    std::fs::write(
        folder.join("lines.ndjson"),
        format!("{{\"entity\": \"files\", \"params\": {{\"id\": 1, \"of\": {name}}}, \"name\": {name}}}\n"),
    )
    .unwrap();
    let state = folder.join("state");
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command.args(["--log", "log.txt"]).args(row.words()).current_dir(folder).env_clear();
    command.env("HOME", folder).env("XDG_STATE_HOME", state);
    if row.kind == Kind::ApplicationToken {
        command.env("AIRBYTE_APPLICATION_TOKEN", secret(Kind::ApplicationToken));
    } else {
        command.env("AIRBYTE_CLIENT_ID", "ci").env("AIRBYTE_CLIENT_SECRET", secret(Kind::ClientSecret));
    }
    // This machine is asked without a proxy; its password is known all the same.
    command.env("HTTPS_PROXY", format!("http://someone:{}@127.0.0.1:9", secret(Kind::ProxyPassword)));
    match row.kind {
        Kind::HostPassword => command.env("AIRBYTE_API_HOST", format!("http://someone:{}@{}", row.text(), service.address)),
        _ => command.env("AIRBYTE_API_HOST", format!("http://{}", service.address)),
    };
    command.output().unwrap()
}

/// Returns the readings of a text: as it is, and with escapes taken back again and again.
fn readings(text: &str) -> Vec<String> {
    let unescape = |text: &str, mark: &str, digits: usize| -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(mark) {
            out.push_str(before);
            let code = after.get(..digits).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
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
            assert!(!reading.contains(piece), "{row:?}: {what} holds the secret:\n{text}");
        }
    }
    for shift in 0..3 {
        let encoded = STANDARD.encode([&vec![b'a'; shift], secret(row.kind).as_bytes()].concat());
        assert!(!text.contains(&encoded[8..28]), "{row:?}: {what} holds the secret in base64:\n{text}");
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push((path.file_name().unwrap().to_str().unwrap().to_owned(), Vec::new()));
            found.extend(files(&path));
        } else {
            found.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

/// Runs a row and looks at everything that it left.
fn check(row: Row) {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(row);
    let output = run(row, &service, folder.path());
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    holds_nothing("standard error", &stderr, row);
    if row.prints_data() {
        let record = format!("{{\"id\": 1, \"text\": {}}}", row.string());
        assert!(stdout.contains(&record), "{row:?}: the reply was altered:\n{stdout}");
    } else {
        holds_nothing("standard output", &stdout, row);
    }
    let mut data = 0;
    for (name, content) in files(folder.path()) {
        holds_nothing("the name of a file", &name, row);
        let is_data = content.starts_with(b"the user's own bytes") || name == "o.ndjson" || name == "lines.ndjson";
        if !is_data {
            holds_nothing(&name, &String::from_utf8_lossy(&content), row);
        } else if name == "o.ndjson" {
            assert_eq!(
                String::from_utf8(content).unwrap().matches(row.string().trim_matches('"')).count(),
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
        Place::ConnectorName | Place::ConnectorNameInJson | Place::DescribedNames | Place::DescribedNamesInJson => {
            assert!(code == 0 && stdout.contains("says …, so"), "{words}")
        }
        Place::CandidatesOfAWord => assert!(code == 3 && stderr.contains("says …, so"), "{words}"),
        Place::RefusedToken if row.kind == Kind::ApplicationToken => assert_eq!(code, 0, "{words}"),
        Place::RefusedToken | Place::RefusedList => assert!(code != 0 && stderr.contains("says …, so"), "{words}"),
        Place::ListThatIsNoJson | Place::HtmlBody => assert!(code == 1 && stderr.contains("html>"), "{words}"),
        Place::ErrorMessage | Place::ErrorDetail | Place::ErrorField | Place::EnvelopeStatus => {
            assert!(code != 0 && stderr.contains("says …, so"), "{words}");
        }
        Place::LongErrorCutInTheMiddle => assert!(code == 4 && stderr.contains("xxx …"), "{words}"),
        Place::RedirectPath | Place::RedirectQuery | Place::RedirectElsewhere => assert_ne!(code, 0, "{words}"),
        Place::FileName
        | Place::FileNameQuotedPairs
        | Place::FileNameExtended
        | Place::FileNameEncodedWords
        | Place::LongFileName
        | Place::ContentType
        | Place::ManifestOfFiles => assert!(code == 0 && data == 1 && stdout.contains("sha256"), "{words}"),
        Place::ContentEncoding => assert!(code == 1 && stderr.contains("compressed"), "{words}"),
        Place::Validators => assert!(code != 0 && data == 1, "{words}"),
        Place::Cursor => assert!(code == 5 && data == 1, "{words}"),
        Place::ManifestOfFailures => assert!(code == 5 && stderr.contains("says …, so"), "{words}"),
    }
}

/// Runs all rows of a kind of secret.
fn check_all(kind: Kind) {
    for (at, encoding) in ENCODINGS.into_iter().enumerate() {
        for (number, place) in PLACES.into_iter().enumerate() {
            // Each place in one encoding for each secret, in turn; where a decoder is of ours, in all.
            let decoded = matches!(place, Place::ErrorMessage | Place::FileNameExtended | Place::Cursor | Place::RedirectPath);
            if !(decoded || (at + number + kind as usize).is_multiple_of(ENCODINGS.len())) {
                continue;
            }
            // A URL has no backslashes, so nothing there is escaped as in JSON.
            let is_redirect = matches!(place, Place::RedirectPath | Place::RedirectQuery | Place::RedirectElsewhere);
            // Where the second token is refused there is none that could be known.
            let is_unborn = place == Place::RefusedToken && kind == Kind::RenewedToken;
            if !(is_unborn || is_redirect && encoding == Encoding::Json) {
                check(Row { kind, encoding, place });
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
            let row = Row { kind: Kind::HostPassword, encoding, place };
            let folder = tempfile::tempdir().unwrap();
            let output = run(row, &Service::start(row), folder.path());
            holds_nothing("standard error", &String::from_utf8_lossy(&output.stderr), row);
            if !row.prints_data() {
                holds_nothing("standard output", &String::from_utf8_lossy(&output.stdout), row);
            }
            for (name, content) in files(folder.path()) {
                holds_nothing("the name of a file", &name, row);
                if !content.starts_with(b"the user's own bytes") && name != "o.ndjson" && name != "lines.ndjson" {
                    holds_nothing(&name, &String::from_utf8_lossy(&content), row);
                }
            }
        }
    }
}

#[test]
fn the_table_has_a_row_for_each_secret_encoding_and_place() {
    let rows = KINDS.len() * ENCODINGS.len() * PLACES.len();
    assert!(rows >= 100, "{rows}");
    for kind in KINDS {
        assert!(
            secret(kind).contains(core(kind))
                && readings(&Encoding::Json.of(&secret(kind))).iter().any(|text| text.contains(&core(kind).to_lowercase()))
        );
    }
}
