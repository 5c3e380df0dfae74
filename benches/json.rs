//! Index, find, fold, layout and drawing of a reply, on about 2 MB of records.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use airscope::app::App;
use airscope::app::effect::{Effect, ReplyEffect};
use airscope::app::msg::{Msg, ReplyMsg};
use airscope::app::session::{OpenFile, Setup};
use airscope::app::source::LoadedReply;
use airscope::domain::reply::Reply;
use airscope::envelope::Envelope;
use airscope::json::document::Document;
use airscope::json::find::{Needle, scan};
use airscope::json::{fold::Folds, rows};
use airscope::ui::{Theme, draw};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn records() -> Bytes {
    let record = r#"{"id":1042,"title":"Battery gauge jumps from 31 % to 12 %","state":"OPEN","author":{"login":"søren","id":7},"labels":["bug","battery"],"score":0.10,"closed":false,"milestone":null}"#;
    let list = vec![record; 11_000].join(",");
    Bytes::from(format!(r#"{{"status":"success","result":[{list}]}}"#))
}

fn json(criterion: &mut Criterion) {
    let body = records();
    let mut group = criterion.benchmark_group("json");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("index", |bench| {
        bench.iter(|| Document::parse(black_box(body.clone())))
    });
    let document = Document::parse(body);
    let Some(root) = document.root() else { return };
    group.bench_function("find", |bench| {
        let Ok(needle) = Needle::parse("not there") else {
            return;
        };
        bench.iter(|| {
            let mut count = 0;
            scan(&document, root, root, black_box(&needle), &mut |batch| {
                count += batch.hits.len();
                std::ops::ControlFlow::Continue(())
            });
            count
        });
    });
    group.finish();
    let folds = Folds::new(root, 9);
    let last = folds.last(&document);
    criterion.bench_function("a window of rows at the end", |bench| {
        bench.iter(|| {
            let mut at = folds.step(&document, last, -36);
            for _ in 0..36 {
                black_box(rows::row(&document, &folds, at, 90));
                at = folds.next(&document, at).unwrap_or(at);
            }
        });
    });
    criterion.bench_function("fold and unfold all", |bench| {
        let mut folds = Folds::new(root, 0);
        bench.iter(|| {
            folds.fold_to(u32::MAX);
            let open = folds.last(&document);
            folds.fold_to(0);
            black_box((open, folds.last(&document)));
        });
    });
}

/// A frame of each view, drawn into memory as the screen is.
fn draw_views(criterion: &mut Criterion) {
    let setup = Setup {
        file: Some(OpenFile {
            name: "records.json".to_owned(),
            again: true,
        }),
        ..Setup::default()
    };
    let (mut app, effects) = App::start(setup);
    let Some(Effect::Reply(ReplyEffect::ReadFile { task })) = effects.into_iter().next() else {
        return;
    };
    let envelope = Envelope::read(Arc::new(Document::parse(records())));
    let reply = Reply {
        status: 0,
        content_type: None,
        bytes: 0,
        took: Duration::ZERO,
        whole: true,
        received_at: String::new(),
    };
    let _ = app.update(Msg::Reply(ReplyMsg::Finished {
        task,
        result: Ok(Box::new(LoadedReply {
            reply,
            envelope,
            scan: Arc::default(),
        })),
    }));
    let Ok(mut terminal) = Terminal::new(TestBackend::new(120, 36));
    let mut group = criterion.benchmark_group("a key and its frame");
    for view in ["tree", "table", "text"] {
        group.bench_function(view, |bench| {
            bench.iter(|| {
                let _ = app.update(Msg::Key(KeyEvent::from(KeyCode::Char('j'))));
                let mut sizes = None;
                let Ok(_) = terminal.draw(|frame| sizes = Some(draw(&app, Theme::Sixteen, frame)));
                app.measured(sizes.unwrap_or_default());
            });
        });
        let _ = app.update(Msg::Key(KeyEvent::from(KeyCode::Char('v'))));
    }
    group.finish();
}

criterion_group!(benches, json, draw_views);
criterion_main!(benches);
