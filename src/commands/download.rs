//! `airscope download`: one file.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::bars::Bars;
use super::call::{CallRequest, ReadParams, prepared};
use super::{Session, resolve};
use crate::domain::download::{Known, SavedFile, Wanted};
use crate::domain::failure::Failure;
use crate::download::Downloader;

/// What to download.
pub struct DownloadRequest<'a> {
    /// The connector's id or name.
    pub connector: &'a str,
    /// The entity.
    pub entity: &'a str,
    /// Reads the parameters.
    pub params: ReadParams<'a>,
    /// The folder.
    pub folder: &'a Path,
    /// The name, in place of the service's.
    pub name: Option<&'a str>,
}

/// Downloads a file and prints one line about it. What an earlier try left is gone on with.
pub async fn download(session: &Session<'_>, request: &DownloadRequest<'_>) -> Result<(), Failure> {
    let connector = resolve(session, request.connector).await?;
    let operation = CallRequest {
        connector: request.connector,
        entity: request.entity,
        action: "download",
        params: request.params,
        select: &[],
        yes: false,
    };
    let (call, declared) = prepared(session, &connector, &operation).await?;
    super::call::remark_on(session, declared.as_ref(), &call);
    let wanted = Wanted {
        call,
        folder: request.folder.to_owned(),
        name: request.name.map(str::to_owned),
        known: Known::default(),
        manifest: None,
    };
    let bars = Bars::new(1, session.client.scrubber());
    let bar = bars.begin(request.entity);
    let file = Arc::new(Downloader::default())
        .fetch(session.client, &wanted, &|step| bar.step(&step))
        .await;
    bar.end();
    bars.finish();
    session.print_json(&line(&file?))
}

/// Tells of a file in JSON.
pub(super) fn line(file: &SavedFile) -> Value {
    let mut line = json!({"path": file.path.to_string_lossy(), "bytes": file.bytes, "sha256": file.sha256, "content_type": file.content_type});
    if let Some(looks_like) = &file.looks_like {
        line["looks_like"] = looks_like.as_str().into();
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
