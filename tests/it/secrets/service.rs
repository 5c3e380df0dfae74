//! A service that repeats a secret of the session: in the place and the encoding that a row of the table says.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Encoding, HUBSPOT, Kind, Place, Row, UNKNOWN, secret};

/// A request.
struct Asked {
    path: String,
    bearer: String,
    body: Value,
}

/// A service that answers for a row.
pub(super) struct Service {
    pub(super) address: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub(super) fn start(row: Row) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (over, mints, pages) = (
            Arc::new(AtomicBool::new(false)),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                // A client that hangs up is none of the server's business.
                let Some(asked) = request(&stream) else {
                    continue;
                };
                let _ = stream.write_all(&answer(row, &asked, &mints, &pages));
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
        });
        Service {
            address,
            over,
            thread: Some(thread),
        }
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
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let bearer = headers
        .get("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default()
        .to_owned();
    Some(Asked {
        path,
        bearer,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

fn http(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if headers.contains("Content-Length") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let head = format!("HTTP/1.1 {status} Answer\r\n{headers}{length}Connection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(body: &str) -> Vec<u8> {
    http(200, "Content-Type: application/json\r\n", body.as_bytes())
}

/// What the user gets is the user's: a file that holds the secret.
pub(super) fn file(row: Row) -> Vec<u8> {
    format!(
        "the user's own bytes: {} and {}\n",
        row.secret(),
        row.text()
    )
    .into_bytes()
}

fn answer(row: Row, asked: &Asked, mints: &AtomicUsize, pages: &AtomicUsize) -> Vec<u8> {
    let path = asked.path.split('?').next().unwrap();
    if path.ends_with("/applications/token") {
        let number = mints.fetch_add(1, Ordering::SeqCst);
        if row.place == Place::RefusedToken && number > 0 {
            return http(
                403,
                "",
                format!("{{\"message\": {}}}", row.string()).as_bytes(),
            );
        }
        let token = secret(if number == 0 {
            Kind::FirstToken
        } else {
            Kind::RenewedToken
        });
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
        Some("download")
            if row.place == Place::Validators && pages.fetch_add(1, Ordering::SeqCst) > 0 =>
        {
            http(404, "", b"{\"message\": \"it is gone\"}")
        }
        Some("download") => download(row),
        Some("list") => called(row, pages),
        action => panic!("{action:?} is not asked for"),
    }
}

fn list(row: Row) -> Vec<u8> {
    match row.place {
        Place::RefusedList => {
            return http(
                500,
                "",
                format!("{{\"message\": {}}}", row.string()).as_bytes(),
            );
        }
        Place::ListThatIsNoJson => {
            return http(
                200,
                "Content-Type: text/html\r\n",
                format!("<html>{}</html>", row.text()).as_bytes(),
            );
        }
        _ => {}
    }
    let named = matches!(
        row.place,
        Place::ConnectorName | Place::ConnectorNameInJson | Place::CandidatesOfAWord
    );
    let own = |usual: &str| {
        if named {
            row.string()
        } else {
            json!(usual).to_string()
        }
    };
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
    ok(&format!(
        "{{\"data\": [{hubspot}, {}]}}",
        item(UNKNOWN, "00000000-0000-0000-0000-000000000000")
    ))
}

fn describe(row: Row) -> Vec<u8> {
    let downloads = r#"{"name": "files", "actions": [{"name": "download", "params": {"id": {"type": "integer", "required": true}}}]}"#;
    if !matches!(
        row.place,
        Place::DescribedNames | Place::DescribedNamesInJson
    ) {
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
        Place::ErrorDetail => http(
            422,
            "",
            format!("{{\"detail\": [{{\"loc\": [\"body\", {own}], \"msg\": {own}}}]}}").as_bytes(),
        ),
        Place::ErrorField => http(
            400,
            "",
            format!("{{\"errors\": [{{\"field\": {own}, \"message\": \"is wrong\"}}]}}").as_bytes(),
        ),
        Place::HtmlBody => http(
            500,
            "Content-Type: text/html\r\n",
            format!("<html><p>{}</p></html>", row.text()).as_bytes(),
        ),
        // What is shown of a body ends in the middle of it.
        Place::LongErrorCutInTheMiddle => http(
            400,
            "",
            format!("{} {}", "x".repeat(180 - row.text().len() / 2), row.text()).as_bytes(),
        ),
        Place::EnvelopeStatus => ok(&format!(
            "{{\"status\": {own}, \"result\": [{{\"id\": 1, \"text\": {own}}}]}}"
        )),
        Place::RedirectPath => redirect(&format!("/stray/{}/x", row.text())),
        Place::RedirectQuery => redirect(&format!("/stray/?token={}", row.text())),
        Place::RedirectElsewhere => redirect(&format!(
            "https://{}.invalid/{}",
            row.secret().replace(['_', '~'], "-"),
            row.text()
        )),
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
    let named = |disposition: &str| {
        http(
            200,
            &format!(
                "Content-Type: text/plain\r\nContent-Disposition: attachment; {disposition}\r\n"
            ),
            &body,
        )
    };
    match row.place {
        Place::FileName | Place::ManifestOfFiles => named(&format!("filename=\"a {text} b.txt\"")),
        Place::FileNameQuotedPairs => named(&format!(
            "filename=\"a {}.txt\"",
            text.chars()
                .map(|one| format!("\\{one}"))
                .collect::<String>()
        )),
        Place::FileNameExtended => named(&format!("filename*=UTF-8''a{text}.txt")),
        Place::FileNameEncodedWords if row.encoding == Encoding::Plain => named(&format!(
            "filename=\"=?utf-8?B?{}?=\"",
            STANDARD.encode(format!("a{text}"))
        )),
        Place::FileNameEncodedWords => named(&format!(
            "filename=\"=?utf-8?Q?{}?=\"",
            row.secret()
                .bytes()
                .map(|byte| format!("={byte:02X}"))
                .collect::<String>()
        )),
        Place::LongFileName => named(&format!("filename=\"{}{text}.txt\"", "x".repeat(185))),
        Place::ContentType => http(
            200,
            &format!(
                "Content-Type: text/plain; name=\"{text}\"\r\nContent-Disposition: attachment\r\n"
            ),
            &body,
        ),
        Place::ContentEncoding => http(
            200,
            &format!("Content-Type: text/plain\r\nContent-Encoding: {text}\r\n"),
            &body,
        ),
        // It never comes whole, so that the part and what tells of it stay.
        Place::Validators => http(
            200,
            &format!(
                "Content-Type: text/plain; x={text}\r\nETag: \"{text}\"\r\nLast-Modified: {text}\r\n\
                 Content-Disposition: attachment; filename=\"{text}\"\r\nContent-Length: 100000\r\n"
            ),
            &body,
        ),
        Place::ManifestOfFailures => http(
            400,
            "",
            format!("{{\"message\": {}}}", row.string()).as_bytes(),
        ),
        place => panic!("{place:?} has no download"),
    }
}
