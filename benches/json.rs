//! Index, find, fold and layout of a reply, on about 2 MB of records.

use std::hint::black_box;

use airscope::json::document::Document;
use airscope::json::find::{Needle, scan};
use airscope::json::{fold::Folds, rows};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn records() -> Bytes {
    let record = r#"{"id":1042,"title":"Battery gauge jumps from 31 % to 12 %","state":"OPEN","author":{"login":"søren","id":7},"labels":["bug","battery"],"score":0.10,"closed":false,"milestone":null}"#;
    let list = vec![record; 11_000].join(",");
    Bytes::from(format!(r#"{{"status":"success","result":[{list}]}}"#))
}

fn json(criterion: &mut Criterion) {
    let body = records();
    let mut group = criterion.benchmark_group("json");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("index", |bench| bench.iter(|| Document::parse(black_box(body.clone()))));
    let document = Document::parse(body);
    let Some(root) = document.root() else { return };
    group.bench_function("find", |bench| {
        let Ok(needle) = Needle::parse("not there") else { return };
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

criterion_group!(benches, json);
criterion_main!(benches);
