//! Answers that change from call to call: a failure between two answers must not make the program forget what the first of
//! them told.

use airscope::domain::download::SavedFile;
use serde_json::Value;

use super::{Kind, Row, SMALL, answer, changed, file, head, honest, run, start_of};

/// What the service answers to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// What the table of single answers has.
    Range(Kind),
    /// A text of its own, with status 200, whatever is asked for.
    Text,
    /// The same, with the version of the file.
    TextWithTag,
    /// A failure that passes, whatever is asked for.
    Broken,
}

const TURNS: [Turn; 14] = [
    Turn::Range(Kind::Right),
    Turn::Range(Kind::NoTotal),
    Turn::Range(Kind::WrongStart),
    Turn::Range(Kind::Short),
    Turn::Range(Kind::NoContentRange),
    Turn::Range(Kind::Whole),
    Turn::Range(Kind::OnlyTheRest),
    Turn::Range(Kind::RefusedWithTotal),
    Turn::Range(Kind::Refused),
    Turn::Range(Kind::Empty),
    Turn::Range(Kind::SmallJson),
    Turn::Text,
    Turn::TextWithTag,
    Turn::Broken,
];

/// Which version of the file the service has after the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Same,
    ChangedAtBeginning,
    ChangedBehind,
}

#[derive(Debug, Clone, Copy)]
struct Sequence {
    turns: [Turn; 3],
    version: Version,
    has_tag: bool,
    is_attachment: bool,
    is_damaged: bool,
}

const CUT: usize = 110_000;

impl Sequence {
    fn row(self, kind: Kind) -> Row {
        Row {
            kind,
            size: SMALL,
            cut: CUT,
            states_length: true,
            has_tag: self.has_tag,
        }
    }

    fn now(self) -> Vec<u8> {
        match self.version {
            Version::Same => file(SMALL),
            Version::ChangedAtBeginning => changed(SMALL, 0, 40),
            Version::ChangedBehind => changed(SMALL, CUT - 300, SMALL),
        }
    }

    fn tag(self) -> &'static str {
        if self.version == Version::Same {
            "one"
        } else {
            "two"
        }
    }

    /// Without a disposition it is a file by its type alone.
    fn plain(self, answer: Vec<u8>) -> Vec<u8> {
        if self.is_attachment {
            return answer;
        }
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(0);
        let text = String::from_utf8_lossy(&answer[..end]).into_owned();
        let kept: Vec<&str> = text
            .split("\r\n")
            .filter(|line| !line.starts_with("Content-Disposition"))
            .collect();
        [kept.join("\r\n").as_bytes(), &answer[end..]].concat()
    }

    fn answer(self, number: usize, call: &Value) -> Vec<u8> {
        let text = |tag: &str| {
            let body = b"temporarily disabled\n";
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\n{tag}Content-Length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        };
        let answer = match self.turns.get(number - 1) {
            Some(Turn::Broken) => head("503 Service Unavailable", "", Some(0)),
            Some(Turn::Text) => text(""),
            Some(Turn::TextWithTag) if self.has_tag => {
                text(&format!("ETag: \"{}\"\r\n", self.tag()))
            }
            Some(Turn::TextWithTag) => text(""),
            // What is odd about a range says nothing of another version.
            Some(Turn::Range(kind))
                if self.version == Version::Same && start_of(call).is_some() =>
            {
                answer(self.row(*kind), call)
            }
            Some(Turn::Range(Kind::Whole | Kind::RefusedWithTotal)) if start_of(call).is_some() => {
                honest(self.row(Kind::Whole), &Value::Null, &self.now(), self.tag())
            }
            Some(Turn::Range(_)) | None => {
                honest(self.row(Kind::Right), call, &self.now(), self.tag())
            }
        };
        self.plain(answer)
    }
}

/// Whatever has its name is the file as it is now, or says that nothing proves it.
fn judge(sequence: Sequence, folder: &std::path::Path, saved: Option<&SavedFile>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().contains(".part") {
            continue;
        }
        let is_right = std::fs::read(&path).unwrap() == sequence.now();
        let is_marked = saved.is_some_and(|saved| {
            saved.unvalidated && !sequence.has_tag && sequence.version != Version::Same
        });
        assert!(
            is_right || is_marked,
            "{sequence:?}: `{}` is not the file",
            path.display()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failure_between_two_answers_makes_nothing_forgotten() {
    let mut state = 12_345_u64;
    let mut any = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        TURNS[(state >> 33) as usize % TURNS.len()]
    };
    let mut sequences = Vec::new();
    for version in [
        Version::Same,
        Version::ChangedAtBeginning,
        Version::ChangedBehind,
    ] {
        for (has_tag, is_attachment, is_damaged) in [
            (true, true, false),
            (true, false, false),
            (false, true, false),
            (false, false, true),
            (true, true, true),
            (true, false, true),
        ] {
            for first in TURNS {
                for second in [Turn::Broken, any()] {
                    sequences.push(Sequence {
                        turns: [first, second, any()],
                        version,
                        has_tag,
                        is_attachment,
                        is_damaged,
                    });
                }
            }
        }
    }
    assert!(sequences.len() >= 500, "{} rows", sequences.len());
    // The disk is waited for, not the processor.
    let mut running = tokio::task::JoinSet::new();
    for sequence in sequences {
        running.spawn(check(sequence));
        if running.len() > 16 {
            running.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

async fn check(sequence: Sequence) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cut = move || sequence.plain(super::first(sequence.row(Kind::Right)));
    let (outcome, calls) = if sequence.is_damaged {
        let gone = move |number, _: &Value| {
            if number == 0 {
                cut()
            } else {
                head("404 Not Found", "", Some(0))
            }
        };
        drop(run(folder, Box::new(gone)).await);
        let part = folder.join("f.bin.part");
        let mut bytes = std::fs::read(&part).unwrap();
        bytes[70_000..70_008]
            .iter_mut()
            .for_each(|byte| *byte ^= 0xff);
        std::fs::write(&part, bytes).unwrap();
        run(
            folder,
            Box::new(move |number, call| sequence.answer(number + 1, call)),
        )
        .await
    } else {
        run(
            folder,
            Box::new(move |number, call| {
                if number == 0 {
                    cut()
                } else {
                    sequence.answer(number, call)
                }
            }),
        )
        .await
    };
    judge(sequence, folder, outcome.as_ref().ok());
    assert!(calls <= 16 + SMALL / 32_768, "{sequence:?}: {calls} calls");
    if outcome.is_err() {
        let (mut outcome, _) = run(folder, Box::new(move |_, call| sequence.answer(9, call))).await;
        if outcome.is_err() && !folder.join("f.bin.part").exists() {
            outcome = run(folder, Box::new(move |_, call| sequence.answer(9, call)))
                .await
                .0;
        }
        judge(sequence, folder, outcome.as_ref().ok());
        assert!(outcome.is_ok(), "{sequence:?}: {outcome:?}");
    }
}
