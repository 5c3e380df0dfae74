//! The floor of receiving: a bare reqwest loop that reads a reply's body into one buffer and does nothing with
//! it. `benches/arriving.py` compares the screen of airscope with it.
//!
//!     body_loop HOST CONNECTOR_ID RUNS
//!
//! Prints for each run the seconds from sending the request to the last byte.

use std::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [host, connector, runs] = words.as_slice() else {
        return Err("HOST CONNECTOR_ID RUNS".into());
    };
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a provider is installed already")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{host}/api/v1/integrations/connectors/{connector}/execute");
    for _ in 0..runs.parse::<usize>()? {
        let began = Instant::now();
        let request = client
            .post(&url)
            .header("content-type", "application/json")
            .body(r#"{"entity":"issues","action":"list","params":{}}"#);
        let mut response = request.send().await?;
        let mut body = Vec::with_capacity(response.content_length().unwrap_or_default() as usize);
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        println!("{:.6}", began.elapsed().as_secs_f64());
    }
    Ok(())
}
