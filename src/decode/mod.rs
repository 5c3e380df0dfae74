//! A token decoded layer by layer as far as possible: base64, JSON, URLs, JWT, hex, times.
//!
//! Nothing here claims to understand a token: it shows what is inside of the wrapping that services
//! commonly use. Pure; and bounded, for tokens are foreign text.

mod layer;
#[cfg(test)]
mod tests;

use layer::DecodedLayer;

/// Layers are followed so deep.
const DEEPEST: usize = 8;
/// At most this many layers are shown.
const MOST: usize = 64;
/// A longer text is not taken apart.
const LONGEST: usize = 256 * 1024;

/// A layer of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// How many layers it is inside of.
    pub depth: usize,
    /// Its kind, such as `base64` or ``query `cursor` ``.
    pub name: String,
    /// Its content, to be read and copied. Bytes that are no text are written in hexadecimal.
    pub text: String,
    /// A remark, such as that it is binary; may be empty.
    pub note: String,
}

/// Decodes a text. The first layer is the text as given.
pub fn decode(text: &str) -> Vec<Layer> {
    let mut layers = vec![Layer {
        depth: 0,
        name: "unchanged".to_owned(),
        text: text.to_owned(),
        note: String::new(),
    }];
    if text.len() <= LONGEST {
        inside(text, 1, &mut layers);
    }
    layers
}

fn inside(text: &str, depth: usize, layers: &mut Vec<Layer>) {
    if depth > DEEPEST {
        return;
    }
    for peeled in layer::decode_layer(text) {
        if layers.len() >= MOST {
            return;
        }
        match peeled {
            DecodedLayer::Text(name, inner) => {
                layers.push(Layer {
                    depth,
                    name,
                    text: inner.clone(),
                    note: String::new(),
                });
                inside(&inner, depth + 1, layers);
            }
            DecodedLayer::Fact(name, inner) => layers.push(Layer {
                depth,
                name,
                text: inner,
                note: String::new(),
            }),
            DecodedLayer::Bytes(name, bytes) => {
                let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let seen: String = bytes
                    .iter()
                    .map(|byte| {
                        if (0x20..0x7f).contains(byte) {
                            char::from(*byte)
                        } else {
                            '·'
                        }
                    })
                    .collect();
                layers.push(Layer {
                    depth,
                    name,
                    text: hex.join(" "),
                    note: format!("binary, {} bytes: {seen}", bytes.len()),
                });
            }
        }
    }
}
