//! How providers describe a file: the keys of its name, type, size and address, and the places of
//! such objects.

use crate::json::document::{Document, Kind, NodeId};

/// What fields call a user, beside `user` itself, as [`stem`] writes them: `assignee_id` leads to `users`.
pub(crate) const PEOPLE: [&str; 19] = [
    "actor",
    "agent",
    "approver",
    "assignee",
    "author",
    "collaborator",
    "createdby",
    "creator",
    "emailcc",
    "follower",
    "manager",
    "member",
    "owner",
    "reporter",
    "requester",
    "reviewer",
    "submitter",
    "updatedby",
    "updater",
];

/// An object that describes a file does so in its first members; this many are inspected.
const MOST_MEMBERS: usize = 64;

/// What an object states about a file.
#[derive(Debug, Default)]
pub(super) struct Clues {
    pub(super) id: Option<NodeId>,
    /// A name that only a file has, such as `file_name`.
    pub(super) file_name: Option<NodeId>,
    /// A name that anything may have.
    pub(super) name: Option<NodeId>,
    /// A type with a slash in it.
    pub(super) content_type: Option<NodeId>,
    pub(super) extension: Option<NodeId>,
    pub(super) size: Option<NodeId>,
    /// An address that only a file has, such as `content_url`.
    pub(super) file_url: Option<NodeId>,
    /// An address that anything may have.
    pub(super) url: Option<NodeId>,
    /// Whose file it is, where that can be somebody else's (Asana's `host`).
    pub(super) host: Option<NodeId>,
}

impl Clues {
    /// Inspects the members of an object.
    pub(super) fn of(document: &Document, node: NodeId) -> Clues {
        let mut clues = Clues::default();
        let mut buffer = [0; LONGEST_KEY];
        for child in document.children(node).take(MOST_MEMBERS) {
            // This runs for each row that is drawn: the key is checked first, and without a copy on
            // the heap.
            let Some(key) = document
                .raw_key(child)
                .and_then(|key| squeezed(key, &mut buffer))
            else {
                continue;
            };
            let is_type = matches!(key, b"contenttype" | b"mimetype");
            let clue = match key {
                b"id" | b"gid" | b"attachmentid" | b"attachmentgid" | b"fileid" => &mut clues.id,
                b"filename" | b"pathonclient" | b"originalfilename" => &mut clues.file_name,
                b"name" | b"title" => &mut clues.name,
                _ if is_type => &mut clues.content_type,
                b"fileextension" | b"fullfileextension" => &mut clues.extension,
                b"size" | b"filesize" | b"bodylength" | b"contentsize" | b"bytesize"
                | b"sizebytes" => &mut clues.size,
                b"contenturl"
                | b"downloadurl"
                | b"mediaurl"
                | b"urlprivatedownload"
                | b"downloadlink"
                | b"fileurl"
                | b"webcontentlink"
                | b"recordingurl"
                | b"voicemailrecordingurl" => &mut clues.file_url,
                b"url" | b"href" | b"viewurl" | b"permanenturl" | b"webviewlink"
                | b"urlprivate" | b"src" => &mut clues.url,
                b"host" => &mut clues.host,
                _ => continue,
            };
            let fits = match document.kind(child) {
                Kind::String => !is_type || document.plain(child).contains('/'),
                Kind::Number => !is_type,
                Kind::Object | Kind::Array | Kind::Boolean | Kind::Null => false,
            };
            // The first one counts: a record's own id precedes those of others.
            if fits {
                clue.get_or_insert(child);
            }
        }
        clues
    }

    /// Returns whether these are the clues of a file, given the key of the object.
    pub(super) fn tell(&self, container: &str) -> bool {
        let reachable = self.id.is_some() || self.file_url.is_some() || self.url.is_some();
        let among_files = is_container(container);
        let named = self.file_name.is_some()
            || self.name.is_some()
                && (self.content_type.is_some() || self.file_url.is_some() || among_files)
            || among_files && (self.content_type.is_some() || self.file_url.is_some());
        reachable && named
    }
}

/// The longest key that is a clue.
const LONGEST_KEY: usize = 21;

/// Writes a key in small letters, without what separates its words, into a buffer; nothing for what is no clue.
fn squeezed<'a>(key: &[u8], buffer: &'a mut [u8; LONGEST_KEY]) -> Option<&'a [u8]> {
    let mut length = 0;
    for byte in key
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
    {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    buffer.get(..length)
}

/// Writes a key in small letters, without what separates its words: `contentType` and `content_type` are one.
pub(crate) fn plain(key: &str) -> String {
    key.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns whether a key usually holds files.
fn is_container(key: &str) -> bool {
    let key = plain(key);
    [
        "attachment",
        "attachments",
        "file",
        "files",
        "upload",
        "uploads",
        "inlineattachments",
        "inlineimages",
    ]
    .contains(&key.as_str())
        || key.ends_with("attachment")
        || key.ends_with("attachments")
}

/// Writes an entity's name for one of it: `article_attachments` as `article_attachment`.
pub(crate) fn singular(entity: &str) -> String {
    match entity {
        _ if entity.ends_with("ies") => format!("{}y", &entity[..entity.len() - 3]),
        _ if entity.ends_with("sses") || entity.ends_with("xes") => {
            entity[..entity.len() - 2].to_owned()
        }
        _ if entity.ends_with('s') && !entity.ends_with("ss") => {
            entity[..entity.len() - 1].to_owned()
        }
        _ => entity.to_owned(),
    }
}

/// Returns what a parameter's name says it identifies: `attachment` of `attachment_gid`; nothing of `id`.
pub(crate) fn stem(parameter: &str) -> Option<String> {
    let plain = plain(parameter);
    ["gids", "ids", "gid", "id"]
        .iter()
        .find_map(|ending| plain.strip_suffix(ending))
        .map(str::to_owned)
}

/// Returns whether a parameter identifies one of an entity: `attachment_id` one of `attachments`, also of
/// `article_attachments`.
pub(super) fn identifies(parameter: &str, entity: &str) -> bool {
    stem(parameter).is_some_and(|stem| stem.is_empty() || plain(&singular(entity)).ends_with(&stem))
}

#[cfg(test)]
mod tests {
    use super::{identifies, is_container, singular};

    #[test]
    fn words_are_taken_apart() {
        assert_eq!(
            [
                singular("articles"),
                singular("companies"),
                singular("boxes"),
                singular("access")
            ],
            ["article", "company", "box", "access"]
        );
        assert!(
            identifies("attachment_gid", "attachments")
                && identifies("fileId", "files")
                && identifies("id", "content_versions")
        );
        assert!(
            identifies("attachment_id", "article_attachments")
                && !identifies("article_id", "article_attachments")
        );
        assert!(!identifies("mimeType", "files_export") && !identifies("alt", "files"));
        assert!(
            is_container("attachments") && is_container("Attachments") && !is_container("profile")
        );
    }
}
