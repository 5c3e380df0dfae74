//! One file, named by entity and parameters.

use std::sync::Arc;

use serde_json::{Value, json};

use super::DownloadArgs;
use super::bars::Bars;
use crate::commands::Invocation;
use crate::commands::operation::{OperationRequest, print_remarks};
use crate::commands::resolve::resolve;
use crate::commands::session::Session;
use crate::domain::download::{Known, NamePattern, SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::download::Downloader;

/// Downloads a file and prints one line about it. An interrupted download resumes.
pub(super) async fn download(
    arguments: &DownloadArgs,
    invocation: &Invocation<'_>,
    session: &Session<'_>,
) -> Result<(), Failure> {
    let connector = resolve(session, &arguments.connector).await?;
    let entity = arguments.entity.as_deref().unwrap_or_default();
    let request = OperationRequest {
        entity,
        action: "download",
        parameters: &arguments.parameters,
        select: Vec::new(),
    };
    let prepared = request.prepare(session, &connector).await?;
    print_remarks(session, &prepared);
    let call = prepared.call;
    let wanted = Wanted {
        call,
        folder: invocation.folder.to_owned(),
        names: NamePattern::Name,
        name: arguments.name.clone(),
        known: Known::default(),
        manifest: None,
    };
    let bars = Bars::new(1, session.client.scrubber());
    let bar = bars.begin(entity);
    let file = Arc::new(Downloader::default())
        .fetch(session.client, &wanted, &|step| bar.step(&step))
        .await;
    bar.end();
    bars.finish();
    session.print_json(&describe(&file?))
}

/// Describes a saved file in JSON.
pub(super) fn describe(file: &SavedFile) -> Value {
    let mut line = json!({"path": file.path.to_string_lossy(), "bytes": file.bytes, "sha256": file.sha256, "content_type": file.content_type});
    if let Some(looks_like) = &file.looks_like {
        line["looks_like"] = looks_like.as_str().into();
    }
    if let Some(encoded) = file.encoded {
        line["encoding"] = encoded.coding.name().into();
        line["received"] = encoded.bytes.into();
    }
    if !file.measured {
        line["size_checked"] = false.into();
    }
    if file.resumed > 0 && !file.was_there {
        line["resumed_from"] = file.resumed.into();
    }
    if file.unvalidated {
        line["note"] = "resumed without a validator".into();
    }
    if file.was_there {
        line["was_there"] = true.into();
    }
    line
}
