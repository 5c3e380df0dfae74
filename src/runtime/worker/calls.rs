//! Effects that call the service: lists, details, and operations whose reply is indexed while it arrives.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tokio::sync::Notify;

use super::streaming::{self, Confirmation, PartialBody, Pipe};
use super::tasks::{blocking, start_part};
use super::throttle::Throttle;
use super::{PROGRESS_INTERVAL, Worker};
use crate::api::{Client, Event, described_operations};
use crate::app::effect::{LookupEffect, ReplyEffect};
use crate::app::ids::TaskId;
use crate::app::msg::{LookupMsg, Msg, ReplyMsg};
use crate::app::session::WorkspaceList;
use crate::app::source::LoadedReply;
use crate::catalog;
use crate::domain::call::Call;
use crate::domain::connector::{Connector, StoreState};
use crate::domain::download::Progress;
use crate::domain::failure::Failure;
use crate::domain::reply::Reply;
use crate::domain::timestamp::utc;
use crate::envelope::{Envelope, Reading};
use crate::json::feed::Feeder;

/// A larger reply is shown before its records are scanned, in bytes.
const SLOW_TO_SCAN: usize = 1 << 20;

impl Worker {
    pub(super) fn start_lookup(&mut self, effect: LookupEffect) {
        match effect {
            LookupEffect::Connectors { task, workspace } => self.load_connectors(task, workspace),
            LookupEffect::StoreStates { task, connector_id } => {
                self.load_store_states(task, connector_id);
            }
            LookupEffect::Describe { task, connector_id } => self.describe(task, connector_id),
            LookupEffect::Inspect { task, connector_id } => self.inspect(task, connector_id),
            LookupEffect::Workspaces { task } => self.load_workspaces(task),
            LookupEffect::UseOrganization(id) => self.client.choose_organization(Some(id)),
        }
    }

    pub(super) fn start_reply(&mut self, effect: ReplyEffect) {
        match effect {
            ReplyEffect::Call {
                task,
                call,
                reading,
                streams,
            } => self.call(task, call, reading, streams),
            ReplyEffect::ReadFile { task } => self.read_file(task),
            ReplyEffect::ReadOn(task) => self.read_rest(task),
        }
    }

    pub(super) fn load_connectors(&mut self, task: TaskId, workspace: String) {
        let client = Arc::clone(&self.client);
        let (kind, definition_id) = (self.setup.kind.clone(), self.setup.definition_id.clone());
        let work = async move { connectors(&client, &workspace, kind, definition_id).await };
        self.tasks.start(task, work, move |result| {
            Msg::Lookup(LookupMsg::Connectors { task, result })
        });
    }

    pub(super) fn load_store_states(&mut self, task: TaskId, connector_id: String) {
        let client = Arc::clone(&self.client);
        let work = async move { Ok(store_states(&client, &connector_id).await) };
        self.tasks.start(task, work, move |result| {
            let (states, organization) = result.unwrap_or_default();
            Msg::Lookup(LookupMsg::StoreStates {
                task,
                states,
                organization,
            })
        });
    }

    pub(super) fn describe(&mut self, task: TaskId, connector_id: String) {
        let client = Arc::clone(&self.client);
        let work = async move {
            let body = client.describe(&connector_id).await?;
            Ok(described_operations(&body))
        };
        self.tasks.start(task, work, move |result| {
            Msg::Lookup(LookupMsg::Described { task, result })
        });
    }

    pub(super) fn inspect(&mut self, task: TaskId, connector_id: String) {
        let client = Arc::clone(&self.client);
        let work = async move { client.inspect(&connector_id).await };
        self.tasks.start(task, work, move |result| {
            Msg::Lookup(LookupMsg::Inspected { task, result })
        });
    }

    pub(super) fn load_workspaces(&mut self, task: TaskId) {
        let client = Arc::clone(&self.client);
        let work = async move { workspaces(&client).await };
        self.tasks.start(task, work, move |result| {
            Msg::Lookup(LookupMsg::Workspaces { task, result })
        });
    }

