//! Faults of `describe`: they act in the module that answers it.

faults! {
    /// A form in which `describe` answers, as services were seen or are guessed to do.
    DescribeFault {
        Bare = "describe-bare": "`describe` answers `{entities: [...]}`",
        Envelope = "describe-envelope": "`describe` answers inside the envelope",
        Schema = "describe-schema": "`describe` answers under `schema`, parameters as JSON Schema",
        Keyed = "describe-keyed": "`describe` answers an array, actions keyed by name",
        Introspection = "describe-introspection": "`describe` answers as the SDK's introspection does",
        Missing = "describe-missing": "`describe` is not known",
    }
}
