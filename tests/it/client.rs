//! The client against the sandbox: tokens, retries, faults.

use airscope::api::{Client, Event};
use airscope::domain::call::{Call, Params};
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::failure::FailureKind;
use airscope::domain::secret::Secret;
use airscope::sandbox::Sandbox;
use std::sync::Mutex;

use crate::support::{client, connection, sandbox};

fn issues() -> Call {
    let mut call = Call::new(&Sandbox::connector_id("github"), "issues", "list");
    call.params = Params::parse(r#"{"per_page":2}"#).unwrap();
    call
}

#[tokio::test]
async fn lists_everything_that_the_screen_needs() {
    let sandbox = sandbox("normal").await;
    let client = client(&sandbox);
    let connectors = client.connectors("default", None).await.unwrap();
    assert_eq!(connectors.len(), 12);
    let github = &connectors[0];
    assert_eq!(
        (github.name.as_str(), github.slug.as_deref()),
        ("GitHub", Some("github"))
    );
    assert_eq!(
        client
            .connectors("default", Some(&github.definition_id))
            .await
            .unwrap()
            .len(),
        1
    );
    // 27 workspaces come in one page of 100; the pages are tested below.
    assert_eq!(client.workspaces().await.unwrap().len(), 27);
    assert_eq!(client.organizations().await.unwrap().len(), 2);
    let inspection = client.inspect(&github.id).await.unwrap();
    assert!(
        inspection
            .entities
            .iter()
            .any(|entity| entity.entity == "issues" && entity.ready_for_search)
    );
    let badges = client
        .badges(&inspection.organization_id.unwrap())
        .await
        .unwrap();
    let labels: std::collections::BTreeSet<_> = badges
        .iter()
        .map(|(_, state)| state.label().to_owned())
        .collect();
    assert_eq!(
        labels.into_iter().collect::<Vec<_>>(),
        ["Building Preview", "Loading", "Preview", "Ready"]
    );
    assert_eq!(
        client.definition_id("github").await.unwrap(),
        github.definition_id
    );
    assert_eq!(
        client.definition_id("zendesk").await.unwrap_err().kind,
        FailureKind::Input
    );
    let failure = client.connectors("nowhere", None).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.summary.as_str()),
        (FailureKind::NotFound, "There is no workspace `nowhere`")
    );
}

#[tokio::test]
async fn many_calls_at_once_make_one_token() {
    let sandbox = sandbox("normal").await;
    let client = client(&sandbox);
    let calls: Vec<Call> = (0..8).map(|_| issues()).collect();
    let notify = |_| {};
    let results =
        futures_util::future::join_all(calls.iter().map(|call| client.execute(call, &notify)))
            .await;
    assert!(results.iter().all(Result::is_ok));
    let mints = sandbox
        .requests()
        .iter()
        .filter(|asked| asked.path.ends_with("/token"))
        .count();
    assert_eq!(mints, 1);
    let organization = sandbox
        .requests()
        .iter()
        .filter(|asked| asked.path.ends_with("/execute"))
        .all(|asked| asked.headers.contains_key("x-organization-id"));
    assert!(organization);
}

#[tokio::test]
async fn a_token_that_dies_is_renewed_once_and_the_call_repeated() {
    let sandbox = sandbox("normal").await;
    let client = client(&sandbox);
    client.execute(&issues(), &|_| {}).await.unwrap();
    sandbox.expire_tokens();
    client.execute(&issues(), &|_| {}).await.unwrap();
    let mints = sandbox
        .requests()
        .iter()
        .filter(|asked| asked.path.ends_with("/token"))
        .count();
    assert_eq!((mints, sandbox.executed().len()), (2, 3));
}

