//! Filters of jq that jaq lacks, or that answer otherwise there, written in Rust: setting and deleting at paths, text.

use std::mem::take;

use jaq_core::box_iter::box_once;
use jaq_core::native::{Filter, Fun, bome, run, unary, v};
use jaq_core::{Bind, Cv, Exn, RunPtr, ValR, ValT as _, ValX, ValXs, data};
use jaq_json::{Error, Num, Rc, Val};
use jaq_std::ValT as _;

use super::write;

type Data = data::JustLut<Val>;

/// The largest index that is written to: an array is filled up to it.
const LARGEST_INDEX: usize = 1 << 29;
/// The letters of base32 (RFC 4648).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Returns the native filters. They come before those of jaq, whose definitions of the same names are left out.
pub(super) fn funs() -> impl Iterator<Item = Fun<Data>> {
    let filters: [Filter<RunPtr<Data>>; 13] = [
        ("tojson", v(0), |cv| {
            bome(Ok(Val::utf8_str(write::text(&cv.1))))
        }),
        ("tostring", v(0), |cv| bome(Ok(to_string(cv.1)))),
        ("setpath", v(2), |mut cv| {
            let (new, path) = (cv.0.pop_var(), cv.0.pop_var());
            bome(path_of(path).and_then(|path| set(cv.1, &path, new)))
        }),
        ("delpaths", v(1), |cv| {
            unary(cv, |value, paths| {
                let paths = path_of(paths)?.into_iter().map(path_of);
                delete_paths(value, paths.collect::<Result<_, Error>>()?)
            })
        }),
        ("_assign", [Bind::Fun(()), Bind::Var(())].into(), assign),
        ("_modify", [Bind::Fun(()), Bind::Fun(())].into(), modify),
        ("_index", v(0), |cv| bome(Ok(whole_index(cv.1)))),
        ("_start", v(0), |cv| bome(Ok(rounded(cv.1, f64::floor)))),
        ("_end", v(0), |cv| bome(Ok(rounded(cv.1, f64::ceil)))),
        ("_key", v(0), |cv| bome(key(cv.1))),
        ("_divisor", v(0), |cv| {
            bome(match cv.1.as_f64() {
                Some(0.0) => Err(Error::str("nothing can be divided by zero")),
                Some(_) | None => Ok(cv.1),
            })
        }),
        ("encode_base32", v(0), |cv| {
            bome(
                cv.1.try_as_bytes_owned()
                    .map(|bytes| Val::utf8_str(encode_base32(&bytes))),
            )
        }),
        ("decode_base32", v(0), |cv| {
            bome(cv.1.try_as_bytes_owned().and_then(|bytes| {
                decode_base32(&bytes)
                    .map(Val::utf8_str)
                    .ok_or_else(|| Error::str("this is not base32"))
            }))
        }),
    ];
    filters.into_iter().map(run::<Data>)
}

fn to_string(value: Val) -> Val {
    match value {
        Val::TStr(_) => value,
        Val::BStr(bytes) => Val::TStr(bytes),
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_) => {
            Val::utf8_str(write::text(&value))
        }
    }
}

/// Returns what jq takes as an index: of a fraction the whole number below. `nan` is the index of nothing.
fn whole_index(value: Val) -> Val {
    rounded(value, f64::floor)
}

/// Returns a number as a whole one; anything else as it is.
fn rounded(value: Val, round: fn(f64) -> f64) -> Val {
    match &value {
        Val::Num(Num::Float(_) | Num::Dec(_)) => {
            let number = round(value.as_f64().unwrap_or_default());
            // The conversion takes the nearest number there is.
            Val::from(if number.is_nan() {
                isize::MAX
            } else {
                number as isize
            })
        }
        Val::Null
        | Val::Bool(_)
        | Val::Num(_)
        | Val::BStr(_)
        | Val::TStr(_)
        | Val::Arr(_)
        | Val::Obj(_) => value,
    }
}

fn key(value: Val) -> ValR<Val> {
    match value {
        Val::TStr(_) | Val::BStr(_) => Ok(value),
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_) => {
            Err(Error::str(format_args!(
                "the key of an object is a string, and {} is none: | tostring makes one of it",
                write::text(&value)
            )))
        }
    }
}

fn path_of(value: Val) -> Result<Vec<Val>, Error> {
    value.into_seq().map_err(|value| {
        Error::str(format_args!(
            "a path is an array, and {} is none",
            write::text(&value)
        ))
    })
}

