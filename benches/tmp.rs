//! tmp
use airscope::envelope::Envelope;
use airscope::json::feed::Feeder;
use airscope::paging::Survey;
use std::sync::Arc;
use std::time::Instant;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let body = std::fs::read(path).unwrap();
    for _ in 0..4 {
        let t = Instant::now();
        let mut feeder = Feeder::one_value();
        let b = bytes::Bytes::from(body.clone()); let t2 = Instant::now(); let mut i=0; while i<b.len(){let e=(i+(256<<10)).min(b.len()); feeder.feed_shared(b.slice(i..e)); i=e;} println!("shared {:?}", t2.elapsed());
        let document = feeder.finish();
        let fed = t.elapsed();
        let t = Instant::now();
        let envelope = Envelope::read(Arc::new(document));
        let read = t.elapsed();
        let t = Instant::now();
        let s = Survey::of(&envelope);
        println!("feed {fed:?} read {read:?} survey {:?} {}", t.elapsed(), s.records.len());
        let t = Instant::now();
        drop(envelope);
        println!("drop {:?}", t.elapsed());
    }
}
