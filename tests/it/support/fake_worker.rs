//! A worker for tests of the state alone: it answers each effect at once, from memory, without a runtime.
//!
//! The match over [`Effect`] is exhaustive, so a new effect stops the build here. What tests answer
//! differently is a [`Fixture`].

use std::ops::ControlFlow;
use std::sync::Arc;

use airscope::app::effect::{
    Direction, DocumentEffect, DownloadEffect, EachCalls, EachEffect, Effect, FileEffect,
    FilterInput, LookupEffect, ProfileEffect, ReplyEffect, SpillEffect,
};
use airscope::app::ids::TaskId;
use airscope::app::msg::{
    DocumentMsg, DownloadMsg, EachMsg, EachPage, FileMsg, LookupMsg, Msg, ProfileMsg, ReplyMsg,
    SpillMsg, Written,
};
use airscope::app::parents::{ParentEnd, ParentOutcome};
use airscope::app::source::Found;
use airscope::app::source::PageSource;
use airscope::app::source::{LoadedReply, SpillSlot};
use airscope::domain::call::Call;
use airscope::domain::connector::{Connector, StoreState, Workspace};
use airscope::domain::download::Wanted;
use airscope::domain::failure::{Failure, FailureKind};
use airscope::each::with_parent;
use airscope::envelope::Envelope;
use airscope::json::document::{Document, NodeId};
use airscope::json::feed::Feeder;
use airscope::json::fields::Fields;
use airscope::json::find::{Batch, Needle, scan};
use airscope::json::valid::valid_value;
use airscope::names::{Stop, scan as scan_names};
use airscope::paging::{Evidence, Verdict};
use bytes::Bytes;

/// What happens to an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeds.
    Succeeds,
    /// It fails, if its message can report a failure.
    Fails,
    /// No message is sent for it.
    Unanswered,
}

impl Outcome {
    fn of<T>(self, value: T) -> Result<T, Failure> {
        match self {
            Outcome::Succeeds => Ok(value),
            Outcome::Fails | Outcome::Unanswered => Err(failure()),
        }
    }
}

/// Returns the failure of every effect that fails. Its text holds an escape sequence.
pub fn failure() -> Failure {
    Failure::new(FailureKind::Service, "Could not do it: \u{1b}[31m")
        .detail("a\nb")
        .hint("Try again.")
}

/// The answers in which tests differ.
pub trait Fixture {
    /// Decides what happens to the next effect.
    fn outcome(&mut self) -> Outcome {
        Outcome::Succeeds
    }

    /// Returns the connectors of every workspace.
    fn connectors(&self) -> Vec<Connector>;

    /// Returns the badges of the connectors, and the organization's name.
    fn badges(&self) -> (Vec<(String, StoreState)>, Option<String>);

    /// Returns the messages of a call that succeeds.
    fn call(&mut self, task: TaskId, call: &Call) -> Vec<Msg>;

    /// Returns the reply that is finished when the file is read, or the rest of a large reply.
    fn reply(&mut self, task: TaskId) -> Box<LoadedReply>;

    /// Returns the messages of a cancelled task: none, unless its result was already on the way.
    fn cancelled(&mut self, task: TaskId) -> Vec<Msg>;

    /// Returns the messages of a download.
    fn download(&mut self, task: TaskId, wanted: &Wanted, outcome: Outcome) -> Vec<Msg>;

    /// Returns the result of a jq filter, or its fault and the byte where the fault is.
    fn filter(
        &mut self,
        text: &str,
        input: &FilterInput,
        outcome: Outcome,
    ) -> Result<Box<Envelope>, (String, Option<usize>)>;
}

/// Answers effects with messages.
pub struct FakeWorker<F> {
    pub fixture: F,
    /// The bodies of spilled pages, one after the other.
    spill: Vec<u8>,
}

impl<F: Fixture> FakeWorker<F> {
    pub fn new(fixture: F) -> FakeWorker<F> {
        FakeWorker {
            fixture,
            spill: Vec::new(),
        }
    }