#[tokio::test]
async fn tokens_that_die_in_the_middle_do_not_show() {
    let sandbox = sandbox("token-expires").await;
    let client = client(&sandbox);
    for _ in 0..20 {
        client.execute(&issues(), &|_| {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_401_is_explained() {
    let sandbox = sandbox("connector-unauthorized").await;
    let failure = client(&sandbox)
        .execute(&issues(), &|_| {})
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, sandbox.executed().len()),
        (FailureKind::Credentials, 2)
    );
    assert_eq!(
        failure.summary,
        "Could not list `issues`: Bad credentials (401)"
    );
    assert!(
        failure
            .hint
            .unwrap()
            .contains("connector's own credentials")
    );
}

#[tokio::test]
async fn a_ready_token_cannot_be_renewed_and_says_so() {
    let sandbox = sandbox("normal").await;
    let connection = Connection {
        credentials: Credentials::Token(Secret::new("stale-token")),
        ..connection(&sandbox)
    };
    let failure = Client::new(connection)
        .execute(&issues(), &|_| {})
        .await
        .unwrap_err();
    assert_eq!(
        failure.summary,
        "Could not list `issues`: Invalid or expired token (401)"
    );
    assert!(
        failure
            .hint
            .as_ref()
            .unwrap()
            .contains("AIRBYTE_APPLICATION_TOKEN")
            && !format!("{failure:?}").contains("stale-token")
    );
}

#[tokio::test]
async fn bad_credentials_are_named_and_not_shown() {
    let sandbox = sandbox("normal").await;
    let credentials = Credentials::Pair {
        id: "ci_wrong".into(),
        secret: Secret::new("cs_wrong_secret"),
    };
    let client = Client::new(Connection {
        credentials,
        ..connection(&sandbox)
    });
    let failure = client.connectors("default", None).await.unwrap_err();
    assert_eq!(failure.kind.exit_code(), 2);
    assert_eq!(
        failure.summary,
        "Could not get a token: Invalid client credentials (401)"
    );
    assert!(!format!("{failure:?}").contains("cs_wrong_secret"));
}

#[tokio::test]
async fn what_only_reads_is_repeated_and_waits_are_told() {
    let sandbox = sandbox("rate-limited").await;
    let waits = Mutex::new(Vec::new());
    let notify = |event| {
        if let Event::Waiting(pause) = event {
            waits.lock().unwrap().push((
                pause.attempt,
                pause.wait.as_secs(),
                pause.reason.to_string(),
            ));
        }
    };
    client(&sandbox).execute(&issues(), &notify).await.unwrap();
    assert_eq!(*waits.lock().unwrap(), [(2, 1, "429".to_owned())]);
    assert_eq!(sandbox.executed().len(), 2);
}

#[tokio::test]
async fn what_writes_is_never_repeated() {
    let sandbox = sandbox("rate-limited-forever").await;
    let mut call = issues();
    call.action = "create".into();
    let failure = client(&sandbox).execute(&call, &|_| {}).await.unwrap_err();
    assert_eq!(
        (failure.kind, sandbox.executed().len()),
        (FailureKind::RateLimited, 1)
    );
    assert_eq!(
        failure.summary,
        "Could not create `issues`: Too many requests (429)"
    );
    assert_eq!(failure.hint.as_deref(), Some("Wait 1 s, then send again."));
}

#[tokio::test]
async fn refusals_are_worded_by_their_kind() {
    let cases = [
        (
            "unprocessable",
            FailureKind::Input,
            "Could not list `issues`: Value error, one connector identifier is needed (422)",
        ),
        (
            "unprocessable-detail",
            FailureKind::Input,
            "body.params.per_page: Input should be a valid integer (422)",
        ),
        (
            "detail-text",
            FailureKind::Input,
            "Could not list `issues`: The connector is being set up (400)",
        ),
        (
            "forbidden",
            FailureKind::Forbidden,
            "Could not list `issues`: This organization has no Airbyte Agents subscription (403)",
        ),
        (
            "redirect-elsewhere",
            FailureKind::Refused,
            "which was not followed",
        ),
    ];
    for (scenario, kind, words) in cases {
        let sandbox = sandbox(scenario).await;
        let failure = client(&sandbox)
            .execute(&issues(), &|_| {})
            .await
            .unwrap_err();
        assert_eq!(failure.kind, kind, "{scenario}");
        assert!(
            failure.summary.contains(words),
            "{scenario}: {}",
            failure.summary
        );
    }
}

#[tokio::test]
async fn a_short_reply_that_is_cut_is_asked_for_again_and_then_fails() {
    let sandbox = sandbox("cut-reply").await;
    let mut call = issues();
    call.action = "get".into();
    call.params = Params::parse(r#"{"number":142}"#).unwrap();
    let failure = client(&sandbox).execute(&call, &|_| {}).await.unwrap_err();
    assert_eq!(
        (failure.kind, sandbox.executed().len()),
        (FailureKind::Network, 4)
    );
}

#[tokio::test]
async fn a_long_reply_that_is_cut_can_be_read_up_to_the_cut() {
    let sandbox = sandbox("cut-reply").await;
    let mut call = issues();
    call.params = Params::parse(r#"{"per_page":50}"#).unwrap();
    let answer = client(&sandbox).execute(&call, &|_| {}).await.unwrap();
    assert!(!answer.reply.whole && answer.body.len() > 4096);
}

#[tokio::test]
async fn a_gateway_that_fails_twice_does_not_show_and_one_that_stays_down_is_named() {
    let passing = sandbox("bad-gateway").await;
    client(&passing).execute(&issues(), &|_| {}).await.unwrap();
    assert_eq!(passing.executed().len(), 3);
    let down = sandbox("html-503").await;
    let failure = client(&down).execute(&issues(), &|_| {}).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.status, down.executed().len()),
        (FailureKind::Service, Some(503), 4)
    );
}

#[tokio::test]
async fn organizations_are_read_in_their_other_shape() {
    let sandbox = sandbox("organizations-as-data").await;
    let organizations = client(&sandbox).organizations().await.unwrap();
    assert_eq!(
        organizations
            .iter()
            .map(|own| own.name.as_str())
            .collect::<Vec<_>>(),
        ["Rocket Inc", "Rocket Labs"]
    );
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed() {
    let sandbox = sandbox("foreign-next").await;
    // Pages of 20 need the link; the client asks for 100, so the sandbox is asked for few by hand.
    let failure = client(&sandbox).workspaces_by(5).await.unwrap_err();
    assert!(
        failure.summary.contains("another host"),
        "{}",
        failure.summary
    );
}

#[tokio::test]
async fn all_pages_of_workspaces_come() {
    let sandbox = sandbox("normal").await;
    assert_eq!(client(&sandbox).workspaces_by(5).await.unwrap().len(), 27);
    assert_eq!(
        sandbox
            .requests()
            .iter()
            .filter(|asked| asked.path.contains("/workspaces"))
            .count(),
        6
    );
}

#[tokio::test]
async fn plain_http_goes_only_to_this_machine() {
    let sandbox = sandbox("normal").await;
    for (host, words) in [
        ("http://api.airbyte.ai", "plain http://"),
        ("ftp://x", "no https:// URL"),
        ("nonsense", "cannot be used"),
    ] {
        let connection = Connection {
            host: host.into(),
            ..connection(&sandbox)
        };
        let failure = Client::new(connection)
            .connectors("default", None)
            .await
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Input);
        assert!(failure.summary.contains(words), "{}", failure.summary);
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let sandbox = sandbox("normal").await;
    let connection = connection(&sandbox);
    drop(sandbox);
    let failure = Client::new(connection)
        .connectors("default", None)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
}

#[tokio::test]
async fn describe_tells_all_live_operations_of_the_56_in_each_answer_shape() {
    use airscope::api::described_operations;
    use airscope::catalog::{DEFINITIONS, definition_of, unite};
    use airscope::sandbox::{Options, Scenario};
    for shape in [
        "normal",
        "describe-bare",
        "describe-envelope",
        "describe-schema",
        "describe-keyed",
        "describe-introspection",
    ] {
        let scenario = Scenario::by_name(shape).unwrap();
        let sandbox = Sandbox::start(Options {
            scenario,
            all_connectors: true,
            ..Options::default()
        })
        .await
        .unwrap();
        let client = client(&sandbox);
        let connectors = client.connectors("default", None).await.unwrap();
        // And one that no catalog knows.
        assert_eq!(connectors.len(), 57);
        let (mut told, mut parameters, mut united) = (0, 0, 0);
        for connector in connectors
            .iter()
            .filter(|connector| definition_of(connector).is_some())
        {
            let operations = described_operations(&client.describe(&connector.id).await.unwrap());
            told += operations.len();
            parameters += operations
                .iter()
                .map(|operation| operation.parameters.len())
                .sum::<usize>();
            let definition = DEFINITIONS
                .iter()
                .find(|definition| Some(definition.slug) == connector.slug.as_deref())
                .unwrap();
            united += unite(definition.operations(), operations).len();
        }
        assert_eq!((told, united), (1299, 1789), "{shape}");
        assert!(parameters > 4000, "{shape} tells {parameters} parameters");
    }
}
