//! What tests share: a journey on the real loop, keys as text, the screen as text.

pub mod fake_worker;
pub mod origin;
pub mod pty;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use airscope::api::Client;
use airscope::app::App;
use airscope::app::effect::{Draft, Effect, Outside};
use airscope::app::session::{OpenFile, Preset, Setup};
use airscope::domain::connection::{Connection, Credentials};
use airscope::domain::secret::Secret;
use airscope::runtime::{Activity, Ended, Host, Source, Worker, WorkerSetup, run};
use airscope::sandbox::{self, Gate, Options, Sandbox, Scenario};
use airscope::store::Store;
use airscope::ui::Theme;
use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures_util::Stream;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// How long any wait may take before the test fails.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Reads keys as text: `jj<Enter><C-c>`; `<lt>` is `<`.
pub fn keys(text: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (name, length) = match rest.strip_prefix('<').and_then(|tail| tail.split_once('>')) {
            Some((name, _)) => (name, name.len() + 2),
            None => ("", first.len_utf8()),
        };
        let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
        keys.push(match name {
            "" => plain(KeyCode::Char(first)),
            "lt" => plain(KeyCode::Char('<')),
            "Enter" => plain(KeyCode::Enter),
            "Esc" => plain(KeyCode::Esc),
            "Space" => plain(KeyCode::Char(' ')),
            "Tab" => plain(KeyCode::Tab),
            "S-Tab" => plain(KeyCode::BackTab),
            "BS" => plain(KeyCode::Backspace),
            "Up" => plain(KeyCode::Up),
            "Down" => plain(KeyCode::Down),
            "F5" => plain(KeyCode::F(5)),
            _ => match name
                .strip_prefix("C-")
                .and_then(|letter| letter.chars().next())
            {
                Some(letter) => KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL),
                None => panic!("no key is called <{name}>"),
            },
        });
        rest = &rest[length..];
    }
    keys
}

/// Returns the connection to a sandbox.
pub fn connection(sandbox: &Sandbox) -> Connection {
    Connection {
        host: sandbox.url(),
        credentials: Credentials::Pair {
            id: sandbox::CLIENT_ID.into(),
            secret: Secret::new(sandbox::CLIENT_SECRET),
        },
        organization: Some(sandbox::ORGANIZATION_ID.into()),
        workspace: "default".into(),
    }
}

/// Starts a sandbox that plays the scenario of a name.
pub async fn sandbox(scenario: &str) -> Sandbox {
    let scenario = Scenario::by_name(scenario).unwrap_or_else(|| panic!("no scenario {scenario}"));
    Sandbox::start(Options {
        scenario,
        ..Options::default()
    })
    .await
    .unwrap()
}

/// Waits until a request is held at a gate.
pub async fn wait_until_held(gate: &Gate) {
    tokio::time::timeout(LIMIT, gate.wait_until_held())
        .await
        .expect("no request was held");
}

/// Makes a client of a sandbox.
pub fn client(sandbox: &Sandbox) -> Client {
    Client::new(connection(sandbox))
}

/// The real loop on a screen in memory, against a sandbox.
pub struct Journey {
    pub sandbox: Sandbox,
    pub app: App,
    pub code: Option<u8>,
    terminal: Terminal<TestBackend>,
    worker: Worker,
    first: Vec<Effect>,
}

impl Journey {
    /// Starts with an empty request form.
    pub async fn start(scenario: &str) -> Journey {
        Journey::with(scenario, Setup::default()).await
    }

    /// Starts with a request in the form: `connector entity action name=value…`.
    pub async fn preset(scenario: &str, words: &str, folder: &Path) -> Journey {
        Journey::with(scenario, Journey::setup(words, folder)).await
    }

    /// Starts with a request in the form, against a sandbox with all kinds of connectors.
    pub async fn everything(words: &str, folder: &Path) -> Journey {
        let sandbox = Sandbox::start(Options {
            all_connectors: true,
            ..Options::default()
        })
        .await
        .unwrap();
        Journey::against(
            sandbox,
            Journey::setup(words, folder),
            &Store::default(),
            None,
        )
        .await
    }

    pub fn setup(words: &str, folder: &Path) -> Setup {
        let mut words = words.split(' ');
        let mut next = || words.next().map(str::to_owned);
        let preset = Preset {
            connector: next().unwrap(),
            entity: next(),
            action: next(),
            ..Preset::default()
        };
        let pairs = words
            .map(|pair| {
                pair.split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .unwrap()
            })
            .collect();
        Setup {
            preset: Some(Preset { pairs, ..preset }),
            folder: folder.to_owned(),
            ..Setup::default()
        }
    }

