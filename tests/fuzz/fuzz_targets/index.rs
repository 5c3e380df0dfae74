//! Any bytes in any chunks: the index is that of the bytes at once, every snapshot can be walked, and what is
//! laid out is harmless.
//!
//!     cargo +nightly fuzz run --fuzz-dir tests/fuzz index -- -max_total_time=600

#![no_main]

use std::ops::ControlFlow;

use airscope::json::document::Document;
use airscope::json::feed::Feeder;
use airscope::json::find::{Needle, scan};
use airscope::json::fold::Folds;
use airscope::json::lines::TextRow;
use airscope::text::is_safe;
use airscope::json::{path, pretty, rows};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [how, cut, bytes @ ..] = data else { return };
    let fresh = || if how % 2 == 0 { Feeder::one_value() } else { Feeder::any_values() };
    let mut feeder = fresh();
    feeder.feed(bytes);
    let whole = feeder.finish();
    let mut feeder = fresh();
    for chunk in bytes.chunks(usize::from(*cut).max(1)) {
        feeder.feed(chunk);
        walk(&feeder.snapshot());
    }
    let document = feeder.finish();
    assert_eq!(document.len(), whole.len());
    assert_eq!(document.fault(), whole.fault());
    assert_eq!(document.root(), whole.root());
    assert_eq!(document.body().all_pages(), bytes);
    for number in 0..whole.len() {
        let (Some(one), Some(other)) = (document.nth(number), whole.nth(number)) else { panic!("a value is missing") };
        assert_eq!((document.kind(one), document.key(one), document.raw(one)), (whole.kind(other), whole.key(other), whole.raw(other)));
        assert_eq!((document.parent(one), document.child_count(one)), (whole.parent(other), whole.child_count(other)));
    }
    walk(&document);
});

fn walk(document: &Document) {
    let Some(root) = document.root() else { return };
    let mut folds = Folds::new(root, 3);
    let mut at = Some(folds.first(document));
    let mut steps = 0;
    while let Some(node) = at.filter(|_| steps < 200) {
        steps += 1;
        let row = rows::row(document, &folds, node, 40);
        assert!(row.pieces.iter().all(|(_, text)| is_safe(text)));
        path::path(document, node);
        if steps % 3 == 0 {
            folds.open(document, node);
        }
        at = folds.next(document, node);
    }
    let last = folds.last(document);
    assert_eq!(folds.visible(document, last), last);
    if let Ok(needle) = Needle::parse("a1") {
        scan(document, root, last, &needle, &mut |_| ControlFlow::Continue(()));
    }
    let mut out = Vec::new();
    let written = pretty::write(document, root, &mut out);
    assert!(written.is_ok());
    let mut row = Some(TextRow::of(document, 0, Some(8)));
    while let Some(now) = row {
        let next = now.after(document, Some(8));
        assert!(next.is_none_or(|next| next.start > now.start));
        row = next;
    }
}
