//! How the values of a field are distributed: the most frequent ones, or a histogram of numbers or times. Memory is
//! bounded whatever the number of values: further distinct values are counted together, and numbers are sampled.

use std::collections::HashMap;

/// So many distinct values of a field are counted by name.
const MOST_NAMED: usize = 2000;
/// So many distinct values of all fields are counted by name.
pub const MOST_NAMED_IN_ALL: usize = 200_000;
/// Longer values are named by their beginning, in bytes.
const LONGEST: usize = 160;
/// So many numbers or times of a field are looked at; of more, a sample.
const SAMPLE: usize = 4096;
/// So many of the most frequent values are shown.
const SHOWN: usize = 50;
/// A field of more distinct numbers or times is shown by a histogram.
const FEW: usize = 12;
/// A histogram has about so many bars.
const BARS: f64 = 12.0;

/// A distribution.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Distribution {
    /// There is no value to count.
    #[default]
    Empty,
    /// The most frequent values, the most frequent one first.
    Values {
        /// The values.
        top: Vec<ValueCount>,
        /// How many values are none of these.
        others: u64,
    },
    /// Numbers from the smallest to the largest.
    Numbers(Vec<Bin>),
    /// Times from the earliest to the latest, in seconds since 1970.
    Times(Vec<Bin>),
}

impl Distribution {
    /// Returns how many bars there are.
    pub fn len(&self) -> usize {
        match self {
            Distribution::Empty => 0,
            Distribution::Values { top, .. } => top.len(),
            Distribution::Numbers(bins) | Distribution::Times(bins) => bins.len(),
        }
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the condition of jq that a value of a bar meets, with `.` for the value; `None` where the value is too long
    /// to be known whole.
    pub fn condition(&self, bar: usize) -> Option<String> {
        match self {
            Distribution::Empty => None,
            Distribution::Values { top, .. } => {
                let value = top.get(bar).filter(|value| value.is_whole)?;
                Some(format!(". == {}", value.json))
            }
            Distribution::Numbers(bins) => {
                let bin = bins.get(bar)?;
                let (from, to) = (bin.from, bin.to);
                Some(format!("type == \"number\" and . >= {from} and . < {to}"))
            }
            Distribution::Times(bins) => {
                let bin = bins.get(bar)?;
                let (from, to) = (written(bin.from), written(bin.to));
                // Between date and time some write a blank.
                let time = r#"ascii_upcase | split(" ") | join("T")"#;
                Some(format!(
                    r#"type == "string" and ({time} | . >= "{from}" and . < "{to}")"#
                ))
            }
        }
    }
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCount {
    /// The value as JSON, or its beginning.
    pub json: String,
    /// Whether that is all of it.
    pub is_whole: bool,
    /// How often it occurs.
    pub count: u64,
}

/// The values from one on and below another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The first one.
    pub from: f64,
    /// The first one that is not in it any more.
    pub to: f64,
    /// How many values there are; estimated from a sample where there are very many.
    pub count: u64,
}

/// What is counted while records are looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tally {
    named: HashMap<u64, ValueCount>,
    values: u64,
    numbers: Sample,
    times: Sample,
}

impl Tally {
    /// Counts a value that is no container and not null. `left` is how many more values may be named in all.
    pub(super) fn count(&mut self, hash: u64, raw: &[u8], left: &mut usize) {
        self.values += 1;
        match raw.first() {
            Some(b'"') => {
                let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
                if let Some(seconds) = seconds_of(inside) {
                    self.times.add(seconds);
                }
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = std::str::from_utf8(raw)
                    .ok()
                    .and_then(|raw| raw.parse().ok());
                if let Some(number) = number.filter(|number: &f64| number.is_finite()) {
                    self.numbers.add(number);
                }
            }
            Some(_) | None => {}
        }
        if let Some(value) = self.named.get_mut(&hash) {
            value.count += 1;
        } else if self.named.len() < MOST_NAMED && *left > 0 {
            *left -= 1;
            let seen = &raw[..raw.len().min(LONGEST)];
            let value = ValueCount {
                json: String::from_utf8_lossy(seen).into_owned(),
                is_whole: seen.len() == raw.len() && std::str::from_utf8(raw).is_ok(),
                count: 1,
            };
            self.named.insert(hash, value);
        }
    }

