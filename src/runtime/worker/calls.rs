//! Effects that call the service: lists, details, and operations whose reply is indexed while it arrives.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tokio::sync::Notify;

use super::streaming::{self, Pipe, Question};
use super::{Sent, Worker, blocking};
use crate::api::Client;
use crate::app::WorkspaceList;
use crate::app::load::TaskId;
use crate::app::msg::Msg;
use crate::app::page::LoadedReply;
use crate::catalog;
use crate::domain::call::Call;
use crate::domain::connector::{Connector, StoreState};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::Reply;
use crate::domain::timestamp::utc;
use crate::envelope::{Envelope, Reading};
use crate::json::feed::Feeder;

/// The records of a larger reply take a while to scan, in bytes.
const LARGE: usize = 1 << 20;

impl Worker {
    /// Runs an operation and tells of its reply as it comes.
    pub(super) fn call(&mut self, task: TaskId, call: Call, reading: Reading, grows: bool) {
        let client = Arc::clone(&self.client);
        let notify = self.notifier(task);
        let (tell, sender) = (self.teller(task, reading, grows), self.sender.clone());
        let answered = Arc::new(Notify::new());
        self.questions.insert(task, Arc::clone(&answered));
        let at = self.setup.question_at;
        let asks = self.sender.clone();
        let ask = Box::new(move || {
            // The one silent case: the loop has ended.
            let _ = asks.send(Sent::Progress(Msg::ReplyIsLarge { task, bytes: at }));
        });
        let work = async move {
            let (pipe, pieces) = Pipe::new(Question { at, ask, answered });
            // Indexing has a thread of its own, beside the one that receives.
            let indexing = tokio::task::spawn_blocking(move || {
                streaming::index(&pieces, Feeder::one_value, &tell)
            });
            let reply = client.execute_into(&call, &notify, &pipe).await?;
            drop(pipe);
            let document = indexing
                .await
                .map_err(|_| Failure::new(FailureKind::Internal, "A task of airscope broke off"))?;
            let envelope = Envelope::read_as(Arc::new(document), reading);
            if grows && envelope.document.size() > LARGE {
                // All of it can be read while its records are scanned.
                let whole = Box::new(envelope.clone());
                let _ = sender.send(Sent::Progress(Msg::Grown {
                    task,
                    envelope: whole,
                    reply: reply.clone(),
                    expected: None,
                    fresh: false,
                }));
            }
            blocking(move || Box::new(LoadedReply::new(reply, envelope))).await
        };
        self.spawn(task, work, move |result| Msg::CallFinished { task, result });
    }

    /// Returns what tells the loop of a body that grows.
    pub(super) fn teller(
        &self,
        task: TaskId,
        reading: Reading,
        grows: bool,
    ) -> impl Fn(streaming::Grown) + Send + 'static {
        let sender = self.sender.clone();
        let began = Instant::now();
        move |grown| {
            if grows {
                let reply = reply_of(
                    grown.status,
                    grown.content_type,
                    grown.document.size(),
                    began,
                );
                let envelope = Box::new(Envelope::read_as(Arc::new(grown.document), reading));
                // The one silent case: the loop has ended.
                let _ = sender.send(Sent::Progress(Msg::Grown {
                    task,
                    envelope,
                    reply,
                    expected: grown.expected,
                    fresh: grown.fresh,
                }));
            }
        }
    }
}

/// Returns what is known of a body that was not sent as a reply, or not sent whole.
pub(super) fn reply_of(
    status: u16,
    content_type: Option<String>,
    bytes: usize,
    began: Instant,
) -> Reply {
    Reply {
        status,
        content_type,
        bytes: bytes as u64,
        took: began.elapsed(),
        whole: true,
        received_at: utc(SystemTime::now()),
    }
}

/// Lists the connectors of a workspace, of one type if that is named.
pub(super) async fn connectors(
    client: &Client,
    workspace: &str,
    kind: Option<String>,
    definition_id: Option<String>,
) -> Result<Vec<Connector>, Failure> {
    let definition_id = match (definition_id, kind) {
        (Some(id), _) => Some(id),
        (None, Some(kind)) => match catalog::by_name(&kind) {
            Some(definition) => Some(definition.definition_id.to_owned()),
            None => Some(client.definition_id(&kind).await?),
        },
        (None, None) => None,
    };
    client.connectors(workspace, definition_id.as_deref()).await
}

/// Loads the badges and the organization's name; best effort, through any connector if the
/// organization is not known.
pub(super) async fn badges(
    client: &Client,
    connector_id: &str,
) -> (Vec<(String, StoreState)>, Option<String>) {
    let organization = match client.organization() {
        Some(organization) => Some(organization),
        None => client
            .inspect(connector_id)
            .await
            .ok()
            .and_then(|inspection| inspection.organization_id),
    };
    let Some(organization) = organization else {
        return (Vec::new(), None);
    };
    let (badges, organizations) =
        tokio::join!(client.badges(&organization), client.organizations());
    let named = organizations
        .unwrap_or_default()
        .into_iter()
        .find(|own| own.id == organization);
    (badges.unwrap_or_default(), named.map(|own| own.name))
}

/// Loads workspaces and organizations. Where an organization must be chosen first, there are no
/// workspaces yet; where organizations cannot be listed, the workspaces serve alone.
pub(super) async fn places(client: &Client) -> Result<WorkspaceList, Failure> {
    let (workspaces, organizations) = tokio::join!(client.workspaces(), client.organizations());
    match (workspaces, organizations) {
        (Ok(workspaces), organizations) => Ok((workspaces, organizations.unwrap_or_default())),
        (Err(_), Ok(organizations)) if !organizations.is_empty() => Ok((Vec::new(), organizations)),
        (Err(failure), _) => Err(failure),
    }
}
