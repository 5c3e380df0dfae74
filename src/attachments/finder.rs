//! Finding the files that a reply names, and deriving their download calls.

use super::formats::{GOOGLE, formats};
use super::spelling::{Clues, identifies, plain, singular, stem};
use super::{Attachment, DownloadOption};
use crate::catalog::Relation;
use crate::domain::action::Action;
use crate::domain::call::{Call, JsonText, Params};
use crate::domain::download::Known;
use crate::domain::operation::{Operation, Parameter, ParameterKind};
use crate::json::document::{Document, Kind, NodeId};
use crate::json::path;

/// Fields that lead to a downloadable entity, though no definition declares them as foreign keys: Salesforce's
/// documents name the version that holds the bytes.
const LEADING: [(&str, &str); 2] = [
    ("LatestPublishedVersionId", "content_versions"),
    ("ContentVersionId", "content_versions"),
];
/// The greatest depth at which files are searched inside of a record.
const DEEPEST: usize = 24;

/// The greatest number of values that a record can be asked with, for a file to be named by them.
const MOST_VALUES: u32 = 32;

/// Knows which values of the replies of one call name a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Finder {
    /// The download operations of the connector.
    downloads: Vec<Operation>,
    /// The foreign keys of the entity that lead to a downloadable one: field, entity.
    keys: Vec<(String, String)>,
    entity: String,
    params: Params,
}

impl Finder {
    /// Makes a finder for the replies of a call, from the operations of its connector.
    pub fn new(operations: &[Operation], relations: &[Relation], call: &Call) -> Finder {
        let downloads: Vec<Operation> = operations
            .iter()
            .filter(|operation| Action::of(&operation.action).is_download())
            .cloned()
            .collect();
        let declared = relations
            .iter()
            .filter(|relation| relation.entity == call.entity);
        let mut keys: Vec<(String, String)> = declared
            .map(|relation| (relation.field.clone(), relation.target.clone()))
            .collect();
        keys.extend(
            LEADING
                .iter()
                .map(|(field, entity)| ((*field).to_owned(), (*entity).to_owned())),
        );
        for download in &downloads {
            // A field that is called like the parameter which identifies a file means one.
            if let Some(identity) = identity(download)
                .filter(|identity| stem(&identity.name).is_some_and(|stem| !stem.is_empty()))
            {
                keys.push((identity.name.clone(), download.entity.clone()));
            }
        }
        keys.retain(|(_, entity)| downloads.iter().any(|download| download.entity == *entity));
        Finder {
            downloads,
            keys,
            entity: call.entity.clone(),
            params: call.params.clone(),
        }
    }

    /// Returns all files that a record names, in their order.
    pub fn find(&self, document: &Document, record: NodeId) -> Vec<Attachment> {
        let mut found = Vec::new();
        let mut waiting = vec![(record, 0)];
        while let Some((node, depth)) = waiting.pop() {
            if let Some(attachment) = self.look(document, node, record) {
                // A part of it, such as a thumbnail, is no file of its own.
                found.push(attachment);
            } else if depth < DEEPEST {
                let inside = waiting.len();
                waiting.extend(
                    document
                        .children(node)
                        .filter(|child| document.is_container(*child) || node == record)
                        .map(|child| (child, depth + 1)),
                );
                waiting[inside..].reverse();
            }
        }
        found
    }

    /// Returns the file that a value names, if it names one. Inspects a bounded number of members.
    pub fn look(&self, document: &Document, node: NodeId, record: NodeId) -> Option<Attachment> {
        match document.kind(node) {
            Kind::Object => self.object(document, node, record),
            Kind::String | Kind::Number if document.parent(node) == Some(record) => {
                self.foreign_key(document, node, record)
            }
            Kind::Array | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => None,
        }
    }