    /// Asks each parent for one page. A call whose messages hold no reply has failed.
    fn run_each(&mut self, task: TaskId, run: EachCalls, outcome: Outcome) -> Vec<Msg> {
        let (mut feeder, mut msgs) = (Feeder::any_values(), Vec::new());
        let mut last = self.fixture.reply(task).reply;
        if let Some((document, records)) = &run.kept {
            for record in records {
                feeder.feed(&valid_value(document, *record).text);
                feeder.feed(b"\n");
            }
        }
        for (number, parent) in run.parents {
            let mut call = run.call.clone();
            call.params = parent.params.clone();
            let answers = match outcome {
                Outcome::Succeeds => self.fixture.call(task, &call),
                Outcome::Fails | Outcome::Unanswered => Vec::new(),
            };
            let reply = answers.into_iter().find_map(|msg| match msg {
                Msg::Reply(ReplyMsg::Finished { result, .. }) => Some(result),
                _ => None,
            });
            let reply = reply.unwrap_or_else(|| Err(failure()));
            let end = match reply {
                Ok(loaded) => {
                    let records = loaded.envelope.records();
                    for record in &records {
                        let document = &loaded.envelope.document;
                        let (line, _) = with_parent(document, *record, &parent.values);
                        feeder.feed(&line);
                        feeder.feed(b"\n");
                    }
                    last = loaded.reply.clone();
                    let page = EachPage {
                        parent: number,
                        page: 1,
                        records: records.len() as u64,
                        reply: loaded.reply,
                    };
                    let grown = Envelope::read(Arc::new(feeder.snapshot()));
                    let grown = Box::new(grown);
                    msgs.push(Msg::Each(EachMsg::Page { task, page, grown }));
                    ParentEnd {
                        outcome: ParentOutcome::Complete,
                        verdict: Verdict::Complete(Evidence::EmptyPage),
                        failure: None,
                        warning: None,
                    }
                }
                Err(failure) => ParentEnd {
                    outcome: ParentOutcome::Failed,
                    verdict: Verdict::Incomplete(failure.summary.clone()),
                    failure: Some(failure),
                    warning: None,
                },
            };
            msgs.push(Msg::Each(EachMsg::Sent {
                task,
                calls: 1,
                ended: 1,
            }));
            msgs.push(Msg::Each(EachMsg::Ended {
                task,
                parent: number,
                end: Box::new(end),
            }));
        }
        let envelope = Envelope::read(Arc::new(feeder.finish()));
        let result = Ok(Box::new(LoadedReply::new(last, envelope)));
        msgs.push(Msg::Each(EachMsg::Over { task, result }));
        msgs
    }