    /// Returns what came of it.
    pub(super) fn conclude(self) -> Distribution {
        if self.values == 0 {
            return Distribution::Empty;
        }
        let is_most = |sample: &Sample| sample.seen * 10 >= self.values * 9;
        if self.named.len() > FEW && is_most(&self.numbers) {
            return Distribution::Numbers(self.numbers.bins(number_step));
        }
        if self.named.len() > FEW && is_most(&self.times) {
            return Distribution::Times(self.times.bins(time_step));
        }
        let mut top: Vec<ValueCount> = self.named.into_values().collect();
        top.sort_by(|one, other| {
            let by_count = other.count.cmp(&one.count);
            by_count.then_with(|| one.json.cmp(&other.json))
        });
        top.truncate(SHOWN);
        let shown: u64 = top.iter().map(|value| value.count).sum();
        Distribution::Values {
            top,
            others: self.values - shown,
        }
    }
}

/// Numbers, or a sample of them in which each has the same chance.
#[derive(Debug, Clone, Default, PartialEq)]
struct Sample {
    seen: u64,
    values: Vec<f64>,
}

impl Sample {
    fn add(&mut self, value: f64) {
        self.seen += 1;
        if self.values.len() < SAMPLE {
            return self.values.push(value);
        }
        // Always the same sample of the same values.
        let mixed = self
            .seen
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31);
        let place = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) % self.seen;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(former) = self.values.get_mut(place) {
            *former = value;
        }
    }

    fn bins(&self, step_for: fn(f64) -> f64) -> Vec<Bin> {
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self
            .values
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let step = step_for((most - least) / BARS);
        let first = (least / step).floor();
        // Numbers so far apart that a step is lost between them have one bar.
        let is_lost = !(most - least).is_finite() || least + step <= least || most + step <= most;
        if is_lost {
            return vec![Bin {
                from: least,
                to: most.next_up(),
                count: self.seen,
            }];
        }
        let count = (((most / step).floor() - first) as usize).min(40) + 1;
        let mut counts = vec![0_u64; count];
        for value in &self.values {
            let at = ((value / step).floor() - first).max(0.0) as usize;
            counts[at.min(count - 1)] += 1;
        }
        let part = self.seen as f64 / self.values.len().max(1) as f64;
        let bins = counts.into_iter().enumerate();
        bins.map(|(at, count)| Bin {
            from: rounded((first + at as f64) * step, step),
            to: rounded((first + at as f64 + 1.0) * step, step),
            count: (count as f64 * part).round() as u64,
        })
        .collect()
    }
}

/// Takes the error of a multiplication out of a number: 3 × 0.1 is 0.3.
fn rounded(number: f64, step: f64) -> f64 {
    let digits = (-step.log10().floor()).clamp(0.0, 15.0) as usize;
    format!("{number:.digits$}").parse().unwrap_or(number)
}

/// Returns the next of 1, 2, 5, 10, 20, 50 … and their fractions.
fn number_step(least: f64) -> f64 {
    if !least.is_finite() || least <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let found = steps.into_iter().find(|step| *step >= least);
    found.unwrap_or(10.0 * power)
}

/// Returns the next of the lengths of time that people count in, in seconds.
fn time_step(least: f64) -> f64 {
    const DAY: f64 = 86_400.0;
    let steps = [
        1.0,
        5.0,
        15.0,
        60.0,
        300.0,
        900.0,
        3600.0,
        3.0 * 3600.0,
        12.0 * 3600.0,
        DAY,
        7.0 * DAY,
        30.0 * DAY,
        91.0 * DAY,
        365.0 * DAY,
    ];
    let found = steps.into_iter().find(|step| *step >= least);
    found.unwrap_or_else(|| number_step(least / DAY) * DAY)
}

/// Returns the seconds since 1970 of a date, or of a date and a time, as ISO 8601 writes them. The offset of a time zone
/// is not looked at: for a histogram it does not matter.
fn seconds_of(text: &[u8]) -> Option<f64> {
    if !(10..=40).contains(&text.len()) || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = std::str::from_utf8(text.get(from..to)?).ok()?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days_of(year, month, day) as f64 * 86_400.0;
    match text.get(10) {
        None => Some(days),
        Some(b'T' | b't' | b' ') => {
            let (hours, minutes) = (digits(11, 13)?, digits(14, 16)?);
            let seconds = digits(17, 19).unwrap_or(0);
            Some(days + (hours * 3600 + minutes * 60 + seconds) as f64)
        }
        Some(_) => None,
    }
}

