//! Effects that work on documents: those that arrive, and those that are searched, sorted, filtered, counted.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use tokio::sync::Notify;

use super::arriving::{self, Pipe, Question};
use super::reading;
use super::worker::{Sent, Worker, blocking};
use crate::app::effect::Effect;
use crate::app::load::TaskId;
use crate::app::msg::Msg;
use crate::app::page::LoadedReply;
use crate::domain::call::Call;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reply::Reply;
use crate::domain::timestamp::utc;
use crate::envelope::{Envelope, Reading};
use crate::json::feed::Feeder;

/// The records of a larger reply take a while to scan, in bytes.
const LARGE: usize = 1 << 20;

impl Worker {
    /// Starts work on documents that are here.
    pub(super) fn read(&mut self, effect: Effect) {
        match effect {
            Effect::Find {
                task,
                document,
                root,
                from,
                needle,
            } => {
                let (sender, stop) = (self.sender.clone(), Arc::new(AtomicBool::new(false)));
                let told = Arc::clone(&stop);
                let work = async move {
                    blocking(move || {
                        reading::find(&sender, task, (document, root, from), &needle, &told)
                    })
                    .await
                };
                self.spawn_with(task, work, stop, move |result| Msg::Found {
                    task,
                    batch: Arc::new(result.unwrap_or_default()),
                    over: true,
                });
            }
            Effect::CountFields { task, pages } => {
                let (stop, spill) = (Arc::new(AtomicBool::new(false)), self.spill.clone());
                let told = Arc::clone(&stop);
                let work = async move {
                    blocking(move || reading::count_fields(&pages, &spill, &told)).await
                };
                self.spawn_with(task, work, stop, move |result| Msg::FieldsCounted {
                    task,
                    fields: result.unwrap_or_default(),
                });
            }
            Effect::FindAttachments {
                task,
                pages,
                finder,
                scope,
            } => {
                let (stop, spill) = (Arc::new(AtomicBool::new(false)), self.spill.clone());
                let told = Arc::clone(&stop);
                let work = async move {
                    blocking(move || {
                        reading::find_attachments(&pages, &finder, &scope, &spill, &told)
                    })
                    .await
                };
                self.spawn_with(task, work, stop, move |result| Msg::AttachmentsFound {
                    task,
                    found: Arc::new(result.unwrap_or_default()),
                });
            }
            Effect::Filter { task, text, input } => {
                let (stop, spill) = (Arc::new(AtomicBool::new(false)), self.spill.clone());
                let (told, program) = (Arc::clone(&stop), self.setup.program.clone());
                let work = async move {
                    blocking(move || {
                        let program = program
                            .or_else(|| std::env::current_exe().ok())
                            .unwrap_or_default();
                        super::filtering::filter(&program, &text, &input, &spill, &told)
                            .map(|document| Box::new(Envelope::read(Arc::new(document))))
                            .map_err(|fault| (fault.words, fault.place))
                    })
                    .await
                };
                self.spawn_with(task, work, stop, move |result| {
                    let result = result.unwrap_or_else(|failure| Err((failure.summary, None)));
                    Msg::Filtered { task, result }
                });
            }
            Effect::Sort {
                task,
                serial,
                document,
                root,
                kept,
                path,
                descending,
            } => {
                let work = async move {
                    blocking(move || {
                        reading::sort(&document, root, kept.as_deref(), &path, descending)
                    })
                    .await
                };
                self.spawn(task, work, move |result| Msg::Sorted {
                    task,
                    serial,
                    root,
                    records: result.unwrap_or_default(),
                });
            }
            // The others are the worker's own.
            _ => {}
        }
    }

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
                arriving::index(&pieces, Feeder::one_value, &tell)
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

    /// Reads the file that was opened and tells of it as it comes.
    pub(super) fn read_file(&mut self, task: TaskId) {
        let Some(source) = self.setup.file.clone() else {
            return;
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, told) = (self.teller(task, Reading::Plain, true), Arc::clone(&stop));
        let work = async move {
            blocking(move || {
                let began = Instant::now();
                let (document, whole) = arriving::read(&source, &told, &tell)?;
                let reply = Reply {
                    whole,
                    ..reply_of(0, None, document.size(), began)
                };
                // Nothing pages here: nobody asks for a scan of the records.
                Ok(Box::new(LoadedReply {
                    reply,
                    envelope: Envelope::read(Arc::new(document)),
                    scan: Arc::default(),
                }))
            })
            .await?
        };
        self.spawn_with(task, work, stop, move |result| Msg::CallFinished {
            task,
            result,
        });
    }

    /// Returns what tells the loop of a body that grows.
    fn teller(
        &self,
        task: TaskId,
        reading: Reading,
        grows: bool,
    ) -> impl Fn(arriving::Grown) + Send + 'static {
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
fn reply_of(status: u16, content_type: Option<String>, bytes: usize, began: Instant) -> Reply {
    Reply {
        status,
        content_type,
        bytes: bytes as u64,
        took: began.elapsed(),
        whole: true,
        received_at: utc(SystemTime::now()),
    }
}
