//! The connector that no catalog knows: each of its lists pages in another way, and is followed by what `describe` tells and
//! by its replies alone.

use std::collections::BTreeSet;

use airscope::api::described_operations;
use airscope::catalog;
use airscope::paging::{Limits, Verdict};
use airscope::sandbox::{Options, Sandbox, Scenario};

use crate::pages::page;
use crate::support::client;

#[tokio::test]
async fn every_list_of_a_connector_that_no_catalog_knows_comes_whole() {
    let scenario = Scenario::by_name("unknown-connector").unwrap();
    let sandbox = Sandbox::start(Options { scenario, ..Options::default() }).await.unwrap();
    let client = client(&sandbox);
    let connectors = client.connectors("default", None).await.unwrap();
    assert_eq!(connectors.len(), 13);
    let unlisted = connectors.iter().find(|connector| catalog::definition_of(connector).is_none()).unwrap();
    assert_eq!(unlisted.name, "Warehouse inventory");
    let operations = described_operations(&client.describe(&unlisted.id).await.unwrap());
    assert_eq!(operations.len(), 36);
    let mut wrong = Vec::new();
    for operation in operations {
        let entity = operation.entity.clone();
        let call = airscope::domain::call::Call::new(&unlisted.id, &entity, "list");
        let (run, came, verdict) = page(&client, Some(operation), call, Limits::default()).await;
        let unique: BTreeSet<&String> = came.iter().collect();
        if !matches!(verdict, Verdict::Complete(_)) || (came.len(), unique.len(), run.pages()) != (57, 57, 3) {
            wrong.push(format!("{entity}: {} of 57 in {} pages, {verdict:?}", came.len(), run.pages()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