/// Sets a value at each path.
fn assign<'a>(mut cv: Cv<'a, Data>) -> ValXs<'a, Val> {
    let new = cv.0.pop_var();
    let (paths, context) = cv.0.pop_fun();
    let all = paths.run((context, cv.1.clone()));
    let set_all = |value, mut all: ValXs<'a, Val>| {
        all.try_fold(value, |value, path| {
            Ok::<_, Exn<'a, Val>>(set(value, &path_of(path?)?, new.clone())?)
        })
    };
    box_once(set_all(cv.1, all))
}

/// Replaces the value at each path by the first result of a filter; where there is none, the path is deleted.
fn modify<'a>(mut cv: Cv<'a, Data>) -> ValXs<'a, Val> {
    let (update, update_context) = cv.0.pop_fun();
    let (paths, context) = cv.0.pop_fun();
    let all = paths.run((context, cv.1.clone()));
    let updated = |value| {
        update
            .run((update_context.clone(), value))
            .next()
            .transpose()
    };
    box_once(modified(cv.1, all, updated))
}

fn modified<'a>(
    mut value: Val,
    paths: ValXs<'a, Val>,
    updated: impl Fn(Val) -> ValX<'a, Option<Val>, Val>,
) -> ValX<'a, Val> {
    let mut without = Vec::new();
    for path in paths {
        let path = path_of(path?)?;
        if let Some(place) = place(&mut value, &path) {
            // Taken out, it need not be copied to be changed.
            match updated(take(place))? {
                Some(new) => *place = new,
                None => without.push(path),
            }
            continue;
        }
        let old = path
            .iter()
            .try_fold(value.clone(), |value, key| value.index(key))?;
        match updated(old)? {
            Some(new) => value = set(value, &path, new)?,
            None => without.push(path),
        }
    }
    Ok(delete_paths(value, without)?)
}

/// Returns the place of a path that is there already and has no slice in it.
fn place<'v>(value: &'v mut Val, path: &[Val]) -> Option<&'v mut Val> {
    path.iter()
        .try_fold(value, |value, key| match (value, key) {
            (Val::Obj(object), Val::TStr(_) | Val::BStr(_)) => Rc::make_mut(object).get_mut(key),
            (Val::Arr(array), Val::Num(_)) => {
                let index = key.as_isize()?;
                let index = usize::try_from(index)
                    .ok()
                    .or_else(|| array.len().checked_sub(index.unsigned_abs()))?;
                if index < array.len() {
                    Rc::make_mut(array).get_mut(index)
                } else {
                    None
                }
            }
            (_, _) => None,
        })
}

/// Sets the value at a path. What is missing on the way is added, as jq does.
fn set(mut value: Val, path: &[Val], new: Val) -> ValR<Val> {
    let Some((key, rest)) = path.split_first() else {
        return Ok(new);
    };
    match (&mut value, key) {
        (Val::Null, Val::TStr(_) | Val::BStr(_)) => {
            let inner = set(Val::Null, rest, new)?;
            Ok(Val::obj([(key.clone(), inner)].into_iter().collect()))
        }
        (Val::Null, Val::Num(_) | Val::Obj(_)) => set(Vec::new().into_iter().collect(), path, new),
        (Val::Obj(object), Val::TStr(_) | Val::BStr(_)) => {
            let place = Rc::make_mut(object).entry(key.clone()).or_default();
            *place = set(take(place), rest, new)?;
            Ok(value)
        }
        (Val::Arr(array), Val::Num(_)) => {
            let index = whole_index(key.clone()).as_isize().unwrap_or(isize::MAX);
            let outside = || Error::str(format_args!("the index {index} is out of bounds"));
            let index = usize::try_from(index)
                .ok()
                .or_else(|| array.len().checked_sub(index.unsigned_abs()))
                .filter(|index| *index < LARGEST_INDEX)
                .ok_or_else(outside)?;
            let array = Rc::make_mut(array);
            if index >= array.len() {
                array.resize(index + 1, Val::Null);
            }
            array[index] = set(take(&mut array[index]), rest, new)?;
            Ok(value)
        }
        (Val::Arr(array), Val::Obj(_)) => {
            let (start, end) = bounds(array.len(), key);
            let old: Val = array[start..end].iter().cloned().collect();
            match set(old, rest, new)? {
                Val::Arr(new) => {
                    Rc::make_mut(array).splice(start..end, new.iter().cloned());
                    Ok(value)
                }
                other => Err(Error::str(format_args!(
                    "a slice of an array can only be replaced by an array, and {} is none",
                    write::text(&other)
                ))),
            }
        }
        (_, _) => Err(Error::index(value, key.clone())),
    }
}

