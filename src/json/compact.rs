//! JSON text without the white space between its values.

use std::borrow::Cow;

/// Returns a JSON text on one line: white space outside of strings is removed, everything else is
/// unchanged. Borrows when there is nothing to remove.
pub fn compact(raw: &[u8]) -> Cow<'_, [u8]> {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    // Services mostly send compact text: only the bytes between strings have to be inspected.
    let mut at = 0;
    let first = loop {
        let Some(byte) = raw.get(at) else {
            return Cow::Borrowed(raw);
        };
        match byte {
            b'"' => at = super::value::string_end(raw, at),
            byte if is_space(*byte) => break at,
            _ => at += 1,
        }
    };
    let mut out = Vec::with_capacity(raw.len());
    out.extend_from_slice(&raw[..first]);
    at = first;
    while at < raw.len() {
        match raw[at] {
            b'"' => {
                let end = super::value::string_end(raw, at).min(raw.len());
                out.extend_from_slice(&raw[at..end]);
                at = end;
            }
            byte => {
                if !is_space(byte) {
                    out.push(byte);
                }
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::compact;
    use proptest::prelude::*;

    #[test]
    fn strings_and_numbers_stay_as_they_came() {
        assert_eq!(
            compact(b"{ \"a b\" : [ 1.50 ,\n \"x \\\" y\" ] }").as_ref(),
            br#"{"a b":[1.50,"x \" y"]}"#
        );
    }

    proptest! {
        #[test]
        fn pretty_text_is_compacted_to_what_serde_writes(text in any::<String>(), number in any::<i32>()) {
            let value = serde_json::json!({"k": [text, number, null, {"inner": [[], {}]}]});
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(compact(pretty.as_bytes()).to_vec(), value.to_string().into_bytes());
        }
    }
}
