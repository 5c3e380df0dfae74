//! Moments in time as people read them.

use std::time::SystemTime;

/// Writes a moment as `YYYY-MM-DD HH:MM:SS` UTC. The HTTP date has the calendar in it already.
pub fn moment(now: SystemTime) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    let date = httpdate::fmt_http_date(now);
    let words: Vec<&str> = date.split(' ').collect();
    let [_, day, month, year, time, _] = words.as_slice() else {
        return date;
    };
    let month = MONTHS
        .iter()
        .position(|own| own == month)
        .unwrap_or_default()
        + 1;
    format!("{year}-{month:02}-{day} {time}")
}