/// Returns where a slice begins and ends in an array of that length.
fn bounds(length: usize, slice: &Val) -> (usize, usize) {
    let bound = |name: &str| {
        let number = slice
            .clone()
            .index(&Val::utf8_str(name.to_owned()))
            .ok()?
            .as_f64()?;
        let number = if name == "start" {
            number.floor()
        } else {
            number.ceil()
        };
        let from = if number < 0.0 {
            number + length as f64
        } else {
            number
        };
        // The conversion takes the nearest number there is.
        Some((from as usize).min(length))
    };
    let start = bound("start").unwrap_or(0);
    (start, bound("end").unwrap_or(length).max(start))
}

/// Deletes what is at the paths. Each path means the value as it was.
fn delete_paths(value: Val, mut paths: Vec<Vec<Val>>) -> ValR<Val> {
    paths.sort();
    if paths.first().is_some_and(Vec::is_empty) {
        return Ok(Val::Null);
    }
    delete_sorted(value, &paths, 0)
}

fn delete_sorted(mut value: Val, mut paths: &[Vec<Val>], depth: usize) -> ValR<Val> {
    let mut keys = Vec::new();
    while let Some(path) = paths.first() {
        let same = paths
            .iter()
            .take_while(|other| other[depth] == path[depth])
            .count();
        let (group, rest) = paths.split_at(same);
        paths = rest;
        let key = &path[depth];
        if path.len() == depth + 1 {
            keys.push(key);
            continue;
        }
        let inner = match place(&mut value, std::slice::from_ref(key)) {
            Some(place) => take(place),
            None => value.clone().index(key)?,
        };
        if !matches!(inner, Val::Null) {
            let inner = delete_sorted(inner, group, depth + 1)?;
            value = set(value, std::slice::from_ref(key), inner)?;
        }
    }
    delete_keys(value, &keys)
}

fn delete_keys(mut value: Val, keys: &[&Val]) -> ValR<Val> {
    if keys.is_empty() {
        return Ok(value);
    }
    match &mut value {
        Val::Null => {}
        Val::Obj(object) => {
            let object = Rc::make_mut(object);
            if let Some(other) = keys
                .iter()
                .find(|key| !matches!(key, Val::TStr(_) | Val::BStr(_)))
            {
                return Err(Error::index(value, (*other).clone()));
            }
            object.retain(|key, _| keys.binary_search(&key).is_err());
        }
        Val::Arr(array) => {
            let array = Rc::make_mut(array);
            let mut without = vec![false; array.len()];
            for key in keys {
                match key {
                    Val::Num(_) => {
                        let index = whole_index((*key).clone()).as_isize().unwrap_or(isize::MAX);
                        let index = usize::try_from(index)
                            .ok()
                            .or_else(|| without.len().checked_sub(index.unsigned_abs()));
                        if let Some(mark) = index.and_then(|index| without.get_mut(index)) {
                            *mark = true;
                        }
                    }
                    Val::Obj(_) => {
                        let (start, end) = bounds(without.len(), key);
                        without[start..end].fill(true);
                    }
                    Val::Null | Val::Bool(_) | Val::TStr(_) | Val::BStr(_) | Val::Arr(_) => {
                        return Err(Error::index(value, (*key).clone()));
                    }
                }
            }
            let mut without = without.into_iter();
            array.retain(|_| !without.next().unwrap_or(false));
        }
        Val::Bool(_) | Val::Num(_) | Val::TStr(_) | Val::BStr(_) => {
            return Err(Error::index(value, keys[0].clone()));
        }
    }
    Ok(value)
}

fn encode_base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut five = [0; 8];
        five[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(five);
        let used = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let letter = BASE32[(bits >> (35 - 5 * place) & 31) as usize];
            out.push(if place < used {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    out
}

fn decode_base32(text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.iter().filter(|byte| **byte != b'=') {
        let letter = BASE32.iter().position(|letter| letter == byte)? as u32;
        (bits, count) = ((bits << 5 | letter) & 0xfff, count + 5);
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}
