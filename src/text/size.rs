//! Sizes as people type them.

/// Reads a size in bytes: `5GiB`, `100kB`, `1048576`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text
        .trim()
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err("expects a size such as 100kB or 5GiB".to_owned()),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "expects a size such as 100kB or 5GiB".to_owned())?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_read_in_both_kinds_of_units() {
        assert_eq!(
            [
                parse_size("5GiB"),
                parse_size("100kB"),
                parse_size(" 7 "),
                parse_size("1 MiB")
            ],
            [Ok(5 << 30), Ok(100_000), Ok(7), Ok(1 << 20)]
        );
        assert!(
            parse_size("").is_err()
                && parse_size("12 parsecs").is_err()
                && parse_size("99999999999GiB").is_err()
        );
    }
}
