//! What is known of a call whose answer was lost: of what only reads that it can be asked again, of what writes nothing. And what
//! is told of proxies and certificates.

use std::process::Command;

use airscope::sandbox;

use crate::support::origin::Origin;

/// The ways in which an answer does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    Status(u16),
    Redirected(u16),
    Dropped,
    Cut,
}

fn answer(lost: Lost) -> Vec<u8> {
    match lost {
        Lost::Status(status) => format!("HTTP/1.1 {status} Lost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes(),
        Lost::Redirected(status) => {
            format!("HTTP/1.1 {status} Lost\r\nLocation: https://elsewhere.example/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .into_bytes()
        }
        Lost::Dropped => Vec::new(),
        Lost::Cut => {
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n{\"status\":".to_vec()
        }
    }
}

fn airscope(host: &str, words: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command
        .args(words)
        .env_clear()
        .env("HOME", home.path())
        .env("AIRBYTE_API_HOST", host);
    command
        .env("AIRBYTE_APPLICATION_TOKEN", "a-token-of-the-test")
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn a_write_whose_outcome_is_unknown_is_never_advised_to_be_sent_again() {
    let id = sandbox::Sandbox::connector_id("github");
    for action in ["create", "update", "delete", "merge"] {
        let statuses = [302, 500, 502, 503, 504].map(Lost::Status);
        for lost in statuses
            .into_iter()
            .chain([301, 302, 303, 307].map(Lost::Redirected))
            .chain([Lost::Dropped, Lost::Cut])
        {
            let listed = format!(
                "{{\"data\": [{{\"id\": \"{id}\", \"name\": \"GitHub\", \"summarized_source_template\": {{\"connector_name\": \"github\", \
                 \"actor_definition_id\": \"ef69ef6e-aa7f-4af1-a01d-ef775033524e\"}}}}]}}"
            );
            let origin = Origin::scripted(Box::new(move |_, body| {
                if body["action"] == action {
                    return answer(lost);
                }
                let body = if body["action"] == "describe" {
                    "{\"entities\": []}".to_owned()
                } else {
                    listed.clone()
                };
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                )
                .into_bytes()
            }));
            let (code, error) = airscope(
                &origin.url(),
                &[
                    "call", &id, "issues", action, "--yes", "-p", "title=x", "--json",
                ],
                &[],
            );
            let row = format!("{action} {lost:?}: {code} {error}");
            assert_ne!(code, 0, "{row}");
            assert_eq!(
                origin
                    .requests()
                    .iter()
                    .filter(|body| body["action"] == action)
                    .count(),
                1,
                "{row}"
            );
            let words = error.to_lowercase();
            assert!(
                words.contains("outcome unknown: look whether it took effect")
                    && words.contains("\"retryable\":false"),
                "{row}"
            );
            assert!(
                !words.contains("try again") && !words.contains("send again"),
                "{row}"
            );
        }
    }
}

#[test]
fn a_call_that_is_sent_again_after_a_401_counts_twice() {
    let id = sandbox::Sandbox::connector_id("github");
    for most in [1, 2] {
        let listed = format!(
            "{{\"data\": [{{\"id\": \"{id}\", \"name\": \"GitHub\", \"summarized_source_template\": {{\"connector_name\": \"github\", \
             \"actor_definition_id\": \"ef69ef6e-aa7f-4af1-a01d-ef775033524e\"}}}}], \"access_token\": \"a-token-that-was-made\", \"expires_in\": 900}}"
        );
        let origin = Origin::scripted(Box::new(move |_, body| {
            let (status, body) = if body["entity"].is_string() {
                ("401 Unauthorized", "{}".to_owned())
            } else {
                ("200 OK", listed.clone())
            };
            format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        }));
        let pair = [
            ("AIRBYTE_APPLICATION_TOKEN", ""),
            ("AIRBYTE_CLIENT_ID", "an-id"),
            ("AIRBYTE_CLIENT_SECRET", "a-secret-of-the-test"),
        ];
        let words = [
            "--max-calls",
            &most.to_string(),
            "call",
            &id,
            "issues",
            "list",
            "-p",
            "owner=a",
            "-p",
            "repo=b",
        ];
        let (code, error) = airscope(&origin.url(), &words, &pair);
        assert_ne!(code, 0, "{error}");
        assert_eq!(
            origin
                .requests()
                .iter()
                .filter(|body| body["entity"].is_string())
                .count(),
            most,
            "{error}"
        );
    }
}

#[test]
fn a_dead_proxy_and_a_file_of_certificates_that_is_none_are_named() {
    let proxy = (
        "HTTPS_PROXY",
        "http://ann:a-password-of-the-proxy@127.0.0.1:9",
    );
    let (code, error) = airscope("https://api.example.test", &["connectors"], &[proxy]);
    assert!(
        code == 1
            && error.contains("through the proxy `http://127.0.0.1:9`")
            && !error.contains("a-password"),
        "{error}"
    );
    let (_, error) = airscope("https://127.0.0.1:9", &["connectors"], &[proxy]);
    assert!(
        error.contains("`https://127.0.0.1:9` cannot be reached") && !error.contains("proxy"),
        "this machine needs none: {error}"
    );
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "no certificate").unwrap();
    for (path, words) in [
        (folder.path().join("missing"), "cannot be read"),
        (text, "holds no certificate in PEM form"),
    ] {
        let (code, error) = airscope(
            "https://127.0.0.1:9",
            &["connectors"],
            &[("SSL_CERT_FILE", path.to_str().unwrap())],
        );
        assert!(
            code == 4 && error.contains("SSL_CERT_FILE") && error.contains(words),
            "{error}"
        );
    }
}

#[test]
fn a_standard_output_that_is_closed_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let run = |output: &str| {
        let command = format!(
            "'{}' sandbox --list-scenarios {output}",
            env!("CARGO_BIN_EXE_airscope")
        );
        let output = Command::new("sh")
            .args(["-c", &command])
            .env("HOME", home.path())
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(run("> /dev/null").0, 0);
    assert_eq!(run("<> /dev/null 1>&0").0, 0);
    let (code, error) = run(">&-");
    assert!(
        code == 1 && error.contains("Standard output is closed"),
        "{code} {error}"
    );
}

/// Serves one body without end on every connection; counts what the other side takes.
fn endless(head: &'static str, piece: &'static [u8]) -> (String, std::sync::mpsc::Receiver<u64>) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, taken) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let mut count = 0;
            if stream.write_all(head.as_bytes()).is_ok() {
                while count < 1 << 30 && stream.write_all(piece).is_ok() {
                    count += piece.len() as u64;
                }
            }
            if sender.send(count).is_err() {
                return;
            }
        }
    });
    (url, taken)
}

