//! The sandbox speaks the contract: the requests of the API's own documentation, as written there.

use airscope::sandbox::{self, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::sandbox;

/// A client that knows nothing of airscope.
struct Curl {
    sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
}

impl Curl {
    async fn start(scenario: &str) -> Curl {
        let sandbox = sandbox(scenario).await;
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let tls = tls
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build()
            .unwrap();
        let mut curl = Curl {
            sandbox,
            http,
            token: String::new(),
        };
        let body =
            json!({"client_id": sandbox::CLIENT_ID, "client_secret": sandbox::CLIENT_SECRET});
        let (status, token) = curl
            .ask(
                Method::POST,
                "/api/v1/account/applications/token",
                Some(body),
            )
            .await;
        assert_eq!(
            (status, &token["token_type"], &token["expires_in"]),
            (200, &json!("bearer"), &json!(900))
        );
        curl.token = token["access_token"].as_str().unwrap().to_owned();
        curl
    }

    async fn raw(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Response {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.sandbox.url()));
        if !self.token.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        request.send().await.unwrap()
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let response = self.raw(method, path, body).await;
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null),
        )
    }

    async fn execute(&self, slug: &str, body: Value) -> (u16, Value) {
        let path = format!(
            "/api/v1/integrations/connectors/{}/execute",
            Sandbox::connector_id(slug)
        );
        self.ask(Method::POST, &path, Some(body)).await
    }
}

#[tokio::test]
async fn the_documented_requests_work_as_written() {
    let curl = Curl::start("normal").await;
    let github = "ef69ef6e-aa7f-4af1-a01d-ef775033524e";
    let (status, list) = curl
        .ask(
            Method::GET,
            &format!(
                "/api/v1/integrations/connectors?workspace_name=default&definition_id={github}"
            ),
            None,
        )
        .await;
    assert_eq!(
        (status, list["data"].as_array().map(Vec::len)),
        (200, Some(1))
    );

    let (status, page) = curl
        .execute(
            "github",
            json!({"entity": "issues", "action": "list", "params": {"per_page": 10}}),
        )
        .await;
    assert_eq!(
        (
            status,
            page["status"].as_str(),
            page["result"].as_array().map(Vec::len)
        ),
        (200, Some("success"), Some(10))
    );
    assert_eq!(page["connector_metadata"]["has_next_page"], true);
    assert!(page["execution_metadata"]["execution_time_ms"].is_u64());
    assert!(
        page["execution_metadata"]["connector_instance_id"]
            .as_str()
            .unwrap()
            .starts_with("source_id:")
    );

    let id = &page["result"][3]["id"];
    let (status, one) = curl
        .execute(
            "github",
            json!({"entity": "issues", "action": "get", "params": {"id": id}}),
        )
        .await;
    assert_eq!((status, &one["result"]), (200, &page["result"][3]));

    // `params.cursor` works beside the connector's own `after`.
    let cursor = &page["connector_metadata"]["end_cursor"];
    let (_, generic) =
        curl.execute("github", json!({"entity": "issues", "action": "list", "params": {"per_page": 10, "cursor": cursor}})).await;
    let (_, own) = curl.execute("github", json!({"entity": "issues", "action": "list", "params": {"per_page": 10, "after": cursor}})).await;
    assert_eq!(generic["result"], own["result"]);
    assert_ne!(generic["result"][0], page["result"][0]);

    for slug in ["github", "zendesk-support"] {
        let search = json!({"entity": "users", "action": "search", "params": {"query": {"filter": {"eq": {"active": true}}}, "limit": 100}});
        let (status, found) = curl.execute(slug, search).await;
        let found = found["result"]["data"].as_array().unwrap().clone();
        assert!(
            status == 200 && !found.is_empty() && found.iter().all(|user| user["active"] == true),
            "{slug}"
        );
    }
}

