//! A monkey: 100,000 random keys, messages and sizes. Nothing panics, everything can be drawn.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use airscope::app::attached::Found;
use airscope::app::effect::{Effect, FilterInput, PageSource};
use airscope::app::keys::all_keys;
use airscope::app::load::TaskId;
use airscope::app::msg::{Msg, Written};
use airscope::app::page::{LoadedReply, SpillSlot};
use airscope::app::{App, Setup};
use airscope::domain::connector::{Connector, StoreState, Workspace};
use airscope::domain::download::{DownloadEvent, Progress, SavedFile};
use airscope::domain::failure::{Failure, FailureKind};
use airscope::domain::reply::{Pause, PauseReason, Reply};
use airscope::envelope::Envelope;
use airscope::json::document::Document;
use airscope::json::feed::Feeder;
use airscope::json::fields::Fields;
use airscope::json::find::{Batch, Needle, scan};
use airscope::ui::{Theme, draw};
use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// A small generator, so that a run can be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}

const BODIES: &[&str] = &[
    "",
    "<html>busy</html>",
    "null",
    r#"{"status":"success","result":[1,{"a":[[],{},"\ud800"]},"x"],"connector_metadata":{"has_next_page":true,"end_cursor":"abc"}}"#,
    r#"{"status":"success","result":{"data":[{"id":1,"b":"\u001b[2J"},{"id":2}],"meta":{"has_more":true}},"warning":"w"}"#,
    r#"{"status":"error","result":null}"#,
    r#"{"status":"success","result":[{"id":7,"ticket_id":3,"attachments":[{"id":1,"file_name":"\u001b[2Ja.pdf","content_type":"a/b","size":9,"content_url":"https://x/\u202e"},{"id":2,"file_name":"b"}]},{"attachment_id":5}]}"#,
    r#"{"status":"success","result":[{"broken":"#,
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "plain\ntext\nof\nmany\nlines\nand more ü日本\n",
];

/// A key of the table, or one that is only typed.
fn key(dice: &mut Dice) -> KeyEvent {
    static BOUND: LazyLock<Vec<KeyEvent>> = LazyLock::new(all_keys);
    const TYPED: &[KeyCode] = &[
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Left,
        KeyCode::Char('ü'),
        KeyCode::Char('日'),
        KeyCode::Char('"'),
        KeyCode::Char('\\'),
        KeyCode::Char('{'),
        KeyCode::Char('0'),
        KeyCode::Char('e'),
    ];
    if dice.roll(8) == 0 {
        KeyEvent::new(*dice.pick(TYPED), KeyModifiers::NONE)
    } else {
        *dice.pick(&BOUND)
    }
}

fn failure() -> Failure {
    Failure::new(FailureKind::Service, "Could not do it: \u{1b}[31m")
        .detail("a\nb")
        .hint("Try again.")
}

/// The reply to a call is always the same, so that what comes of it first is a part of it.
fn answer(task: TaskId) -> Box<LoadedReply> {
    let body = BODIES[task.0 as usize % BODIES.len()].as_bytes();
    Box::new(LoadedReply::new(
        head(body.len()),
        Envelope::read(Arc::new(Document::parse(Bytes::from_static(body)))),
    ))
}

fn head(bytes: usize) -> Reply {
    Reply {
        status: 200,
        content_type: None,
        bytes: bytes as u64,
        took: Duration::from_millis(3),
        whole: true,
        received_at: "2026-01-01 00:00:00".into(),
    }
}

/// What has come of a reply so far.
fn part(task: TaskId, dice: &mut Dice) -> Msg {
    let body = BODIES[task.0 as usize % BODIES.len()].as_bytes();
    let mut feeder = Feeder::one_value();
    feeder.feed(&body[..dice.roll(body.len() + 1)]);
    let envelope = Box::new(Envelope::read(Arc::new(feeder.snapshot())));
    Msg::Grown {
        task,
        reply: head(feeder.size()),
        envelope,
        expected: Some(body.len() as u64),
        fresh: true,
    }
}