#[test]
fn a_body_without_end_is_read_up_to_its_limit() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"data\": [";
    const ERROR: &str = "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"message\": \"no, \", \"more\": [";
    let pair = [
        ("AIRBYTE_APPLICATION_TOKEN", ""),
        ("AIRBYTE_CLIENT_ID", "an-id"),
        ("AIRBYTE_CLIENT_SECRET", "a-secret-of-the-test"),
    ];
    let piece: &[u8] = Box::leak(b"{\"id\": 1}, ".repeat(6000).into_boxed_slice());
    // What the system holds on the way counts as taken.
    let slack = 32 << 20;
    for (head, variables, limit, code, words) in [
        (
            HEAD,
            &[][..],
            64 << 20,
            1,
            "the answer is larger than 67.1 MB",
        ),
        (
            HEAD,
            &pair[..],
            1 << 20,
            1,
            "the answer is larger than 1.0 MB",
        ),
        (ERROR, &[][..], 1 << 20, 2, "(403)"),
    ] {
        let (url, taken) = endless(head, piece);
        let (ended, error) = airscope(&url, &["connectors"], variables);
        assert!(ended == code && error.contains(words), "{ended}: {error}");
        let count = taken.recv().unwrap();
        assert!(count < limit + slack, "{count} bytes were taken; {error}");
    }
}