    fn object(&self, document: &Document, node: NodeId, record: NodeId) -> Option<Attachment> {
        let clues = Clues::of(document, node);
        let container = container(document, node, record);
        let own: Vec<&Operation> = if node == record {
            self.of_record()
        } else {
            Vec::new()
        };
        let spelled = clues.tell(if node == record {
            &self.entity
        } else {
            &container
        });
        if own.is_empty() && !spelled {
            return None;
        }
        let known = known(document, node, record, &clues);
        if known
            .content_type
            .as_deref()
            .is_some_and(|kind| kind.starts_with(GOOGLE) && formats(kind).is_empty())
        {
            // A folder, a form, a shortcut: there is nothing to fetch.
            return None;
        }
        let address = |node: Option<NodeId>| {
            node.map(|node| document.plain(node).into_owned())
                .filter(|text| text.starts_with("https://") || text.starts_with("http://"))
        };
        let url = address(clues.file_url).or_else(|| address(clues.url));
        let foreign = clues
            .host
            .is_some_and(|host| document.plain(host) != "asana")
            && self.downloads.iter().any(|own| own.entity == "attachments");
        let options = if foreign {
            Vec::new()
        } else {
            self.options(document, node, record, &known, &container, own)
        };
        (!options.is_empty() || spelled && (url.is_some() || clues.id.is_some())).then_some(
            Attachment {
                node,
                record,
                known,
                options,
                url,
            },
        )
    }

    fn foreign_key(&self, document: &Document, node: NodeId, record: NodeId) -> Option<Attachment> {
        let key = document.key(node)?;
        let (_, entity) = self
            .keys
            .iter()
            .find(|(field, entity)| *field == key && *entity != self.entity)?;
        let download = self
            .downloads
            .iter()
            .find(|download| download.entity == *entity)?;
        let option = self.option(document, download, node, record, Some(node))?;
        let known = Known {
            record: record_id(document, record),
            path: Some(path::path(document, node)),
            parent: parent_of(document, record),
            ..Known::default()
        };
        (!document.is_blank(node)).then(|| Attachment {
            node,
            record,
            known,
            options: vec![option],
            url: None,
        })
    }

    /// Returns the download operations that records of the call's entity have themselves.
    fn of_record(&self) -> Vec<&Operation> {
        let named = |download: &&Operation| {
            download.entity == self.entity
                // Google's own documents are exported by an entity of its own.
                || download.entity.strip_suffix("_export").is_some_and(|entity| entity == self.entity)
                || filtered_noun(download).is_some_and(|noun| plain(&self.entity).starts_with(&noun))
        };
        self.downloads.iter().filter(named).collect()
    }

    /// Returns the options to download what an object describes.
    fn options(
        &self,
        document: &Document,
        node: NodeId,
        record: NodeId,
        known: &Known,
        container: &str,
        own: Vec<&Operation>,
    ) -> Vec<DownloadOption> {
        let candidates = if own.is_empty() {
            self.nested(container)
        } else {
            own
        };
        let google = known
            .content_type
            .as_deref()
            .filter(|kind| kind.starts_with(GOOGLE));
        let mut options = Vec::new();
        for download in candidates {
            let exports = download
                .parameters
                .iter()
                .any(|parameter| parameter.required && parameter.name == "mimeType");
            match (exports, google) {
                (true, Some(kind)) => {
                    for (label, extension, content_type) in formats(kind) {
                        if let Some(mut option) =
                            self.option(document, download, node, record, None)
                        {
                            option
                                .params
                                .set("mimeType", JsonText::string(content_type));
                            option.missing.retain(|name| name != "mimeType");
                            option.label = (*label).to_owned();
                            option.becomes = Some((extension, content_type));
                            options.push(option);
                        }
                    }
                }
                (false, None) => {
                    options.extend(self.option(document, download, node, record, None))
                }
                (true, None) | (false, Some(_)) => {}
            }
        }
        // The record states which of sound and picture exists.
        let video = document
            .member(record, "media")
            .is_some_and(|media| document.plain(media).eq_ignore_ascii_case("video"));
        if video {
            options.sort_by_key(|option| !option.entity.contains("video"));
        }
        options
    }

