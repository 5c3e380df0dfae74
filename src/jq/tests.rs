//! Filters against what jq answers.

use jaq_json::Val;

use super::{DEFS, Fault, compile, read, write, write_results};

fn run(program: &str, input: &str) -> (String, Result<(), Fault>) {
    let mut out = Vec::new();
    let outcome = compile(program).and_then(|filter| {
        let input = read(input.as_bytes(), false)?;
        write_results(&filter, input, &mut out)
    });
    (String::from_utf8(out).unwrap(), outcome)
}

fn fault(program: &str, input: &str) -> Fault {
    run(program, input).1.unwrap_err()
}

fn value(text: &str) -> Val {
    jaq_json::read::parse_single(text.as_bytes()).unwrap()
}

#[test]
fn the_examples_of_the_manual_have_the_answers_of_jq() {
    let examples = include_str!("manual.test");
    let mut count = 0;
    let mut wrong = Vec::new();
    for example in examples.split("\n\n") {
        let mut lines = example.lines().filter(|line| !line.starts_with('#'));
        let (Some(program), Some(input)) = (lines.next(), lines.next()) else {
            continue;
        };
        count += 1;
        let expected: Vec<Val> = lines.map(value).collect();
        let (out, outcome) = run(program, input);
        let is_valid = out
            .lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
        let answer: Vec<Val> = out.lines().map(value).collect();
        if !is_valid || answer != expected || outcome.is_err() {
            wrong.push(format!("{program} over {input}: {out} {outcome:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(count >= 290, "{count}");
}

#[test]
fn a_result_is_valid_json_whatever_the_filter_made() {
    let check = |program: &str, input: &str, expected: &str| {
        let (out, outcome) = run(program, input);
        assert_eq!((out.as_str(), outcome), (expected, Ok(())), "{program}");
        for line in out.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    };
    check(
        "[nan, infinite, -infinite]",
        "null",
        "[null,1.7976931348623157e+308,-1.7976931348623157e+308]\n",
    );
    check(
        ".",
        "[NaN, Infinity, -Infinity]",
        "[null,1.7976931348623157e+308,-1.7976931348623157e+308]\n",
    );
    check("tobytes, [\"ab\" | tobytes]", "\"x\"", "\"x\"\n[\"ab\"]\n");
    check(
        "[., 1.50, 1e3, 12345678901234567890123]",
        "1.0",
        "[1.0,1.50,1e3,12345678901234567890123]\n",
    );
    check("[1/2, 4/2, 1e300*10]", "null", "[0.5,2,1e+301]\n");
    check("\"+1.5\" | tonumber", "null", "1.5\n");
    check("with_entries(.)", r#"{"a":1}"#, "{\"a\":1}\n");
    check(
        ".a |= . + 1 | .b = .a",
        r#"{"z":0,"a":1,"k":2}"#,
        "{\"z\":0,\"a\":2,\"k\":2,\"b\":2}\n",
    );
    check("del(.z)", r#"{"z":0,"a":1,"k":2}"#, "{\"a\":1,\"k\":2}\n");
}

#[test]
fn what_is_no_filter_here_is_named_with_what_to_write_instead() {
    let check = |program: &str, place: Option<usize>, words: &str| {
        let fault = fault(program, "{}");
        assert_eq!(
            (fault.words.as_str(), fault.place),
            (words, place),
            "{program}"
        );
    };
    check(
        ".a | env.HOME",
        Some(5),
        "there is no `env` here: the environment holds secrets and is not given to a filter: write the value into the filter",
    );
    check(
        "$ENV.HOME",
        Some(0),
        "there is no `$ENV` here: the environment holds secrets and is not given to a filter: write the value into the filter",
    );
    check(
        "[inputs]",
        Some(1),
        "there is no `inputs` here: all of the input is in `.`, and .[] gives one value after the other",
    );
    check(
        "import \"a\" as a; .",
        None,
        "modules cannot be loaded here: write the definitions into the filter",
    );
    check(
        "reduce .[] as [$a] ?// $a (0; . + $a)",
        Some(0),
        "`?//` does not work in `reduce`: bind before, as in reduce (… as [$a] ?// $a | $a) as $a (…)",
    );
    check(".a ? / 2 |", Some(10), "expected term, found the end");
    check(". as [$a] ? $b | .", Some(10), "expected |, found `?`");
    check("mapp(.)", Some(0), "there is no filter `mapp`");
    check(
        "{(1): 2}",
        None,
        "the key of an object is a string, and 1 is none: | tostring makes one of it",
    );
    check("1 / 0", None, "nothing can be divided by zero");
    check(".[-1] = 1", None, "cannot index {} with -1");
}

#[test]
fn results_before_an_error_and_before_halt_stay() {
    let (out, outcome) = run("1, error(\"no more\")", "null");
    assert_eq!((out.as_str(), outcome), ("1\n", Err(Fault::new("no more"))));
    assert_eq!(run("1, halt, 2", "null"), ("1\n".to_owned(), Ok(())));
}

#[test]
fn an_update_of_many_values_copies_none_of_the_others() {
    // Copied for each value, this would take minutes.
    let (out, outcome) = run(
        "[range(100000)] | .[] |= . + 1 | map({a: .}) | .[].a += 1 | del(.[range(0; length; 2)]) | length, .[0].a",
        "null",
    );
    assert_eq!((out.as_str(), outcome), ("50000\n3\n", Ok(())));
}

#[test]
fn the_own_definitions_are_read() {
    let defs = jaq_core::load::parse(DEFS, |parser| parser.defs()).unwrap();
    assert!(defs.len() > 40);
    assert_eq!(
        write::text(&value("[1,{\"a\":\"\\u007f\"}]")),
        "[1,{\"a\":\"\u{7f}\"}]"
    );
}
