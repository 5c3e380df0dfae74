//! The connector that no catalog knows: each of its lists pages in another way, and is followed by what `describe` tells and
//! by its replies alone.

use std::collections::BTreeSet;

use airscope::api::described_operations;
use airscope::catalog;
use airscope::domain::call::Call;
use airscope::paging::Limits;
use airscope::sandbox::{Options, Sandbox, Scenario};

use crate::pages::page;
use crate::support::client;

#[tokio::test]
async fn every_list_of_a_connector_that_no_catalog_knows_comes_whole() {
    let scenario = Scenario::by_name("unknown-connector").unwrap();
    let mut wrong = Vec::new();
    // Three pages, the last one short; two and one that are exactly full; one that is short; nothing at all.
    for (records, pages) in [(57, 3), (50, 2), (25, 1), (7, 1), (0, 1)] {
        let sandbox = Sandbox::start(Options {
            scenario,
            records: Some(records),
            ..Options::default()
        })
        .await
        .unwrap();
        let client = client(&sandbox);
        let connectors = client.connectors("default", None).await.unwrap();
        assert_eq!(connectors.len(), 13);
        let unlisted = connectors
            .iter()
            .find(|connector| catalog::definition_of(connector).is_none())
            .unwrap();
        assert_eq!(unlisted.name, "Warehouse inventory");
        let operations = described_operations(&client.describe(&unlisted.id).await.unwrap());
        assert_eq!(operations.len(), 36);
        for operation in operations {
            let entity = operation.entity.clone();
            let call = Call::new(&unlisted.id, &entity, "list");
            let (run, came, verdict) =
                page(&client, Some(operation), call, Limits::default()).await;
            let unique: BTreeSet<&String> = came.iter().collect();
            // Where nothing is stated an empty page beyond the last one is the proof.
            let silent = entity.ends_with("_silent");
            let beyond = u64::from(silent && records > 0 && (records % 25 == 0 || pages == 1));
            let whole =
                (came.len(), unique.len(), run.pages()) == (records, records, pages + beyond);
            if verdict.word() != "complete" || !whole {
                wrong.push(format!(
                    "{entity}: {} of {records} in {} pages, {verdict:?}",
                    came.len(),
                    run.pages()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
