//! The floor of paging: a bare reqwest loop over a list of the sandbox, writing its records as lines.
//! `benches/pages.py` compares `airscope pages` with it.
//!
//!     pages_loop HOST CONNECTOR_ID ENTITY PAGE_SIZE FILE

use std::io::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
    connector_metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [host, connector, entity, size, file] = words.as_slice() else {
        return Err("HOST CONNECTOR_ID ENTITY PAGE_SIZE FILE".into());
    };
    let size: u64 = size.parse()?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a provider is installed already")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let pair = serde_json::json!({
        "client_id": std::env::var("AIRBYTE_CLIENT_ID")?, "client_secret": std::env::var("AIRBYTE_CLIENT_SECRET")?,
    });
    let json = |request: reqwest::RequestBuilder, body: String| {
        request
            .header("content-type", "application/json")
            .body(body)
    };
    let minted = json(
        client.post(format!("{host}/api/v1/account/applications/token")),
        pair.to_string(),
    )
    .send()
    .await?
    .bytes()
    .await?;
    let token: serde_json::Value = serde_json::from_slice(&minted)?;
    let token = token["access_token"].as_str().ok_or("no token")?.to_owned();
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    let mut after: Option<String> = None;
    loop {
        let mut params = serde_json::json!({"per_page": size});
        if let Some(after) = &after {
            params["after"] = after.as_str().into();
        }
        let body = serde_json::json!({"entity": entity, "action": "list", "params": params, "skip_truncation": true});
        let request = client
            .post(format!(
                "{host}/api/v1/integrations/connectors/{connector}/execute"
            ))
            .bearer_auth(&token);
        let bytes = json(request, body.to_string())
            .send()
            .await?
            .bytes()
            .await?;
        let page: Page<'_> = serde_json::from_slice(&bytes)?;
        for record in &page.result {
            out.write_all(record.get().as_bytes())?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        match (
            page.connector_metadata.has_next_page,
            page.connector_metadata.end_cursor,
        ) {
            (true, Some(cursor)) => after = Some(cursor),
            _ => return Ok(()),
        }
    }
}