    /// Runs an operation. While its reply arrives it is indexed, and reported if `grows` is set.
    pub(super) fn call(&mut self, task: TaskId, call: Call, reading: Reading, grows: bool) {
        let client = Arc::clone(&self.client);
        let on_event = self.on_event(task);
        let (on_partial, reporter) = (self.on_partial(task, reading), self.tasks.reporter());
        let confirmation = self.confirmation(task);
        let work = async move {
            let (pipe, parts) = Pipe::new(confirmation);
            // Indexing has a thread of its own, beside the one that receives.
            let indexing = start_part(move || {
                streaming::index(&parts, Feeder::one_value, &|partial| {
                    if grows {
                        on_partial(partial);
                    }
                })
            });
            let reply = client.execute_into(&call, &on_event, &pipe).await?;
            drop(pipe);
            let document = indexing.await?;
            let envelope = Envelope::read_as(Arc::new(document), reading);
            if grows && envelope.document.size() > SLOW_TO_SCAN {
                // All of it can be read while its records are scanned.
                reporter.report(Msg::Reply(ReplyMsg::Grew {
                    task,
                    envelope: Box::new(envelope.clone()),
                    reply: reply.clone(),
                    expected: None,
                    restarted: false,
                }));
            }
            blocking(move || {
                envelope.document.count_forbidden();
                Box::new(LoadedReply::new(reply, envelope))
            })
            .await
        };
        self.tasks.start(task, work, move |result| {
            Msg::Reply(ReplyMsg::Finished { task, result })
        });
    }

    /// Resumes a call that waits because its reply is large.
    pub(super) fn read_rest(&mut self, task: TaskId) {
        if let Some(confirmed) = self.confirmations.remove(&task) {
            confirmed.notify_one();
        }
    }

    fn confirmation(&mut self, task: TaskId) -> Confirmation {
        let confirmed = Arc::new(Notify::new());
        self.confirmations.insert(task, Arc::clone(&confirmed));
        let (bytes, reporter) = (self.setup.question_at, self.tasks.reporter());
        Confirmation {
            threshold: bytes,
            request: Box::new(move || {
                reporter.report(Msg::Reply(ReplyMsg::IsLarge { task, bytes }))
            }),
            confirmed,
        }
    }

    /// Returns what reports the events of a call.
    fn on_event(&self, task: TaskId) -> impl Fn(Event) + Send + Sync + 'static {
        let (reporter, throttle) = (self.tasks.reporter(), Throttle::new(PROGRESS_INTERVAL));
        move |event| {
            let message = match event {
                Event::Sent => Msg::Reply(ReplyMsg::Sent { task }),
                Event::Waiting(pause) => Msg::Reply(ReplyMsg::Paused { task, pause }),
                Event::Received(..) if !throttle.is_due(Instant::now()) => return,
                Event::Received(written, total) => Msg::Reply(ReplyMsg::Progressed {
                    task,
                    progress: Progress { written, total },
                }),
            };
            reporter.report(message);
        }
    }

    /// Returns what reports a body while it arrives.
    pub(super) fn on_partial(
        &self,
        task: TaskId,
        reading: Reading,
    ) -> impl Fn(PartialBody) + Send + 'static {
        let reporter = self.tasks.reporter();
        let started = Instant::now();
        move |partial| {
            let reply = reply_so_far(
                partial.head.status,
                partial.head.content_type,
                partial.document.size(),
                started,
            );
            reporter.report(Msg::Reply(ReplyMsg::Grew {
                task,
                envelope: Box::new(Envelope::read_as(Arc::new(partial.document), reading)),
                reply,
                expected: partial.head.size,
                restarted: partial.is_first,
            }));
        }
    }
}

/// Returns what is known of a body that is not the whole reply of a call: a part of one, or a file.
pub(super) fn reply_so_far(
    status: u16,
    content_type: Option<String>,
    bytes: usize,
    started: Instant,
) -> Reply {
    Reply {
        status,
        content_type,
        bytes: bytes as u64,
        took: started.elapsed(),
        whole: true,
        received_at: utc(SystemTime::now()),
    }
}

/// Lists the connectors of a workspace, of one type if that is named.
async fn connectors(
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

/// Loads the badges and the organization's name, best effort. If the organization is not known, the connector names it.
async fn store_states(
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

/// Loads workspaces and organizations. Where an organization must be chosen first there are no
/// workspaces yet; where organizations cannot be listed the workspaces suffice.
async fn workspaces(client: &Client) -> Result<WorkspaceList, Failure> {
    let (workspaces, organizations) = tokio::join!(client.workspaces(), client.organizations());
    match (workspaces, organizations) {
        (Ok(workspaces), organizations) => Ok((workspaces, organizations.unwrap_or_default())),
        (Err(_), Ok(organizations)) if !organizations.is_empty() => Ok((Vec::new(), organizations)),
        (Err(failure), _) => Err(failure),
    }
}
