//! Pages of the screen written to a file.

use std::collections::HashSet;
use std::io::BufWriter;
use std::path::PathBuf;

use super::aside::Aside;
use crate::app::effect::{Export, PageSource};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::transfer::Existing;
use crate::export::{Format, Reader, TableOptions, Writer};
use crate::paging::Survey;
use crate::transfer::save_with;

/// Writes the pages. Returns where to, how many records, and fields that are no columns. Blocks.
pub(super) fn export(export: &Export, aside: &Aside) -> Result<(PathBuf, u64, Vec<String>), Failure> {
    let format = Format::by_name(&export.format).unwrap_or(Format::Ndjson);
    let (path, (written, left_out)) = save_with(&export.to, Existing::KeepBoth, |file| {
        let failed = |error: std::io::Error| Failure::new(FailureKind::File, format!("Could not write the records: {error}"));
        let table = TableOptions { named: &export.columns, ..TableOptions::default() };
        let mut writer = Writer::new(BufWriter::new(file), format, Reader::Machine, &table);
        let mut seen = HashSet::new();
        let mut left_out = Vec::new();
        for (page, picked) in &export.pages {
            let (envelope, survey) = match page {
                PageSource::Here(envelope, survey) => {
                    // What was not surveyed while it came is surveyed now.
                    let survey = if survey.records.is_empty() { Survey::of(envelope) } else { (**survey).clone() };
                    ((**envelope).clone(), survey)
                }
                PageSource::Aside(slot) => {
                    let envelope = *aside.get(*slot)?;
                    let survey = Survey::of(&envelope);
                    (envelope, survey)
                }
            };
            let news: Vec<bool> = survey.identities.iter().map(|mark| !seen.contains(mark)).collect();
            seen.extend(survey.identities.iter().copied());
            if let Some(picked) = picked {
                left_out.extend(writer.write(&envelope, picked).map_err(failed)?);
                continue;
            }
            let kept: Vec<_> =
                survey.records.iter().zip(news).filter(|(_, new)| *new || !export.dedupe).map(|(record, _)| *record).collect();
            left_out.extend(writer.write(&envelope, &kept).map_err(failed)?);
        }
        writer.finish().map_err(failed)?;
        Ok((writer.written(), left_out))
    })?;
    Ok((path, written, left_out))
}