    /// Returns the messages that an effect leads to.
    pub fn answer(&mut self, effect: Effect) -> Vec<Msg> {
        let outcome = self.fixture.outcome();
        if outcome == Outcome::Unanswered {
            return Vec::new();
        }
        let msg = match effect {
            Effect::Lookup(LookupEffect::Connectors { task, .. }) => {
                Msg::Lookup(LookupMsg::Connectors {
                    task,
                    result: outcome.of(self.fixture.connectors()),
                })
            }
            Effect::Lookup(LookupEffect::StoreStates { task, .. }) => {
                let (badges, organization) = self.fixture.badges();
                Msg::Lookup(LookupMsg::StoreStates {
                    task,
                    states: badges,
                    organization,
                })
            }
            Effect::Lookup(LookupEffect::Describe { task, .. }) => {
                Msg::Lookup(LookupMsg::Described {
                    task,
                    result: outcome.of(Vec::new()),
                })
            }
            Effect::Lookup(LookupEffect::Inspect { task, .. }) => {
                Msg::Lookup(LookupMsg::Inspected {
                    task,
                    result: outcome.of(Default::default()),
                })
            }
            Effect::Lookup(LookupEffect::Workspaces { task }) => {
                Msg::Lookup(LookupMsg::Workspaces {
                    task,
                    result: outcome.of((vec![workspace()], Vec::new())),
                })
            }
            Effect::Reply(ReplyEffect::Call { task, call, .. }) if outcome == Outcome::Succeeds => {
                return self.fixture.call(task, &call);
            }
            Effect::Reply(ReplyEffect::Call { task, .. }) => Msg::Reply(ReplyMsg::Finished {
                task,
                result: Err(failure()),
            }),
            Effect::Reply(ReplyEffect::ReadFile { task })
            | Effect::Reply(ReplyEffect::ReadOn(task)) => Msg::Reply(ReplyMsg::Finished {
                task,
                result: outcome.of(self.fixture.reply(task)),
            }),
            Effect::Each(EachEffect::Start { task, run }) => {
                return self.run_each(task, *run, outcome);
            }
            // A run is over before it can be stopped.
            Effect::Each(EachEffect::Stop(_)) => return Vec::new(),
            Effect::Download(DownloadEffect::Fetch { task, wanted }) => {
                return self.fixture.download(task, &wanted, outcome);
            }
            Effect::Cancel(task) => return self.fixture.cancelled(task),
            Effect::File(FileEffect::Save { task, to, .. }) => Msg::File(FileMsg::Saved {
                task,
                result: outcome.of(Written {
                    path: to,
                    count: 1,
                    forbidden: 1,
                }),
            }),
            Effect::File(FileEffect::Export { task, export }) => Msg::File(FileMsg::Exported {
                task,
                result: outcome.of(Written {
                    path: export.to,
                    count: 1,
                    forbidden: 0,
                }),
            }),
            Effect::Copy { what, .. } => Msg::Copied {
                what,
                result: outcome.of("1 character".to_owned()),
            },
            Effect::Document(DocumentEffect::Find {
                task,
                document,
                root,
                from,
                needle,
            }) => {
                let batches = find(&document, root, from, &needle, outcome);
                return batches
                    .into_iter()
                    .map(|(batch, over)| {
                        Msg::Document(DocumentMsg::Found {
                            task,
                            batch: Arc::new(batch),
                            over,
                        })
                    })
                    .collect();
            }
            Effect::Document(DocumentEffect::Sort {
                task,
                page: serial,
                document,
                root,
                path,
                direction,
                ..
            }) => {
                let records: Vec<_> = document.children(root).collect();
                let records = airscope::json::table::sorted(
                    &document,
                    &records,
                    &path,
                    direction == Direction::Descending,
                );
                Msg::Document(DocumentMsg::Sorted {
                    task,
                    page: serial,
                    root,
                    records: Arc::new(records),
                })
            }
            Effect::Document(DocumentEffect::Filter { task, text, input }) => {
                Msg::Document(DocumentMsg::Filtered {
                    task,
                    result: self.fixture.filter(&text, &input, outcome),
                })
            }
            Effect::Document(DocumentEffect::CountFields { task, pages }) => {
                Msg::Document(DocumentMsg::FieldsCounted {
                    task,
                    fields: Arc::new(self.count_fields(&pages)),
                })
            }
            Effect::Document(DocumentEffect::FindAttachments {
                task,
                pages,
                finder,
                ..
            }) => {
                let mut found = Vec::new();
                for (serial, page) in pages {
                    let Some(envelope) = self.envelope(&page) else {
                        continue;
                    };
                    for record in envelope.records() {
                        let files = finder.find(&envelope.document, record);
                        found.extend(files.into_iter().map(|attachment| Found {
                            page: serial,
                            attachment,
                        }));
                    }
                }
                Msg::Document(DocumentMsg::AttachmentsFound {
                    task,
                    found: Arc::new(found),
                })
            }
            Effect::Document(DocumentEffect::FindNames { task, pages }) => {
                let pages = pages.into_iter().filter_map(|page| {
                    let envelope = self.envelope(&page.source)?;
                    Some((page.page, scan_names(&page.keys, &envelope, &|| Stop::No)))
                });
                Msg::Document(DocumentMsg::NamesFound {
                    task,
                    pages: Arc::new(pages.collect()),
                })
            }
            Effect::Spill(SpillEffect::Store {
                page: serial,
                body,
                reading,
            }) => {
                let spill_slot = SpillSlot {
                    offset: self.spill.len() as u64,
                    length: body.len() as u64,
                    reading,
                };
                self.spill.extend_from_slice(&body.joined());
                Msg::Spill(SpillMsg::Stored {
                    page: serial,
                    result: outcome.of(spill_slot),
                })
            }
            Effect::Spill(SpillEffect::Load {
                page: serial,
                slot: spill_slot,
            }) => Msg::Spill(SpillMsg::Loaded {
                page: serial,
                result: self
                    .spilled(spill_slot)
                    .ok_or_else(failure)
                    .and_then(|envelope| outcome.of(Box::new(envelope))),
            }),
            Effect::Spill(SpillEffect::Clear) => {
                self.spill.clear();
                return Vec::new();
            }
            Effect::Profile(ProfileEffect::Load { definition_id }) => {
                Msg::Profile(ProfileMsg::Loaded {
                    definition_id,
                    profiles: Vec::new(),
                })
            }
            Effect::Profile(ProfileEffect::Store { .. }) => Msg::Profile(ProfileMsg::Stored),
            Effect::Download(DownloadEffect::LoadUnfinished { task, .. }) => {
                Msg::Download(DownloadMsg::Unfinished {
                    task,
                    result: outcome.of(Vec::new()),
                })
            }
            Effect::Download(DownloadEffect::RecordStatus { .. }) => {
                Msg::Download(DownloadMsg::StatusRecorded {
                    result: outcome.of(()),
                })
            }
            Effect::Open(target) => Msg::Opened {
                result: outcome.of(target),
            },
            Effect::EditText(draft) => Msg::EditedText {
                result: outcome.of(Some(format!("{}\nmore\n", draft.text))),
            },
            Effect::Outside(_) => Msg::CameBack {
                result: outcome.of("vi\u{1b}".to_owned()),
            },
            Effect::Lookup(LookupEffect::UseOrganization(_))
            | Effect::AllowCalls(_)
            | Effect::Suspend
            | Effect::Repaint
            | Effect::Mouse(_)
            | Effect::Quit(_) => {
                return Vec::new();
            }
        };
        vec![msg]
    }

