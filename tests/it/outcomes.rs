//! What is known of a call whose answer was lost: of what only reads that it can be asked again, of what writes nothing. And what
//! is told of proxies and certificates.

use std::process::Command;

use airscope::sandbox;

use crate::support::origin::Origin;

/// The ways in which an answer does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    Status(u16),
    Dropped,
    Cut,
}

fn answer(lost: Lost) -> Vec<u8> {
    match lost {
        Lost::Status(status) => format!("HTTP/1.1 {status} Lost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes(),
        Lost::Dropped => Vec::new(),
        Lost::Cut => {
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n{\"status\":".to_vec()
        }
    }
}

fn airscope(host: &str, words: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_airscope"));
    command.args(words).env_clear().env("HOME", home.path()).env("AIRBYTE_API_HOST", host);
    command.env("AIRBYTE_APPLICATION_TOKEN", "a-token-of-the-test").envs(variables.iter().copied());
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_write_whose_outcome_is_unknown_is_never_advised_to_be_sent_again() {
    let id = sandbox::Sandbox::connector_id("github");
    for action in ["create", "update", "delete", "merge"] {
        for lost in [Lost::Status(500), Lost::Status(502), Lost::Status(503), Lost::Status(504), Lost::Dropped, Lost::Cut] {
            let listed = format!(
                "{{\"data\": [{{\"id\": \"{id}\", \"name\": \"GitHub\", \"summarized_source_template\": {{\"connector_name\": \"github\", \
                 \"actor_definition_id\": \"ef69ef6e-aa7f-4af1-a01d-ef775033524e\"}}}}]}}"
            );
            let origin = Origin::scripted(Box::new(move |_, body| {
                if body["action"] == action {
                    return answer(lost);
                }
                let body = if body["action"] == "describe" { "{\"entities\": []}".to_owned() } else { listed.clone() };
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
            }));
            let (code, error) = airscope(&origin.url(), &["call", &id, "issues", action, "--yes", "-p", "title=x", "--json"], &[]);
            let row = format!("{action} {lost:?}: {code} {error}");
            assert_ne!(code, 0, "{row}");
            assert_eq!(origin.asked().iter().filter(|body| body["action"] == action).count(), 1, "{row}");
            let words = error.to_lowercase();
            assert!(words.contains("outcome unknown: look whether it took effect") && words.contains("\"retryable\":false"), "{row}");
            assert!(!words.contains("try again") && !words.contains("send again"), "{row}");
        }
    }
}

#[test]
fn a_dead_proxy_and_a_file_of_certificates_that_is_none_are_named() {
    let proxy = ("HTTPS_PROXY", "http://ann:a-password-of-the-proxy@127.0.0.1:9");
    let (code, error) = airscope("https://api.example.test", &["connectors"], &[proxy]);
    assert!(code == 1 && error.contains("through the proxy `http://127.0.0.1:9`") && !error.contains("a-password"), "{error}");
    let (_, error) = airscope("https://127.0.0.1:9", &["connectors"], &[proxy]);
    assert!(error.contains("`https://127.0.0.1:9` cannot be reached") && !error.contains("proxy"), "this machine needs none: {error}");
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "no certificate").unwrap();
    for (path, words) in [(folder.path().join("missing"), "cannot be read"), (text, "holds no certificate in PEM form")] {
        let (code, error) = airscope("https://127.0.0.1:9", &["connectors"], &[("SSL_CERT_FILE", path.to_str().unwrap())]);
        assert!(code == 4 && error.contains("SSL_CERT_FILE") && error.contains(words), "{error}");
    }
}

#[test]
fn a_standard_output_that_is_closed_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let run = |output: &str| {
        let command = format!("'{}' sandbox --list-scenarios {output}", env!("CARGO_BIN_EXE_airscope"));
        let output = Command::new("sh").args(["-c", &command]).env("HOME", home.path()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(run("> /dev/null").0, 0);
    assert_eq!(run("<> /dev/null 1>&0").0, 0);
    let (code, error) = run(">&-");
    assert!(code == 1 && error.contains("Standard output is closed"), "{code} {error}");
}