#[tokio::test]
async fn a_ticket_on_page_one_leads_to_a_file() {
    let curl = Curl::start("normal").await;
    let (_, tickets) = curl
        .execute(
            "zendesk-support",
            json!({"entity": "tickets", "action": "list"}),
        )
        .await;
    let ticket = tickets["result"][0]["id"].to_string();
    let (status, comments) = curl
        .execute(
            "zendesk-support",
            json!({"entity": "ticket_comments", "action": "list", "params": {"ticket_id": ticket}}),
        )
        .await;
    let attachment = &comments["result"][0]["attachments"][0];
    assert!(status == 200 && attachment["id"].is_u64(), "{comments}");
    let path = format!(
        "/api/v1/integrations/connectors/{}/execute",
        Sandbox::connector_id("zendesk-support")
    );
    let body = json!({"entity": "attachments", "action": "download", "params": {"attachment_id": attachment["id"].to_string()}});
    let response = curl.raw(Method::POST, &path, Some(body)).await;
    assert_eq!(
        response.headers()["content-type"].to_str().unwrap(),
        attachment["content_type"].as_str().unwrap()
    );
    assert!(
        response.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .contains(attachment["file_name"].as_str().unwrap())
    );
    assert_eq!(
        response.bytes().await.unwrap().len() as u64,
        attachment["size"].as_u64().unwrap()
    );
    // An id that nobody knows gives 200 and no bytes.
    let body = json!({"entity": "attachments", "action": "download", "params": {"attachment_id": 99_999_999}});
    let response = curl.raw(Method::POST, &path, Some(body)).await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.bytes().await.unwrap().len()
        ),
        (200, 0)
    );
}

#[tokio::test]
async fn lists_of_the_twelve_page_to_their_end_over_three_pages_at_least() {
    use airscope::catalog::DEFINITIONS;
    use airscope::domain::call::{Call, Params};
    use airscope::envelope::Envelope;
    use airscope::json::document::Document;
    use airscope::paging::{Next, Past, Profile, Strategy, next};
    let sandbox = sandbox("normal").await;
    let client = crate::support::client(&sandbox);
    let twelve = [
        "github",
        "linear",
        "hubspot",
        "zendesk-support",
        "stripe",
        "jira",
        "slack",
        "google-drive",
        "gong",
        "salesforce",
        "intercom",
        "notion",
    ];
    let mut followed = 0;
    for definition in DEFINITIONS
        .iter()
        .filter(|definition| twelve.contains(&definition.slug))
    {
        let operations = definition.operations();
        for operation in operations
            .iter()
            .filter(|operation| operation.action == "list")
        {
            let profile = Profile::of(Some(operation));
            if matches!(
                profile.strategy,
                Strategy::Single | Strategy::Generic | Strategy::Unfollowable { .. }
            ) {
                continue;
            }
            let mut call = Call::new(
                &Sandbox::connector_id(definition.slug),
                &operation.entity,
                "list",
            );
            let required: Vec<String> = operation
                .parameters
                .iter()
                .filter(|parameter| parameter.required)
                .map(|parameter| {
                    let value =
                        parameter.choices.first().cloned().unwrap_or_else(|| {
                            match parameter.kind {
                                airscope::domain::operation::ParameterKind::Integer => "7".into(),
                                airscope::domain::operation::ParameterKind::Object => "{}".into(),
                                airscope::domain::operation::ParameterKind::Array => "[]".into(),
                                _ => "\"7\"".into(),
                            }
                        });
                    format!("\"{}\":{value}", parameter.name)
                })
                .collect();
            call.params = Params::parse(&format!("{{{}}}", required.join(","))).unwrap();
            let name = format!("{} {}", definition.slug, operation.entity);
            let (mut pages, mut ids) = (0, std::collections::HashSet::new());
            loop {
                let answer = client
                    .execute(&call, &|_| {})
                    .await
                    .unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
                let envelope = Envelope::read(std::sync::Arc::new(Document::parse(answer.body)));
                pages += 1;
                if let airscope::envelope::Records::Many(records) = envelope.records {
                    for record in envelope.document.children(records) {
                        assert!(
                            ids.insert(envelope.document.text(record).into_owned()),
                            "{name}: a record came twice"
                        );
                    }
                }
                match next(&profile, Some(operation), &call, &envelope, Past::default()) {
                    Next::Send { param, value } => call.params.set(&param, value),
                    Next::End(_) => break,
                    Next::Stuck { why, .. } => panic!("{name}: {why}"),
                }
                assert!(pages < 20, "{name} does not end");
            }
            assert!(pages >= 3, "{name} has {pages} pages");
            followed += 1;
        }
    }
    assert!(followed > 80, "only {followed} lists were followed");
}

