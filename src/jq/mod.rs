//! jq filters, run by a process of their own: this program, started once more.
//!
//! A filter may never end, or ask for all memory there is. In a process of its own it can be ended for
//! certain, by the one who waits and by the limits that it sets for itself.

mod natives;
mod rewrite;
#[cfg(test)]
mod tests;
mod words;
mod write;

use std::ffi::OsString;
use std::io::{Read as _, Write};

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Lexer, Loader, Parser};
use jaq_core::{Compiler, Ctx, Filter, Vars, data};
use jaq_json::Val;

use rewrite::Rewriter;
pub use words::Fault;
use words::{compile_fault, lex_fault, parse_fault, runtime_fault};

/// The first argument of the process that runs a filter.
pub const COMMAND: &str = "__filter";
/// A filter may run so long, in seconds.
pub const SECONDS: u64 = 5;
/// A filter may take so much memory, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// How deep a value or a filter may nest is bounded by this, in bytes.
const STACK: usize = 128 << 20;
/// What jq defines and jaq does not, or defines otherwise.
const DEFS: &str = include_str!("defs.jq");
/// Definitions of jaq that native filters stand for, by name and number of arguments.
const REPLACED: [(&str, usize); 3] = [("tostring", 0), ("setpath", 2), ("delpaths", 1)];
/// Native filters of jaq that have no use here: the environment is empty, since secrets are in it.
const LEFT_OUT: [&str; 1] = ["env"];
/// The name under which the filter is defined.
const MAIN: &str = "_filter";

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
    let filter = compile(program)?;
    let mut body = Vec::new();
    std::io::stdin()
        .read_to_end(&mut body)
        .map_err(|error| Fault::new(format!("the input could not be read: {error}")))?;
    let input = read(&body, slurps)?;
    drop(body);
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::with_capacity(1 << 16, out.lock());
    let outcome = write_results(&filter, input, &mut out);
    // What came before a fault is still a result. If nobody reads any more, there is nobody to tell.
    let _ = out.flush();
    outcome
}

/// Reads and compiles a filter.
fn compile(program: &str) -> Result<Filter<data::JustLut<Val>>, Fault> {
    let tokens = Lexer::new(program)
        .lex()
        .map_err(|errors| lex_fault(program, &errors))?;
    let tokens = rewrite::patterns(tokens);
    let term = Parser::new(&tokens)
        .parse(|parser| parser.term())
        .map_err(|errors| parse_fault(program, &errors))?;
    let main = Def {
        name: MAIN,
        args: Vec::new(),
        body: Rewriter { program }.term(term)?,
    };
    let own = jaq_core::load::parse(DEFS, |parser| parser.defs()).unwrap_or_default();
    let mut defs: Vec<Def<&str>> = Vec::new();
    for def in jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
    {
        if !REPLACED.contains(&(def.name, def.args.len())) {
            defs.push(def);
        }
    }
    for def in own {
        defs.push(Rewriter { program: DEFS }.def(def)?);
    }
    defs.push(main);
    let arena = Arena::default();
    let modules = Loader::new(defs)
        .load(
            &arena,
            File {
                code: MAIN,
                path: (),
            },
        )
        .map_err(|_| Fault::new("the filter cannot be read"))?;
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, _, _)| !LEFT_OUT.contains(name));
    Compiler::default()
        .with_funs(natives::funs().chain(funs))
        .compile(modules)
        .map_err(|errors| compile_fault(program, &errors))
}

/// Reads the input: one value, or all values as one array.
fn read(body: &[u8], slurps: bool) -> Result<Val, Fault> {
    let unreadable =
        |error: jaq_json::read::Error| Fault::new(format!("the input is not JSON: {error}"));
    if slurps {
        let all = jaq_json::read::parse_many(body)
            .collect::<Result<Vec<Val>, _>>()
            .map_err(unreadable)?;
        Ok(all.into_iter().collect())
    } else {
        jaq_json::read::parse_single(body).map_err(unreadable)
    }
}

/// Runs a filter and writes its results, a line each.
fn write_results(
    filter: &Filter<data::JustLut<Val>>,
    input: Val,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
    for result in filter.id.run((context, input)) {
        let value = match result {
            Ok(value) => value,
            Err(exception) => {
                return match exception.get_err() {
                    Ok(error) => Err(runtime_fault(error)),
                    // It was ended by `halt`.
                    Err(_) => Ok(()),
                };
            }
        };
        let written = write::write(out, &value).and_then(|()| out.write_all(b"\n"));
        // Nobody reads any more.
        if written.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
