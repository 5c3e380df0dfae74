//! jq filters, run by a process of their own: this program, started once more.
//!
//! A filter may never end, or ask for all memory there is. In a process of its own it can be ended for
//! certain, by the one who waits and by the limits that it sets for itself.

mod words;

use std::ffi::OsString;
use std::io::{Read as _, Write};

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;
use jaq_json::write::Pp;

pub use words::Fault;
use words::{compile_fault, load_fault};

/// The first argument of the process that runs a filter.
pub const COMMAND: &str = "__filter";
/// A filter may run so long, in seconds.
pub const SECONDS: u64 = 5;
/// A filter may take so much memory, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// How deep a value or a filter may nest is bounded by this, in bytes.
const STACK: usize = 128 << 20;

/// Runs a filter if that is what this process was started for, and returns the exit code.
pub fn filter_process(arguments: impl Iterator<Item = OsString>) -> Option<u8> {
    let mut arguments = arguments.skip(1);
    if arguments.next()? != COMMAND {
        return None;
    }
    let slurps = arguments.next()? == "slurp";
    let program = arguments.next()?.into_string().ok()?;
    Some(serve(&program, slurps))
}

/// Runs a filter over JSON values from standard input and writes its results to standard output, a line each;
/// a fault goes to standard error as JSON. With `slurps` all values are one array. Returns the exit code.
fn serve(program: &str, slurps: bool) -> u8 {
    limit();
    let outcome = std::thread::scope(|scope| {
        let work = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || run(program, slurps));
        work.map_err(|error| Fault::new(format!("no thread could be started: {error}")))
            .and_then(|work| {
                work.join()
                    .unwrap_or_else(|_| Err(Fault::new("the filter broke off")))
            })
    });
    match outcome {
        Ok(()) => 0,
        Err(fault) => {
            eprintln!("{}", fault.to_json());
            1
        }
    }
}

/// Sets the limits of this process. Where the system does not keep them, the one who waits still does.
fn limit() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let memory = Rlimit {
        current: Some(MEMORY),
        maximum: Some(MEMORY),
    };
    let time = Rlimit {
        current: Some(SECONDS + 1),
        maximum: Some(SECONDS + 1),
    };
    let _ = setrlimit(Resource::As, memory);
    let _ = setrlimit(Resource::Cpu, time);
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
}

fn run(program: &str, slurps: bool) -> Result<(), Fault> {
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let arena = Arena::default();
    let modules = Loader::new(defs)
        .load(
            &arena,
            File {
                code: program,
                path: (),
            },
        )
        .map_err(|errors| load_fault(program, &errors))?;
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let filter = Compiler::default()
        .with_funs(funs)
        .compile(modules)
        .map_err(|errors| compile_fault(program, &errors))?;
    let mut body = Vec::new();
    std::io::stdin()
        .read_to_end(&mut body)
        .map_err(|error| Fault::new(format!("the input could not be read: {error}")))?;
    let unreadable =
        |error: jaq_json::read::Error| Fault::new(format!("the input is not JSON: {error}"));
    let input = if slurps {
        let all = jaq_json::read::parse_many(&body)
            .collect::<Result<Vec<Val>, _>>()
            .map_err(unreadable)?;
        all.into_iter().collect()
    } else {
        jaq_json::read::parse_single(&body).map_err(unreadable)?
    };
    drop(body);
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::with_capacity(1 << 16, out.lock());
    let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
    for result in filter.id.run((context, input)).map(unwrap_valr) {
        let value = match result {
            Ok(value) => value,
            Err(error) => {
                // The outputs before it are still a result.
                let _ = out.flush();
                return Err(Fault::new(error.to_string()));
            }
        };
        let written = jaq_json::write::write(&mut out, &Pp::default(), 0, &value)
            .and_then(|()| out.write_all(b"\n"));
        // Nobody reads any more.
        if written.is_err() {
            return Ok(());
        }
    }
    let _ = out.flush();
    Ok(())
}
