//! `airscope download`: one file.

use std::path::Path;

use serde_json::json;

use super::call::{CallRequest, ReadParams, prepared};
use super::output::print_line;
use super::{Session, resolve};
use crate::domain::failure::Failure;
use crate::transfer::{Target, fetch};

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

/// Downloads a file and prints one line about it.
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
    let (call, _) = prepared(session, &connector, &operation).await?;
    let target = Target { folder: request.folder.to_owned(), name: request.name.map(str::to_owned) };
    let file = fetch(session.client, &call, &target, &|_| {}).await?;
    let line = json!({"path": file.path.to_string_lossy(), "bytes": file.bytes, "sha256": file.sha256, "content_type": file.content_type});
    print_line(&line.to_string())
}
