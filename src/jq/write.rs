//! Values as JSON, as jq writes them: always valid, whatever the filter made.

use std::io::{self, Write};

use jaq_json::{Num, Val};
use serde_json::value::RawValue;

/// Returns a value as JSON text.
pub(super) fn text(value: &Val) -> String {
    let mut out = Vec::new();
    // Writing to a vector does not fail.
    let _ = write(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes a value as JSON text.
pub(super) fn write(out: &mut dyn Write, value: &Val) -> io::Result<()> {
    match value {
        Val::Null => out.write_all(b"null"),
        Val::Bool(true) => out.write_all(b"true"),
        Val::Bool(false) => out.write_all(b"false"),
        Val::Num(number) => out.write_all(number_text(number).as_bytes()),
        Val::BStr(bytes) | Val::TStr(bytes) => string(out, &String::from_utf8_lossy(bytes)),
        Val::Arr(items) => {
            out.write_all(b"[")?;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.write_all(b",")?;
                }
                write(out, item)?;
            }
            out.write_all(b"]")
        }
        Val::Obj(members) => {
            out.write_all(b"{")?;
            for (at, (key, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.write_all(b",")?;
                }
                match key {
                    Val::BStr(_) | Val::TStr(_) => write(out, key)?,
                    // jaq allows any key, JSON only strings.
                    Val::Null | Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_) => {
                        string(out, &text(key))?
                    }
                }
                out.write_all(b":")?;
                write(out, member)?;
            }
            out.write_all(b"}")
        }
    }
}

fn string(out: &mut dyn Write, text: &str) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

fn number_text(number: &Num) -> String {
    match number {
        Num::Int(number) => number.to_string(),
        Num::BigInt(number) => number.to_string(),
        Num::Float(number) => float_text(*number),
        // It was written so in the input or in the filter, and is kept so where JSON allows it.
        Num::Dec(text) => match serde_json::from_str::<&RawValue>(text) {
            Ok(_) => text.to_string(),
            Err(_) => text.parse().map_or_else(|_| "null".to_owned(), float_text),
        },
    }
}

/// Writes a number as jq does: no fraction where there is none, infinity as the largest number, nan as null.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "null".to_owned();
    }
    let number = number.clamp(f64::MIN, f64::MAX);
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let count = digits.bytes().filter(u8::is_ascii_digit).count() as i32;
    if exponent < -4 || exponent > count + 14 {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::float_text;

    #[test]
    fn numbers_are_written_as_jq_writes_them() {
        let check = |number: f64, expected: &str| assert_eq!(float_text(number), expected);
        check(1.0, "1");
        check(-0.0, "-0");
        check(1e15, "1000000000000000");
        check(1e16, "1e+16");
        check(1.1e16, "11000000000000000");
        check(1.5e17, "1.5e+17");
        check(123_456_789_012_345_680.0, "123456789012345680");
        check(1.0 / 3.0, "0.3333333333333333");
        check(0.0001, "0.0001");
        check(0.000_012, "1.2e-05");
        check(f64::INFINITY, "1.7976931348623157e+308");
        check(f64::NEG_INFINITY, "-1.7976931348623157e+308");
        check(f64::NAN, "null");
    }
}
