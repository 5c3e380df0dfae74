//! Turns records into downloads: a record names files, or a line asks for one itself.

use tokio::sync::mpsc;

use super::batch::Batch;
use crate::attachments::{Attachment, Finder, parent_of};
use crate::catalog;
use crate::commands::records::Record;
use crate::commands::resolve::operations_of;
use crate::commands::session::Session;
use crate::domain::call::{Call, Params, value_of};
use crate::domain::connector::Connector;
use crate::domain::download::{Known, Wanted};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::operation::Operation;
use crate::json::document::{Document, Kind, NodeId};

/// What a record names that cannot be downloaded, and why.
pub(super) struct Unreachable {
    pub(super) what: String,
    pub(super) why: String,
}

/// What a batch has to download, and what of it cannot be downloaded.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) wanted: Vec<Wanted>,
    pub(super) unreachable: Vec<Unreachable>,
}

/// Makes downloads of records.
pub(super) struct Planner<'a> {
    batch: &'a Batch<'a>,
    connector: &'a Connector,
    operations: Vec<Operation>,
    finder: Option<Finder>,
}

impl<'a> Planner<'a> {
    /// Looks up the download operations. Fails if the connector has none.
    pub(super) async fn new(
        session: &Session<'_>,
        connector: &'a Connector,
        batch: &'a Batch<'a>,
    ) -> Result<Planner<'a>, Failure> {
        let definition = catalog::definition_of(connector);
        let downloads = |operations: &[Operation]| {
            operations
                .iter()
                .any(|operation| operation.action == "download")
        };
        // The catalog needs no call.
        let mut operations = definition
            .map(|definition| definition.operations())
            .unwrap_or_default();
        if !downloads(&operations) {
            operations = operations_of(session.client, connector)
                .await
                .unwrap_or_default();
        }
        if !downloads(&operations) {
            return Err(Failure::new(
                FailureKind::Input,
                format!("`{}` has no download operation", connector.name),
            ));
        }
        let finder = batch.entity.map(|entity| {
            let relations = definition
                .map(|definition| definition.relations())
                .unwrap_or_default();
            Finder::new(
                &operations,
                &relations,
                &Call::new(&connector.id, entity, "list"),
            )
        });
        Ok(Planner {
            batch,
            connector,
            operations,
            finder,
        })
    }

    /// Reads all records. Fails if one cannot be read, or is of an entity that is not named.
    pub(super) async fn plan(
        &self,
        mut input: mpsc::Receiver<Result<Record, Failure>>,
    ) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        while let Some(record) = input.recv().await {
            let Record { place, text } = record?;
            let document = Document::parse(text);
            let root = document
                .root()
                .filter(|root| document.fault().is_none() && document.kind(*root) == Kind::Object);
            match root.map(|root| (root, line_request(&document, root))) {
                None => plan.unreachable.push(Unreachable {
                    what: place,
                    why: "it is no JSON object".to_owned(),
                }),
                Some((_, Some(request))) => match self.requested(request) {
                    Ok(wanted) => plan.wanted.push(wanted),
                    Err(why) => plan.unreachable.push(Unreachable { what: place, why }),
                },
                Some((root, None)) => self.add_attachments(&mut plan, &document, root, &place)?,
            }
        }
        Ok(plan)
    }

    /// Adds the files that a record names.
    fn add_attachments(
        &self,
        plan: &mut Plan,
        document: &Document,
        root: NodeId,
        place: &str,
    ) -> Result<(), Failure> {
        let Some(finder) = &self.finder else {
            return Err(Failure::new(FailureKind::Input, format!("The first record ({place}) is one of an entity that is not named"))
                .hint("Add --entity NAME, or write lines such as {\"entity\":\"attachments\",\"params\":{\"attachment_id\":1}}."));
        };
        for attachment in finder.find(document, root) {
            match attachment.option() {
                Some(option) => {
                    let wanted = attachment.wanted(option, &self.connector.id, self.batch.folder);
                    plan.wanted.push(Wanted {
                        names: self.batch.names,
                        manifest: Some(self.batch.manifest.clone()),
                        ..wanted
                    });
                }
                None => plan.unreachable.push(unreachable(&attachment, place)),
            }
        }
        Ok(())
    }

    /// Makes the download that a line asks for.
    fn requested(&self, request: LineRequest) -> Result<Wanted, String> {
        let LineRequest {
            entity,
            params,
            name,
            parent,
        } = request;
        let operation = self
            .operations
            .iter()
            .find(|operation| operation.entity == entity && operation.action == "download");
        let mut typed = Params::parse(&params)?;
        if let Some(operation) = operation {
            // Ids are written as text and as numbers: the declared type is sent.
            for (name, value) in typed.clone().iter() {
                let declared = operation
                    .parameters
                    .iter()
                    .find(|parameter| parameter.name == name);
                if let Some(value) = declared.and_then(|declared| {
                    value_of(declared.kind, declared.items.as_deref(), &value.plain()).ok()
                }) {
                    typed.set(name, value);
                }
            }
        }
        Ok(Wanted {
            call: Call::download(&self.connector.id, &entity, typed),
            folder: self.batch.folder.to_owned(),
            names: self.batch.names,
            name,
            known: Known {
                parent,
                ..Known::default()
            },
            manifest: Some(self.batch.manifest.clone()),
        })
    }
}

/// A download that a line asks for: `{"entity":…,"params":{…},"name":…}`.
struct LineRequest {
    entity: String,
    params: String,
    name: Option<String>,
    parent: Option<Params>,
}

/// Returns the download that a line asks for; none if the line is a record.
fn line_request(document: &Document, root: NodeId) -> Option<LineRequest> {
    let entity = document.member(root, "entity")?;
    let params = document
        .member(root, "params")
        .filter(|node| document.kind(*node) == Kind::Object)?;
    if document.child_count(root) > 4 {
        return None;
    }
    Some(LineRequest {
        entity: document.plain(entity).into_owned(),
        params: document.text(params).into_owned(),
        name: document
            .member(root, "name")
            .map(|name| document.plain(name).into_owned()),
        parent: parent_of(document, root),
    })
}

/// Says why an attachment of a record cannot be downloaded.
fn unreachable(attachment: &Attachment, place: &str) -> Unreachable {
    let why = match (attachment.options.first(), &attachment.url) {
        (Some(option), _) => {
            format!(
                "`{}` also needs {}",
                option.entity,
                option.missing.join(", ")
            )
        }
        (None, Some(url)) => format!("the connector cannot download it; it is at {url}"),
        (None, None) => "the connector cannot download it".to_owned(),
    };
    let known = &attachment.known;
    let name = known
        .name
        .as_deref()
        .or(known.path.as_deref())
        .unwrap_or_default();
    Unreachable {
        what: format!("{place}, {name}"),
        why,
    }
}
