//! The faults that the sandbox can play: an enum for each kind of fault, in a file of its own.
//!
//! A row of a kind's table declares a fault: its variant, its name on the command line, and what it does. The match over
//! the enum beside the table is exhaustive, so a row that is not played yet stops the build.

/// Declares a kind of faults from the rows of its table.
macro_rules! faults {
    ($(#[$about:meta])* $kind:ident { $($fault:ident = $name:literal: $explanation:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {
            $(
                #[doc = concat!("`", $name, "`: ", $explanation, ".")]
                $fault,
            )*
        }

        impl $kind {
            /// Every fault with its name and its explanation.
            pub(super) const TABLE: &[($kind, &str, &str)] = &[
                $(($kind::$fault, $name, $explanation),)*
            ];
        }
    };
}

mod account;
mod answer;
mod body;
mod describe;
mod download;
mod envelope;
mod paging;
mod record;

pub use account::AccountFault;
pub(super) use account::AccountRules;
pub use answer::AnswerFault;
pub use body::BodyFault;
pub use describe::DescribeFault;
pub use download::DownloadFault;
pub(super) use download::{
    ContentEncoding, DownloadPlan, FileContent, FileName, Gzip, Ranges, Sending,
};
pub use envelope::EnvelopeFault;
pub(super) use envelope::{Addition, MetadataForm, ReplyForm, ResultForm};
pub use paging::PagingFault;
pub use record::RecordFault;

/// A scenario as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScenarioRow {
    /// The scenario.
    pub scenario: Scenario,
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in one line.
    pub explanation: &'static str,
}

/// Declares the scenarios from the kinds of faults, and for each kind a function that returns its fault.
macro_rules! scenarios {
    ($($(#[$about:meta])* $kind:ident($faults:ident) by $fault_of_kind:ident,)*) => {
        /// What the sandbox does wrong: nothing, or one fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Scenario {
            /// No fault.
            Normal,
            $(
                $(#[$about])*
                $kind($faults),
            )*
        }

        impl Scenario {
            /// Returns every scenario, those of a kind together.
            pub fn all() -> Vec<ScenarioRow> {
                let mut all = vec![ScenarioRow {
                    scenario: Scenario::Normal,
                    name: "normal",
                    explanation: "no fault",
                }];
                $(
                    all.extend($faults::TABLE.iter().map(|(fault, name, explanation)| ScenarioRow {
                        scenario: Scenario::$kind(*fault),
                        name,
                        explanation,
                    }));
                )*
                all
            }

            $(
                /// Returns the fault if it is of this kind.
                pub(super) fn $fault_of_kind(self) -> Option<$faults> {
                    if let Scenario::$kind(fault) = self {
                        Some(fault)
                    } else {
                        None
                    }
                }
            )*
        }
    };
}

scenarios! {
    /// The reply has another form.
    Envelope(EnvelopeFault) by envelope,
    /// Something else is answered in place of the reply.
    Answer(AnswerFault) by answer,
    /// Credentials, organizations, workspaces or the list of connectors are different.
    Account(AccountFault) by account,
    /// Lists are paged in a misleading form.
    Paging(PagingFault) by paging,
    /// Records hold unusual values.
    Record(RecordFault) by record,
    /// The body of a reply is incomplete, slow or unreadable.
    Body(BodyFault) by body,
    /// `describe` answers in another form, or not at all.
    Describe(DescribeFault) by describe,
    /// Files are sent wrongly.
    Download(DownloadFault) by download,
}

impl Scenario {
    /// Finds a scenario by name.
    pub fn by_name(name: &str) -> Option<Scenario> {
        Scenario::all()
            .into_iter()
            .find(|row| row.name == name)
            .map(|row| row.scenario)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Scenario;

    #[test]
    fn names_are_unique_and_find_their_scenario() {
        let all = Scenario::all();
        let names: BTreeSet<_> = all.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), all.len());
        for row in all {
            assert_eq!(Scenario::by_name(row.name), Some(row.scenario));
        }
        assert_eq!(Scenario::by_name("no-such-name"), None);
    }
}
