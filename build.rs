//! Build script: packs the catalog's texts, so that the program carries a tenth of their size, and compiles what has to run
//! before the program begins.

use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let source = root.join("assets").join("catalog");
    println!("cargo::rerun-if-changed={}", source.display());
    for entry in std::fs::read_dir(source)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            pack(&path, &out)?;
        }
    }
    let early = root.join("assets").join("closed_stdout.c");
    println!("cargo::rerun-if-changed={}", early.display());
    for object in cc::Build::new().file(early).try_compile_intermediates()? {
        println!("cargo::rustc-link-arg-bins={}", object.display());
    }
    Ok(())
}

fn pack(path: &Path, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let name = path.file_stem().ok_or("a file without a name")?;
    let target = std::fs::File::create(out.join(name).with_extension("z"))?;
    let mut packer = flate2::write::ZlibEncoder::new(target, flate2::Compression::best());
    packer.write_all(&std::fs::read(path)?)?;
    packer.finish()?;
    Ok(())
}
