//! Times as they are shown and recorded: UTC, to the second.

use std::time::SystemTime;

use jiff::Timestamp;

/// Returns a time as `YYYY-MM-DD HH:MM:SS` UTC; the earliest or latest of the calendar for one beyond it.
pub fn utc(time: SystemTime) -> String {
    let timestamp = Timestamp::try_from(time).unwrap_or(if time < SystemTime::UNIX_EPOCH {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    timestamp.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::utc;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_time_is_written_to_the_second() {
        let at = |seconds| utc(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00:00");
        assert_eq!(at(1_709_251_199), "2024-02-29 23:59:59");
        assert_eq!(
            at(u64::MAX >> 2),
            "9999-12-30 22:00:00",
            "as late as a calendar goes"
        );
    }
}
