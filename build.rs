//! Build script: packs the catalog's texts, so that the program carries a tenth of their size, writes the table of the kinds,
//! and compiles what has to run before the program begins.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    catalog(&root.join("assets").join("catalog"), &out)?;
    let early = root.join("assets").join("closed_stdout.c");
    println!("cargo::rerun-if-changed={}", early.display());
    for object in cc::Build::new().file(early).try_compile_intermediates()? {
        println!("cargo::rustc-link-arg-bins={}", object.display());
    }
    Ok(())
}

/// Packs every definition of a folder, and writes `kinds.rs`: a slice with a `kind!` for each of them, by slug. Whoever
/// includes it says with a macro of that name what a row is.
fn catalog(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort_by(|one, other| one.file_stem().cmp(&other.file_stem()));
    let mut table = "&[\n".to_owned();
    for path in paths {
        let text = std::fs::read(&path)?;
        let definition: Value = serde_json::from_slice(&text)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let word = |key: &str| {
            definition[key]
                .as_str()
                .ok_or_else(|| format!("{}: no `{key}`", path.display()))
        };
        let (slug, name, id) = (word("slug")?, word("name")?, word("definition_id")?);
        if path.file_stem().is_none_or(|stem| stem != slug) {
            return Err(format!("{}: is not named by its slug, `{slug}`", path.display()).into());
        }
        std::fs::write(out.join(slug).with_extension("z"), packed(&text)?)?;
        writeln!(
            table,
            "    kind!({slug:?}, {name:?}, {id:?}, include_bytes!(\"{slug}.z\")),"
        )?;
    }
    table.push_str("]\n");
    std::fs::write(out.join("kinds.rs"), table)?;
    Ok(())
}

fn packed(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text)?;
    packer.finish()
}
