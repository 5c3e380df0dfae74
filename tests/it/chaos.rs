//! Random keys, messages and sizes, 100,000 steps of them. Nothing panics, everything can be drawn.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use airscope::app::App;
use airscope::app::effect::FilterInput;
use airscope::app::ids::TaskId;
use airscope::app::keymap::{Key, Keymap};
use airscope::app::msg::{DownloadMsg, Msg, ReplyMsg};
use airscope::app::session::Setup;
use airscope::app::source::LoadedReply;
use airscope::domain::call::Call;
use airscope::domain::connector::{Connector, StoreState};
use airscope::domain::download::{DownloadEvent, Progress, SavedFile, Wanted};
use airscope::domain::reply::{Pause, PauseReason, Reply};
use airscope::envelope::Envelope;
use airscope::json::document::Document;
use airscope::json::feed::Feeder;
use airscope::ui::{Theme, draw};
use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::support::fake_worker::{FakeWorker, Fixture, Outcome, failure};

/// A xorshift generator, so that a run can be repeated from its seed.
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
    static BOUND: LazyLock<Vec<KeyEvent>> = LazyLock::new(|| {
        let keys = Keymap::default().keys().into_iter();
        keys.map(Key::event).collect()
    });
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

/// Returns the reply to a call: always the same one for a task, so that [`part`] returns a part of it.
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

/// Returns the message of a reply of which some bytes were received.
fn part(task: TaskId, dice: &mut Dice) -> Msg {
    let body = BODIES[task.0 as usize % BODIES.len()].as_bytes();
    let mut feeder = Feeder::one_value();
    feeder.feed(&body[..dice.roll(body.len() + 1)]);
    let envelope = Box::new(Envelope::read(Arc::new(feeder.snapshot())));
    Msg::Reply(ReplyMsg::Grew {
        task,
        reply: head(feeder.size()),
        envelope,
        expected: Some(body.len() as u64),
        restarted: true,
    })
}

/// Random answers: most effects succeed, some fail, some are never answered.
struct Chaos {
    dice: Dice,
}

impl Fixture for Chaos {
    fn outcome(&mut self) -> Outcome {
        if self.dice.roll(6) == 0 {
            Outcome::Unanswered
        } else if self.dice.roll(5) > 0 {
            Outcome::Succeeds
        } else {
            Outcome::Fails
        }
    }

    fn connectors(&self) -> Vec<Connector> {
        [("1", "github"), ("2", "zendesk-support"), ("3", "unknown")]
            .map(|(id, slug)| Connector {
                id: id.into(),
                name: format!("{slug} \u{202e}x"),
                slug: Some(slug.into()),
                ..Connector::default()
            })
            .to_vec()
    }

    fn badges(&self) -> (Vec<(String, StoreState)>, Option<String>) {
        (vec![("1".into(), StoreState::Loading)], None)
    }

    fn call(&mut self, task: TaskId, _: &Call) -> Vec<Msg> {
        vec![if self.dice.roll(3) == 0 {
            part(task, &mut self.dice)
        } else {
            Msg::Reply(ReplyMsg::Finished {
                task,
                result: Ok(answer(task)),
            })
        }]
    }

    fn reply(&mut self, task: TaskId) -> Box<LoadedReply> {
        answer(task)
    }

    fn cancelled(&mut self, task: TaskId) -> Vec<Msg> {
        vec![Msg::Reply(ReplyMsg::Finished {
            task,
            result: Ok(answer(task)),
        })]
    }

    fn download(&mut self, task: TaskId, wanted: &Wanted, outcome: Outcome) -> Vec<Msg> {
        if self.dice.roll(3) == 0 {
            let progress = Progress {
                written: 5,
                total: Some(3),
            };
            let steps = [
                DownloadEvent::Sent,
                DownloadEvent::Began {
                    name: wanted.known.name.clone().unwrap_or_default(),
                    have: 3,
                },
                DownloadEvent::Received(progress),
                DownloadEvent::Waits(pause()),
                DownloadEvent::StartsOver("\u{1b}".into()),
            ];
            let step = self.dice.pick(&steps).clone();
            return vec![Msg::Download(DownloadMsg::Event { task, event: step })];
        }
        let file = SavedFile {
            path: "/tmp/x".into(),
            bytes: 1,
            sha256: "00".into(),
            content_type: None,
            looks_like: None,
            encoded: None,
            measured: true,
            resumed: 0,
            unvalidated: false,
            was_there: false,
        };
        let result = match outcome {
            Outcome::Succeeds => Ok(file),
            Outcome::Fails | Outcome::Unanswered => Err(failure()),
        };
        vec![Msg::Download(DownloadMsg::Finished { task, result })]
    }

    fn filter(
        &mut self,
        _: &str,
        input: &FilterInput,
        outcome: Outcome,
    ) -> Result<Box<Envelope>, (String, Option<usize>)> {
        match (input, outcome) {
            (FilterInput::Value(document, node), Outcome::Succeeds) => {
                let body = document.raw(*node).into_owned().into();
                Ok(Box::new(Envelope::read(Arc::new(Document::parse(body)))))
            }
            (FilterInput::Value(..) | FilterInput::Pages(_), _) => {
                Err(("expected nothing\u{1b}".to_owned(), Some(self.dice.roll(9))))
            }
        }
    }
}

fn pause() -> Pause {
    Pause {
        attempt: 2,
        wait: Duration::from_secs(1),
        reason: PauseReason::Status(429),
    }
}

/// Returns a message that no effect led to.
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
        5 => Msg::Reply(ReplyMsg::Paused {
            task,
            pause: pause(),
        }),
        6 => Msg::Reply(ReplyMsg::Progressed {
            task,
            progress: Progress {
                written: 5,
                total: Some(3),
            },
        }),
        7 if dice.roll(2) == 0 => part(task, dice),
        7 => Msg::Reply(ReplyMsg::Finished {
            task,
            result: Ok(answer(task)),
        }),
        8 => Msg::Resized,
        9 => Msg::Reply(ReplyMsg::Sent { task }),
        10 => Msg::Reply(ReplyMsg::IsLarge {
            task,
            bytes: 1 << 30,
        }),
        _ => Msg::Key(key(dice)),
    }
}

fn monkey(seed: u64, steps: usize) {
    let setup = Setup {
        workspace: "default".into(),
        folder: "/tmp".into(),
        page_budget: Some(300),
        keeps_profiles: true,
        ..Setup::default()
    };
    let (mut app, mut effects) = App::start(setup);
    let mut worker = FakeWorker::new(Chaos { dice: Dice(seed) });
    let mut answers = VecDeque::new();
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    for step in 0..steps {
        if answers.is_empty()
            && let Some(effect) = effects.pop()
        {
            answers.extend(worker.answer(effect));
        }
        let dice = &mut worker.fixture.dice;
        let msg = match answers.pop_front() {
            Some(answer) => answer,
            None if dice.roll(4) > 0 => Msg::Key(key(dice)),
            None => event(dice),
        };
        effects.extend(app.update(msg));
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