#[tokio::test]
async fn writes_change_what_is_read() {
    let curl = Curl::start("normal").await;
    let create = json!({"entity": "tags", "action": "create", "params": {"name": "new and shiny"}});
    let (status, made) = curl.execute("intercom", create).await;
    assert_eq!(
        (status, &made["result"]["name"]),
        (200, &json!("new and shiny"))
    );
    let get = json!({"entity": "tags", "action": "get", "params": {"id": made["result"]["id"]}});
    assert_eq!(
        curl.execute("intercom", get.clone()).await.1["result"],
        made["result"]
    );
    let delete =
        json!({"entity": "tags", "action": "delete", "params": {"id": made["result"]["id"]}});
    assert_eq!(curl.execute("intercom", delete).await.0, 200);
    assert_eq!(curl.execute("intercom", get).await.0, 404);
}

#[tokio::test]
async fn the_context_store_searches_where_it_is_ready() {
    let curl = Curl::start("normal").await;
    let search = |query: Value| json!({"entity": "tickets", "action": "context_store_search", "params": {"limit": 5, "query": query}});
    let (_, found) = curl
        .execute(
            "zendesk-support",
            search(json!({"filter": {"and": [{"eq": {"status": "open"}}, {"gt": {"id": 1006}}]}, "sort": [{"id": "desc"}]})),
        )
        .await;
    let ids: Vec<i64> = found["result"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["id"].as_i64().unwrap())
        .collect();
    assert!(
        ids.len() == 5 && ids.is_sorted_by(|one, other| one > other),
        "{ids:?}"
    );
    assert_eq!(found["result"]["meta"]["has_more"], true);
    let search =
        json!({"entity": "users", "action": "context_store_search", "params": {"query": {}}});
    let (status, refused) = curl.execute("slack", search).await;
    assert!(
        status == 400 && refused["message"].as_str().unwrap().contains("Loading"),
        "{refused}"
    );
}

#[tokio::test]
async fn fields_are_picked_and_long_text_is_cut_when_asked() {
    let curl = Curl::start("normal").await;
    let list = json!({"entity": "tickets", "action": "list", "params": {"per_page": 2}, "select_fields": ["id", "via.channel"]});
    let (_, page) = curl.execute("zendesk-support", list).await;
    assert_eq!(
        page["result"][0],
        json!({"id": 1001, "via": {"channel": "email"}})
    );
    let list = json!({"entity": "tickets", "action": "list", "params": {"per_page": 1}, "exclude_fields": ["via.channel", "subject"]});
    let (_, page) = curl.execute("zendesk-support", list).await;
    assert!(page["result"][0].get("subject").is_none() && page["result"][0]["via"] == json!({}));
}

#[tokio::test]
async fn a_range_gives_a_part_of_the_file_and_chunks_come_as_json() {
    let curl = Curl::start("normal").await;
    let path = format!(
        "/api/v1/integrations/connectors/{}/execute",
        Sandbox::connector_id("zendesk-support")
    );
    let body = json!({"entity": "attachments", "action": "download", "params": {"attachment_id": 9000, "range_header": "bytes=4-9"}});
    let response = curl.raw(Method::POST, &path, Some(body)).await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["content-range"]
                .to_str()
                .unwrap()
                .split('/')
                .next()
                .unwrap()
        ),
        (206, "bytes 4-9")
    );
    assert_eq!(response.bytes().await.unwrap().len(), 6);
    let params = json!({"attachment_id": 9000, "range_header": "bytes=0-3", "_airbyte_response_type": "json"});
    let (_, chunk) = curl
        .execute(
            "zendesk-support",
            json!({"entity": "attachments", "action": "download", "params": params}),
        )
        .await;
    assert_eq!(
        (
            &chunk["result"]["bytes_returned"],
            &chunk["result"]["next_range_header"]
        ),
        (&json!(4), &json!("bytes=4-7"))
    );
}
