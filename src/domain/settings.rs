//! Where the service is and who we are there.

use super::secret::Secret;

/// Everything needed to talk to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The service's URL without a slash at the end, `https://api.airbyte.ai` by default.
    pub host: String,
    /// Who we are.
    pub credentials: Credentials,
    /// The organization's UUID, sent as `X-Organization-Id`.
    pub organization: Option<String>,
    /// The name of the workspace whose connectors are listed.
    pub workspace: String,
}

/// Who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A client id and its secret, from which tokens are made.
    Pair {
        /// The client id.
        id: String,
        /// The client secret.
        secret: Secret,
    },
    /// A token that somebody else made. It cannot be renewed.
    Token(Secret),
}

/// Says whether a host name is this machine.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Reads a size: `5GiB`, `100kB`, `1048576`.
pub fn size(text: &str) -> Result<u64, String> {
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
    use super::size;

    #[test]
    fn sizes_are_read_in_both_kinds_of_units() {
        assert_eq!(
            [size("5GiB"), size("100kB"), size(" 7 "), size("1 MiB")],
            [Ok(5 << 30), Ok(100_000), Ok(7), Ok(1 << 20)]
        );
        assert!(
            size("").is_err() && size("12 parsecs").is_err() && size("99999999999GiB").is_err()
        );
    }
}