    /// Starts with a setup, of which host, workspace and organization are replaced by the sandbox's.
    pub async fn with(scenario: &str, setup: Setup) -> Journey {
        Journey::remembering(scenario, setup, &Store::default()).await
    }

    /// Starts with a setup and a store.
    pub async fn remembering(scenario: &str, setup: Setup, store: &Store) -> Journey {
        Journey::begin(scenario, setup, store, None).await
    }

    async fn begin(scenario: &str, setup: Setup, store: &Store, file: Option<Source>) -> Journey {
        let mut setup = setup;
        if scenario == "many-organizations" {
            setup.organization = Some(String::new());
        }
        Journey::against(sandbox(scenario).await, setup, store, file).await
    }

    /// Starts with a request in the form, and sends nothing yet: the first keys are typed at once.
    pub fn unstarted(sandbox: Sandbox, words: &str, folder: &Path) -> Journey {
        Journey::prepared(
            sandbox,
            Journey::setup(words, folder),
            &Store::default(),
            None,
        )
    }

    async fn against(
        sandbox: Sandbox,
        setup: Setup,
        store: &Store,
        file: Option<Source>,
    ) -> Journey {
        let mut journey = Journey::prepared(sandbox, setup, store, file);
        journey.keys("").await;
        journey
    }

    fn prepared(sandbox: Sandbox, setup: Setup, store: &Store, file: Option<Source>) -> Journey {
        let mut connection = connection(&sandbox);
        if setup.organization.as_deref() == Some("") {
            connection.organization = None;
        }
        let setup = Setup {
            workspace: "default".into(),
            host: sandbox.url(),
            organization: connection.organization.clone(),
            sandbox: true,
            ..setup
        };
        let worker = Worker::new(WorkerSetup {
            question_at: 1 << 30,
            max_calls: setup.max_calls,
            connection,
            kind: None,
            definition_id: None,
            store: store.clone(),
            scrubber: setup.scrubber.clone(),
            file,
            program: Some(env!("CARGO_BIN_EXE_airscope").into()),
            opener: Some("true".into()),
        });
        let (app, first) = App::start(setup);
        let terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        Journey {
            sandbox,
            app,
            code: None,
            terminal,
            worker,
            first,
        }
    }

    /// Types keys, each when the worker is idle, and waits until it is idle again.
    pub async fn keys(&mut self, text: &str) -> &mut Journey {
        let script = keys(text).into_iter().map(Event::Key).collect();
        self.events(script).await
    }

    /// Types keys at once, without waiting for the work that they start.
    pub async fn hurry(&mut self, text: &str) -> &mut Journey {
        let mut script = self.script(keys(text).into_iter().map(Event::Key).collect());
        script.pace = Pace::AtOnce;
        self.play(script).await
    }

    /// Types keys at once, the last of them when something has happened.
    pub async fn hurry_until(
        &mut self,
        text: &str,
        happened: impl Future<Output = ()> + 'static,
    ) -> &mut Journey {
        let mut script = self.script(keys(text).into_iter().map(Event::Key).collect());
        script.pace = Pace::AtOnce;
        script.last_after = Some(Box::pin(happened));
        self.play(script).await
    }

    /// Sends events, each when the worker is idle.
    pub async fn events(&mut self, events: VecDeque<Event>) -> &mut Journey {
        let script = self.script(events);
        self.play(script).await
    }

    fn script(&self, events: VecDeque<Event>) -> Script {
        Script {
            events,
            activity: self.worker.activity(),
            pace: Pace::WhenIdle,
            last_after: None,
        }
    }

    async fn play(&mut self, script: Script) -> &mut Journey {
        let first = std::mem::take(&mut self.first);
        let script = Rc::new(RefCell::new(script));
        let mut host = NoHost;
        let loop_ = run(
            &mut self.terminal,
            || ScriptInput(Rc::clone(&script)),
            &mut host,
            Theme::Sixteen,
            &mut self.app,
            first,
            &mut self.worker,
        );
        let ended = tokio::time::timeout(LIMIT, loop_)
            .await
            .expect("the journey took too long")
            .unwrap();
        if let Ended::Quit(code) = ended {
            self.code = Some(code);
        }
        self
    }