/// Returns the days since 1970 of a date of the Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the day that is added in some of them is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Writes seconds since 1970 as a date and a time; a date alone where it is midnight.
pub fn written(seconds: f64) -> String {
    let seconds = seconds as i64;
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest == 0 {
        return date;
    }
    let (hours, minutes) = (rest / 3600, rest / 60 % 60);
    match rest % 60 {
        0 => format!("{date}T{hours:02}:{minutes:02}"),
        seconds => format!("{date}T{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Distribution, MOST_NAMED, Tally, days_of, seconds_of, written};

    fn of(values: &[&str]) -> Distribution {
        let mut tally = Tally::default();
        let mut left = 10_000;
        for value in values {
            let hash = value.bytes().fold(7_u64, |hash, byte| {
                hash.wrapping_mul(31).wrapping_add(u64::from(byte))
            });
            tally.count(hash, value.as_bytes(), &mut left);
        }
        tally.conclude()
    }

    #[test]
    fn the_most_frequent_values_come_first() {
        let distribution = of(&[r#""b""#, r#""a""#, r#""b""#, "true"]);
        let Distribution::Values { top, others } = &distribution else {
            panic!("{distribution:?}");
        };
        let counts: Vec<_> = top
            .iter()
            .map(|own| (own.json.as_str(), own.count))
            .collect();
        assert_eq!(counts, [(r#""b""#, 2), (r#""a""#, 1), ("true", 1)]);
        assert_eq!(*others, 0);
        assert_eq!(distribution.condition(0).unwrap(), r#". == "b""#);
        assert_eq!(of(&[]), Distribution::Empty);
        let long = format!("\"{}\"", "x".repeat(500));
        assert_eq!(of(&[&long]).condition(0), None);
    }

    #[test]
    fn many_numbers_make_a_histogram_that_holds_all_of_them() {
        let numbers: Vec<String> = (0..10_000)
            .map(|number| (number % 97).to_string())
            .collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let distribution = of(&numbers);
        let Distribution::Numbers(bins) = &distribution else {
            panic!("{distribution:?}");
        };
        assert_eq!((bins[0].from, bins[0].to), (0.0, 10.0));
        assert_eq!(bins.last().unwrap().from, 90.0);
        let all: u64 = bins.iter().map(|bin| bin.count).sum();
        assert!((9_990..=10_010).contains(&all), "{all}");
        assert_eq!(
            distribution.condition(1).unwrap(),
            r#"type == "number" and . >= 10 and . < 20"#
        );
        let small: Vec<String> = (0..20).map(|number| format!("0.{number:02}")).collect();
        let small: Vec<&str> = small.iter().map(String::as_str).collect();
        let Distribution::Numbers(bins) = of(&small) else {
            panic!("no numbers");
        };
        assert_eq!((bins[1].from, bins[1].to), (0.02, 0.04));
    }

    #[test]
    fn numbers_too_far_apart_have_one_bar_that_holds_them() {
        let numbers: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let mut numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        numbers.extend(["1e308", "-1e308"]);
        let distribution = of(&numbers);
        let Distribution::Numbers(bins) = &distribution else {
            panic!("{distribution:?}");
        };
        let [bin] = bins.as_slice() else {
            panic!("{bins:?}");
        };
        assert_eq!((bin.from, bin.count), (-1e308, 22));
        assert!(bin.to > 1e308);
    }

    #[test]
    fn many_times_make_a_histogram() {
        let times: Vec<String> = (1..=28)
            .map(|day| format!("\"2024-02-{day:02}T10:00:00Z\""))
            .collect();
        let times: Vec<&str> = times.iter().map(String::as_str).collect();
        let distribution = of(&times);
        let Distribution::Times(bins) = &distribution else {
            panic!("{distribution:?}");
        };
        assert!(bins.len() <= 6 && bins.iter().map(|bin| bin.count).sum::<u64>() == 28);
        assert!(distribution.condition(0).unwrap().contains("\"2024-0"));
    }

    #[test]
    fn dates_are_read_and_written() {
        for (text, expected) in [
            ("1970-01-01", 0.0),
            ("1970-01-02T00:00:01Z", 86_401.0),
            ("2024-02-29 12:30:00+02:00", 1_709_209_800.0),
            ("1969-12-31T23:59:59", -1.0),
        ] {
            assert_eq!(seconds_of(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["2024-13-01", "2024-1-1", "no date at all", "2024-01-01x"] {
            assert_eq!(seconds_of(text.as_bytes()), None, "{text}");
        }
        assert_eq!(days_of(2000, 3, 1), 11_017);
        assert_eq!(written(1_709_209_800.0), "2024-02-29T12:30");
        assert_eq!(written(-1.0), "1969-12-31T23:59:59");
        assert_eq!(written(11_017.0 * 86_400.0), "2000-03-01");
    }

    #[test]
    fn memory_is_bounded() {
        let mut tally = Tally::default();
        let mut left = MOST_NAMED * 2;
        for id in 0..50_000_u64 {
            tally.count(id, format!("\"v{id}\"").as_bytes(), &mut left);
        }
        assert_eq!((tally.named.len(), left), (MOST_NAMED, MOST_NAMED));
        let Distribution::Values { top, others } = tally.conclude() else {
            panic!("no values");
        };
        assert_eq!(top.len() as u64 + others, 50_000);
    }
}