    fn count_fields(&self, pages: &[PageSource]) -> Fields {
        let mut fields = Fields::default();
        for envelope in pages.iter().filter_map(|page| self.envelope(page)) {
            for record in envelope.records() {
                fields.look(&envelope.document, record);
            }
        }
        fields.conclude();
        fields
    }

    /// Returns the parts of a page, wherever it is; `None` if its spill was dropped.
    fn envelope(&self, page: &PageSource) -> Option<Envelope> {
        match page {
            PageSource::Loaded(envelope, _) => Some((**envelope).clone()),
            PageSource::Spilled(spill_slot) => self.spilled(*spill_slot),
        }
    }

    fn spilled(&self, spill_slot: SpillSlot) -> Option<Envelope> {
        let range = spill_slot.offset as usize..(spill_slot.offset + spill_slot.length) as usize;
        let body = Bytes::copy_from_slice(self.spill.get(range)?);
        let document = Arc::new(Document::parse(body));
        Some(Envelope::read_as(document, spill_slot.reading))
    }
}

fn workspace() -> Workspace {
    Workspace {
        id: "w".into(),
        name: "other".into(),
        status: None,
    }
}

/// Returns the batches that a search finds, each with whether the search is over: all of them and the end,
/// or, for a search that fails, only the first one, without an end.
fn find(
    document: &Document,
    root: NodeId,
    from: NodeId,
    needle: &str,
    outcome: Outcome,
) -> Vec<(Batch, bool)> {
    let mut batches = Vec::new();
    scan(
        document,
        root,
        from,
        &Needle::parse(needle).unwrap(),
        &mut |batch| {
            batches.push((batch, false));
            match outcome {
                Outcome::Succeeds => ControlFlow::Continue(()),
                Outcome::Fails | Outcome::Unanswered => ControlFlow::Break(()),
            }
        },
    );
    if outcome == Outcome::Succeeds {
        batches.push((Batch::default(), true));
    }
    batches
}