    /// Fails unless the loop ended with an exit code.
    pub fn assert_ended(&self, code: u8) {
        assert_eq!(self.code, Some(code));
    }

    /// Clicks on the last place where the screen holds a text.
    pub async fn click(&mut self, text: &str) -> &mut Journey {
        let screen = self.screen();
        let found = screen.lines().enumerate().filter_map(|(row, line)| {
            let at = line.rfind(text)?;
            Some((airscope::text::width(&line[..at]), row))
        });
        let Some((column, row)) = found.last() else {
            panic!("`{text}` is not on the screen:\n{screen}");
        };
        let event = Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: column as u16,
            row: row as u16,
            modifiers: KeyModifiers::NONE,
        });
        self.events(VecDeque::from([event])).await
    }

    /// Changes the size of the screen.
    pub async fn resize(&mut self, width: u16, height: u16) -> &mut Journey {
        self.terminal.backend_mut().resize(width, height);
        self.events(VecDeque::from([Event::Resize(width, height)]))
            .await
    }

    /// Returns the screen as text.
    pub fn screen(&self) -> String {
        text_of(self.terminal.backend())
    }

    /// Fails unless the screen holds the text.
    pub fn sees(&mut self, text: &str) -> &mut Journey {
        let screen = self.screen();
        assert!(
            screen.contains(text),
            "`{text}` is not on the screen:\n{screen}"
        );
        self
    }

    /// Fails unless the screen holds one of the texts.
    pub fn sees_one_of(&mut self, texts: &[&str]) -> &mut Journey {
        let screen = self.screen();
        assert!(
            texts.iter().any(|text| screen.contains(text)),
            "none of {texts:?} is on the screen:\n{screen}"
        );
        self
    }

    /// Fails if the screen holds the text.
    pub fn sees_not(&mut self, text: &str) -> &mut Journey {
        let screen = self.screen();
        assert!(
            !screen.contains(text),
            "`{text}` is on the screen:\n{screen}"
        );
        self
    }
}

/// Starts on a file in place of a service.
pub async fn opened(file: &Path, setup: Setup) -> Journey {
    let name = file.to_string_lossy().into_owned();
    let open = setup.file.clone();
    let setup = Setup {
        file: Some(open.unwrap_or(OpenFile { name, again: true })),
        ..setup
    };
    Journey::begin(
        "normal",
        setup,
        &Store::default(),
        Some(Source::Path(file.to_owned())),
    )
    .await
}

/// Returns a screen in memory as text.
pub fn text_of(backend: &TestBackend) -> String {
    let buffer = backend.buffer();
    let width = usize::from(buffer.area.width);
    let rows: Vec<String> = buffer
        .content
        .chunks(width.max(1))
        .map(|row| {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                line.push_str(cell.symbol());
                skip = airscope::text::width(cell.symbol()).saturating_sub(1);
            }
            line.trim_end().to_owned()
        })
        .collect();
    rows.join("\n")
}

/// Events that are sent when the worker is idle.
struct Script {
    events: VecDeque<Event>,
    activity: Activity,
    pace: Pace,
    /// What the last event waits for.
    last_after: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

/// When the events of a script are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    WhenIdle,
    AtOnce,
}

impl Stream for Script {
    type Item = std::io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.events.len() == 1
            && let Some(happened) = &mut self.last_after
        {
            std::task::ready!(happened.as_mut().poll(context));
            self.last_after = None;
        }
        // The result of running work wakes the loop, which then polls again.
        if (self.pace == Pace::WhenIdle || self.events.is_empty()) && !self.activity.is_quiet() {
            return Poll::Pending;
        }
        Poll::Ready(self.events.pop_front().map(Ok))
    }
}

/// A terminal that accepts everything.
struct NoHost;

impl Host for NoHost {
    fn write(&mut self, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn run_program(
        &mut self,
        _: Outside,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<String>> + '_>> {
        Box::pin(async { Ok("true".to_owned()) })
    }

    fn edit_text(
        &mut self,
        draft: Draft,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Option<String>>> + '_>> {
        Box::pin(async { Ok(Some(draft.text)) })
    }
}

/// A handle of the script, so that a stream that is opened again continues where the last one ended.
struct ScriptInput(Rc<RefCell<Script>>);

impl Stream for ScriptInput {
    type Item = std::io::Result<Event>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}
