//! The fields in which records describe their files, in the spelling of each provider.

use serde_json::{Map, Value, json};

use super::files;

/// Adds the fields that describe the file of a record.
pub(super) fn add_file_fields(
    slug: &str,
    entity: &str,
    record: &mut Map<String, Value>,
    index: usize,
) {
    let mut set = |name: &str, value: Value| {
        record.insert(name.to_owned(), value);
    };
    match (slug, entity) {
        ("asana", "attachments") => {
            let (name, _) = files::stored(10_001 + index);
            set("name", json!(name));
            set("size", json!(files::stored_content(10_001 + index).len()));
            set("host", json!("asana"));
            set("resource_type", json!("attachment"));
        }
        ("greenhouse", "attachments") => {
            let (name, _) = files::stored(10_001 + index);
            set("filename", json!(name));
            set(
                "type",
                json!(["resume", "cover_letter", "offer_letter"][index % 3]),
            );
            set("candidate_id", json!(10_001 + index / 2));
            set(
                "url",
                json!(format!(
                    "https://greenhouse.rocket.example/files/{}",
                    index + 1
                )),
            );
        }
        ("gong", "calls") => set(
            "media",
            json!(if index.is_multiple_of(3) {
                "Audio"
            } else {
                "Video"
            }),
        ),
        ("zendesk-support", "article_attachments") => {
            let (name, kind) = files::stored(1001 + index);
            set("file_name", json!(name));
            set("content_type", json!(kind));
            set("size", json!(files::stored_content(1001 + index).len()));
            set("inline", json!(false));
        }
        ("salesforce", "attachments") => {
            let (name, kind) = files::stored(index);
            set("Name", json!(name));
            set("ContentType", json!(kind));
            set("BodyLength", json!(files::stored_content(index).len()));
        }
        ("salesforce", "content_versions") => {
            let (name, _) = files::stored(index);
            set("Title", json!(name));
            set("PathOnClient", json!(name));
            set("ContentSize", json!(files::stored_content(index).len()));
        }
        ("google-drive", "files") => {
            let (name, kind) = files::entry(index);
            set("name", json!(name));
            set("mimeType", json!(kind));
            if let Some(content) = files::content(index) {
                set("size", json!(content.len().to_string()));
            }
        }
        _ => {}
    }
}

/// Returns an attachment of a ticket's comment, as Zendesk writes it.
pub(super) fn zendesk_attachment(id: u64) -> Value {
    let (name, kind, size) = match id
        .checked_sub(files::FIRST_ODD)
        .and_then(|odd| files::odd(odd as usize))
    {
        Some((name, kind, content)) => (name, kind, content.len()),
        None => {
            let (name, kind) = files::stored(id as usize);
            (name, kind, files::stored_content(id as usize).len())
        }
    };
    json!({
        "id": id, "file_name": name, "content_type": kind, "size": size, "inline": false, "deleted": false,
        "content_url": format!("https://zendesk-support.rocket.example/attachments/token/{id:x}/?name={}", name.replace(' ', "+")),
    })
}