/// Answers an effect, mostly; some answers never come, some fail.
fn react(effect: Effect, dice: &mut Dice, spill: &mut Vec<u8>) -> Option<Msg> {
    let well = dice.roll(5) > 0;
    let connector = |id: &str, slug: &str| Connector {
        id: id.into(),
        name: format!("{slug} \u{202e}x"),
        slug: Some(slug.into()),
        ..Connector::default()
    };
    if dice.roll(6) == 0 {
        return None;
    }
    Some(match effect {
        Effect::LoadConnectors { task, .. } => {
            let list = vec![
                connector("1", "github"),
                connector("2", "zendesk-support"),
                connector("3", "unknown"),
            ];
            Msg::ConnectorsLoaded {
                task,
                result: if well { Ok(list) } else { Err(failure()) },
            }
        }
        Effect::LoadBadges { task, .. } => Msg::BadgesLoaded {
            task,
            badges: vec![("1".into(), StoreState::Loading)],
            organization: None,
        },
        Effect::Describe { task, .. } => Msg::Described {
            task,
            result: if well { Ok(Vec::new()) } else { Err(failure()) },
        },
        Effect::Inspect { task, .. } => Msg::Inspected {
            task,
            result: Ok(Default::default()),
        },
        Effect::LoadWorkspaces { task } => {
            let workspaces = vec![Workspace {
                id: "w".into(),
                name: "other".into(),
                status: None,
            }];
            Msg::WorkspacesLoaded {
                task,
                result: if well {
                    Ok((workspaces, Vec::new()))
                } else {
                    Err(failure())
                },
            }
        }
        Effect::Call { task, .. } if dice.roll(3) == 0 => part(task, dice),
        Effect::Call { task, .. } | Effect::ReadFile { task } => Msg::CallFinished {
            task,
            result: if well {
                Ok(answer(task))
            } else {
                Err(failure())
            },
        },
        Effect::Fetch { task, wanted } if dice.roll(3) == 0 => {
            let name = wanted.known.name.unwrap_or_default();
            let pause = Pause {
                attempt: 2,
                wait: Duration::from_secs(1),
                reason: PauseReason::Status(429),
            };
            let progress = Progress {
                written: 5,
                total: Some(3),
            };
            let steps = [
                DownloadEvent::Sent,
                DownloadEvent::Began { name, have: 3 },
                DownloadEvent::Received(progress),
                DownloadEvent::Waits(pause),
                DownloadEvent::StartsOver("\u{1b}".into()),
            ];
            Msg::Stepped {
                task,
                step: dice.pick(&steps).clone(),
            }
        }
        Effect::Fetch { task, .. } => {
            let file = SavedFile {
                path: "/tmp/x".into(),
                bytes: 1,
                sha256: "00".into(),
                content_type: None,
                looks_like: None,
                measured: true,
                resumed: 0,
                unvalidated: false,
                was_there: false,
            };
            Msg::Downloaded {
                task,
                result: if well { Ok(file) } else { Err(failure()) },
            }
        }
        Effect::Save { task, to, .. } => Msg::Saved {
            task,
            result: if well {
                Ok(Written {
                    path: to,
                    count: 1,
                    forbidden: 1,
                })
            } else {
                Err(Failure::new(
                    FailureKind::File,
                    "a file of that name is there already",
                ))
            },
        },
        Effect::Copy { what, .. } => Msg::Copied {
            what,
            result: Ok("1 character".into()),
        },
        Effect::Find {
            task,
            document,
            root,
            from,
            needle,
        } => {
            let mut found = Batch::default();
            scan(
                &document,
                root,
                from,
                &Needle::parse(&needle).unwrap(),
                &mut |batch| {
                    found = batch;
                    ControlFlow::Break(())
                },
            );
            Msg::Found {
                task,
                batch: Arc::new(found),
                over: well,
            }
        }
        Effect::Sort {
            task,
            serial,
            document,
            root,
            path,
            descending,
            ..
        } => {
            let records: Vec<_> = document.children(root).collect();
            Msg::Sorted {
                task,
                serial,
                root,
                records: Arc::new(airscope::json::table::sorted(
                    &document, &records, &path, descending,
                )),
            }
        }
        Effect::Cancel(task) | Effect::ReadOn(task) => Msg::CallFinished {
            task,
            result: Ok(answer(task)),
        },
        Effect::LoadProfiles { definition_id } => Msg::ProfilesLoaded {
            definition_id,
            profiles: Vec::new(),
        },
        Effect::SpillPage {
            serial,
            body,
            reading,
        } => {
            let spill_slot = SpillSlot {
                offset: spill.len() as u64,
                length: body.len() as u64,
                reading,
            };
            spill.extend_from_slice(&body.joined());
            Msg::PageSpilled {
                serial,
                result: if well { Ok(spill_slot) } else { Err(failure()) },
            }
        }
        Effect::LoadSpilled { serial, spill_slot } => {
            let range =
                spill_slot.offset as usize..(spill_slot.offset + spill_slot.length) as usize;
            let envelope = Envelope::read(Arc::new(Document::parse(Bytes::copy_from_slice(
                &spill[range],
            ))));
            Msg::SpilledLoaded {
                serial,
                result: if well {
                    Ok(Box::new(envelope))
                } else {
                    Err(failure())
                },
            }
        }
        Effect::Export { task, export } => {
            let result = if well {
                Ok(Written {
                    path: export.to,
                    count: 1,
                    forbidden: 0,
                })
            } else {
                Err(failure())
            };
            Msg::Exported { task, result }
        }
        Effect::Filter { task, input, .. } => {
            let result = match input {
                FilterInput::Value(document, node) if well => Ok(Box::new(Envelope::read(
                    Arc::new(Document::parse(document.raw(node).into_owned().into())),
                ))),
                _ => Err(("expected nothing\u{1b}".to_owned(), Some(dice.roll(9)))),
            };
            Msg::Filtered { task, result }
        }
        Effect::CountFields { task, pages } => {
            let mut fields = Fields::default();
            for page in pages {
                if let PageSource::Loaded(envelope, _) = page {
                    envelope
                        .records()
                        .iter()
                        .for_each(|record| fields.look(&envelope.document, *record));
                }
            }
            Msg::FieldsCounted {
                task,
                fields: Arc::new(fields),
            }
        }
        Effect::Outside(_) => Msg::CameBack {
            result: if well {
                Ok("vi\u{1b}".into())
            } else {
                Err(failure())
            },
        },
        Effect::FindAttachments {
            task,
            pages,
            finder,
            ..
        } => {
            let mut found = Vec::new();
            for (serial, page) in pages {
                if let PageSource::Loaded(envelope, _) = page {
                    for record in envelope.records() {
                        let files = finder.find(&envelope.document, record);
                        found.extend(
                            files
                                .into_iter()
                                .map(|attachment| Found { serial, attachment }),
                        );
                    }
                }
            }
            Msg::AttachmentsFound {
                task,
                found: Arc::new(found),
            }
        }
        Effect::LoadUnfinished { task, .. } => Msg::UnfinishedLoaded {
            task,
            result: if well { Ok(Vec::new()) } else { Err(failure()) },
        },
        Effect::RecordStatus { .. } => Msg::StatusRecorded {
            result: Err(failure()),
        },
        Effect::Open(target) => Msg::Opened {
            result: if well { Ok(target) } else { Err(failure()) },
        },
        Effect::Remember { .. } => Msg::ProfileSaved,
        Effect::DropSpill => return None,
        Effect::ChooseOrganization(_) | Effect::Suspend | Effect::Quit(_) => return None,
    })
}