    /// Returns the download operations for a file inside of a record, the likeliest first.
    fn nested(&self, container: &str) -> Vec<&Operation> {
        let by_name = |wanted: &str| {
            self.downloads
                .iter()
                .find(|download| plain(&download.entity) == plain(wanted))
        };
        let of_entity = singular(&self.entity);
        let named = by_name(&format!("{of_entity}_attachments"))
            .or_else(|| by_name(&format!("{of_entity}_attachment")));
        let found = named
            .or_else(|| by_name(container))
            .or_else(|| by_name("attachments"));
        let mut filed = self.downloads.iter().filter(|download| {
            ["attachment", "file"]
                .iter()
                .any(|word| download.entity.contains(word))
        });
        let only = match (filed.next(), filed.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        found.or(only).into_iter().collect()
    }

    /// Fills in the parameters of a download as far as they can be derived. `key` is a foreign key that holds
    /// the id, in place of the object's own.
    fn option(
        &self,
        document: &Document,
        download: &Operation,
        node: NodeId,
        record: NodeId,
        key: Option<NodeId>,
    ) -> Option<DownloadOption> {
        let mut params = Params::default();
        let mut missing = Vec::new();
        let own_id = || key.or_else(|| id_of(document, node));
        for parameter in &download.parameters {
            let name = parameter.name.as_str();
            let filtered = filtered_noun(download).filter(|_| name == "filter");
            let value = if let Some(noun) = filtered {
                let id = key.or_else(|| self.call_id(document, record, &noun))?;
                let property = parameter.properties.first()?;
                JsonText::parse(&format!(
                    "{{{}:[{}]}}",
                    JsonText::string(property).as_str(),
                    JsonText::string(&document.plain(id)).as_str()
                ))
                .ok()
            } else if name == "contentSelector"
                && parameter
                    .properties
                    .iter()
                    .any(|property| property == "exposedFields")
            {
                JsonText::parse(r#"{"exposedFields":{"media":true}}"#).ok()
            } else if name == "attachment_index" {
                (document
                    .parent(node)
                    .is_some_and(|parent| document.kind(parent) == Kind::Array))
                .then(|| JsonText::integer(i64::from(document.index_in_parent(node))))
            } else if !parameter.required {
                None
            } else if download
                .parameters
                .iter()
                .any(|other| other.name == "attachment_index")
                && stem(name).is_some_and(|stem| stem.is_empty())
            {
                // The id is the record's; the index selects one of its attachments.
                id_of(document, record).and_then(|id| typed(parameter, &document.plain(id)))
            } else if identity(download).is_some_and(|identity| identity.name == name) {
                own_id().and_then(|id| typed(parameter, &document.plain(id)))
            } else {
                self.given(document, name, node, record)
                    .and_then(|text| typed(parameter, &text))
            };
            match value {
                Some(value) => params.set(name, value),
                None if parameter.required && !parameter.scoped => missing.push(name.to_owned()),
                None => {}
            }
        }
        (!params.is_empty()).then(|| DownloadOption {
            label: download.entity.clone(),
            entity: download.entity.clone(),
            params,
            missing,
            becomes: None,
        })
    }

    /// Returns the id of the call (or whatever else a `filter` names) that a record is, or belongs to.
    fn call_id(&self, document: &Document, record: NodeId, noun: &str) -> Option<NodeId> {
        if plain(&self.entity).starts_with(noun) {
            let inner = ["metaData", "meta_data", "metadata"]
                .iter()
                .find_map(|key| document.member(record, key));
            if let Some(id) = id_of(document, record).or_else(|| id_of(document, inner?)) {
                return Some(id);
            }
        }
        document.children(record).find(|child| {
            document
                .key(*child)
                .is_some_and(|key| plain(&key) == format!("{noun}id"))
        })
    }

    /// Finds the value of a parameter that is no id of the file: on the object, on its record, in what that was
    /// asked with, in the call.
    fn given(
        &self,
        document: &Document,
        name: &str,
        node: NodeId,
        record: NodeId,
    ) -> Option<String> {
        let on = |node: NodeId| {
            document
                .member(node, name)
                .filter(|value| !document.is_blank(*value))
                .map(|value| document.plain(value).into_owned())
        };
        // `article_id` is the id of a record of `articles`.
        let is_its_id = stem(name)
            .is_some_and(|stem| !stem.is_empty() && stem == plain(&singular(&self.entity)));
        let of_record = || {
            id_of(document, record)
                .filter(|_| is_its_id)
                .map(|id| document.plain(id).into_owned())
        };
        // In a run over many records each carries what it was asked with.
        let asked_with = || asked_with(document, record).and_then(on);
        on(node)
            .or_else(|| on(record))
            .or_else(of_record)
            .or_else(asked_with)
            .or_else(|| self.params.get(name).map(JsonText::plain))
    }
}

/// Returns the parameter that selects the file.
fn identity(download: &Operation) -> Option<&Parameter> {
    let mut required = download
        .parameters
        .iter()
        .filter(|parameter| parameter.required && parameter.name != "mimeType");
    match (required.next(), required.next()) {
        (Some(only), None) => Some(only),
        _ => download
            .parameters
            .iter()
            .find(|parameter| parameter.required && identifies(&parameter.name, &download.entity)),
    }
}

/// Returns what a download with a `filter` filters by: `call` of `filter.callIds`.
fn filtered_noun(download: &Operation) -> Option<String> {
    let filter = download
        .parameters
        .iter()
        .find(|parameter| parameter.name == "filter")?;
    filter
        .properties
        .iter()
        .find_map(|property| stem(property).filter(|stem| !stem.is_empty()))
}

/// Writes an id in the type that a parameter declares.
fn typed(parameter: &Parameter, text: &str) -> Option<JsonText> {
    match parameter.kind {
        ParameterKind::Array => {
            let item = crate::domain::call::value_of(
                ParameterKind::from_word(parameter.items.as_deref().unwrap_or("string")),
                None,
                text,
            )
            .ok()?;
            JsonText::parse(&format!("[{}]", item.as_str())).ok()
        }
        kind => crate::domain::call::value_of(kind, None, text).ok(),
    }
}

/// Returns the id of an object.
pub(super) fn id_of(document: &Document, node: NodeId) -> Option<NodeId> {
    let scalar = |id: &NodeId| {
        matches!(document.kind(*id), Kind::String | Kind::Number) && !document.is_blank(*id)
    };
    ["id", "Id", "gid", "attachment_id", "fileId"]
        .iter()
        .find_map(|key| document.member(node, key).filter(scalar))
}

fn record_id(document: &Document, record: NodeId) -> Option<String> {
    id_of(document, record).map(|id| document.plain(id).into_owned())
}

/// Returns the key of the container of an object: its own, or that of the array around it.
fn container(document: &Document, node: NodeId, record: NodeId) -> String {
    let mut at = node;
    for _ in 0..2 {
        if at == record {
            break;
        }
        if let Some(key) = document.key(at) {
            // Salesforce wraps what belongs to a record: `Attachments: {records: [...]}`.
            if key != "records" && key != "data" && key != "nodes" {
                return key.into_owned();
            }
        }
        let Some(parent) = document.parent(at) else {
            break;
        };
        at = parent;
    }
    document
        .key(at)
        .filter(|_| at != record)
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}

fn known(document: &Document, node: NodeId, record: NodeId, clues: &Clues) -> Known {
    let text = |node: Option<NodeId>| {
        node.map(|node| document.plain(node).into_owned())
            .filter(|text| !text.is_empty())
    };
    let name = text(clues.file_name).or_else(|| {
        let name = text(clues.name)?;
        let extension = text(clues.extension).filter(|extension| {
            !name
                .to_lowercase()
                .ends_with(&format!(".{}", extension.to_lowercase()))
        });
        Some(extension.map_or(name.clone(), |extension| format!("{name}.{extension}")))
    });
    Known {
        name,
        content_type: text(clues.content_type),
        size: text(clues.size).and_then(|size| size.parse().ok()),
        record: record_id(document, record),
        path: Some(path::path(document, node)),
        parent: parent_of(document, record),
    }
}

/// Returns the member that holds the values that a record of a run over many records was asked with: the run writes it
/// first, as `_parent`, or as `_parent_` where a record has its own.
fn asked_with(document: &Document, record: NodeId) -> Option<NodeId> {
    let first = document.children(record).next()?;
    let key = document.key(first)?;
    (key.trim_end_matches('_') == "_parent").then_some(first)
}

/// Returns the values that a record was asked with, if they are an object of scalars.
pub fn parent_of(document: &Document, record: NodeId) -> Option<Params> {
    // What sorts the members on the way, as `jq -S` does, moves it.
    let node = asked_with(document, record).or_else(|| document.member(record, "_parent"))?;
    if document.kind(node) != Kind::Object
        || !(1..=MOST_VALUES).contains(&document.child_count(node))
    {
        return None;
    }
    let mut values = Params::default();
    for child in document.children(node) {
        if document.is_container(child) {
            return None;
        }
        let value = JsonText::parse(&document.text(child)).ok()?;
        values.set(&document.key(child)?, value);
    }
    Some(values)
}