/// Something that comes by itself.
fn event(dice: &mut Dice) -> Msg {
    let place = (dice.roll(130) as u16, dice.roll(40) as u16);
    let mouse = |kind| {
        Msg::Mouse(MouseEvent {
            kind,
            column: place.0,
            row: place.1,
            modifiers: KeyModifiers::NONE,
        })
    };
    let task = TaskId(dice.roll(50) as u64);
    match dice.roll(12) {
        0 => mouse(MouseEventKind::ScrollDown),
        1 => mouse(MouseEventKind::ScrollUp),
        2 => mouse(MouseEventKind::Down(MouseButton::Left)),
        3 => Msg::Pasted("pasted\n\u{1b}text".into()),
        4 => Msg::Tick(Instant::now()),
        5 => Msg::CallPaused {
            task,
            pause: Pause {
                attempt: 2,
                wait: Duration::from_secs(1),
                reason: PauseReason::Status(429),
            },
        },
        6 => Msg::Progressed {
            task,
            progress: Progress {
                written: 5,
                total: Some(3),
            },
        },
        7 if dice.roll(2) == 0 => part(task, dice),
        7 => Msg::CallFinished {
            task,
            result: Ok(answer(task)),
        },
        8 => Msg::Resized,
        9 => Msg::CallSent { task },
        10 => Msg::ReplyIsLarge {
            task,
            bytes: 1 << 30,
        },
        _ => Msg::Key(key(dice)),
    }
}

fn monkey(seed: u64, steps: usize) {
    let mut dice = Dice(seed);
    let setup = Setup {
        workspace: "default".into(),
        folder: "/tmp".into(),
        page_budget: Some(300),
        keeps_profiles: true,
        ..Setup::default()
    };
    let (mut app, mut effects) = App::start(setup);
    let mut spill = Vec::new();
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    for step in 0..steps {
        let msg = match effects.pop() {
            Some(effect) => react(effect, &mut dice, &mut spill),
            None if dice.roll(4) > 0 => Some(Msg::Key(key(&mut dice))),
            None => Some(event(&mut dice)),
        };
        effects.extend(msg.map(|msg| app.update(msg)).into_iter().flatten());
        if step % 500 == 0 {
            let (width, height) = *dice.pick(&[
                (120, 36),
                (80, 24),
                (40, 12),
                (1, 1),
                (30, 8),
                (200, 50),
                (69, 9),
                (7, 60),
            ]);
            terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        }
        if step % 11 == 0 {
            let mut sizes = None;
            terminal
                .draw(|frame| sizes = Some(draw(&app, Theme::Sixteen, frame)))
                .unwrap();
            app.measured(sizes.unwrap());
            let harmless = terminal
                .backend()
                .buffer()
                .content
                .iter()
                .all(|cell| cell.symbol().chars().all(airscope::text::is_harmless));
            assert!(
                harmless,
                "seed {seed}, step {step}: something harmful is on the screen"
            );
        }
    }
}

#[test]
fn a_monkey_of_a_hundred_thousand_steps() {
    let threads: Vec<_> = [0x5eed_0001_u64, 0x0bad_cafe_1234]
        .map(|seed| std::thread::spawn(move || monkey(seed, 50_000)))
        .into_iter()
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
