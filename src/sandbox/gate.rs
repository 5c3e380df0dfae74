//! Gates that hold requests until a test releases them, in place of waiting for some time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::RecordedRequest;

/// The kinds of requests that can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// The list of connectors.
    Connectors,
    /// `describe` of a connector.
    Describe,
    /// Any action of a connector but `describe` and `download`.
    Execute,
    /// The action `download` of a connector.
    Download,
    /// Everything else: tokens, workspaces, organizations, inspections.
    Other,
}

impl RequestKind {
    /// Returns the kind of a request.
    pub(super) fn of(request: &RecordedRequest) -> RequestKind {
        let path = request.path.split('?').next().unwrap_or_default();
        if path.ends_with("/integrations/connectors") {
            return RequestKind::Connectors;
        }
        if !path.ends_with("/execute") {
            return RequestKind::Other;
        }
        match request.body["action"].as_str() {
            Some("describe") => RequestKind::Describe,
            Some("download") => RequestKind::Download,
            Some(_) | None => RequestKind::Execute,
        }
    }
}

/// A gate that requests pass. It is open until [`Gate::hold_after`]; clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(watch::Sender<State>);

#[derive(Debug, Default)]
struct State {
    /// How many more requests pass; `None` where the gate is open.
    left: Option<usize>,
    /// How many requests were held since the gate was closed.
    held: usize,
    /// Grows when the requests that wait are released.
    releases: u64,
}

impl Gate {
    /// Lets `count` more requests pass and holds all that follow. Requests held until now are released.
    pub fn hold_after(&self, count: usize) {
        self.reset(Some(count));
    }

    /// Opens the gate and releases the requests that wait.
    pub fn release(&self) {
        self.reset(None);
    }

    fn reset(&self, left: Option<usize>) {
        self.0.send_modify(|state| {
            *state = State {
                left,
                held: 0,
                releases: state.releases + 1,
            };
        });
    }

    /// Waits until a request is held. Returns at once if one was since the gate was closed.
    pub async fn wait_until_held(&self) {
        // An error means that the sender is gone, which `self` is.
        let _ = self.0.subscribe().wait_for(|state| state.held > 0).await;
    }

    /// Passes the gate; waits for the release where it is closed.
    pub async fn pass(&self) {
        let mut entered = None;
        self.0.send_if_modified(|state| match &mut state.left {
            None => false,
            Some(0) => {
                state.held += 1;
                entered = Some(state.releases);
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
        });
        if let Some(releases) = entered {
            let mut states = self.0.subscribe();
            // An error means that the sender is gone, which `self` is.
            let _ = states.wait_for(|state| state.releases > releases).await;
        }
    }
}

/// The gates of a sandbox, one a kind of request.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<RequestKind, Gate>>);

impl Gates {
    /// Returns the gate that requests of a kind pass.
    pub(super) fn of(&self, kind: RequestKind) -> Gate {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(kind).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[tokio::test]
    async fn a_gate_holds_all_requests_after_a_count_until_it_is_released() {
        let gate = Gate::default();
        gate.pass().await;
        gate.hold_after(1);
        gate.pass().await;
        let passing = gate.clone();
        let held = tokio::spawn(async move { passing.pass().await });
        gate.wait_until_held().await;
        assert!(!held.is_finished());
        gate.release();
        held.await.unwrap();
        gate.pass().await;
    }

    #[tokio::test]
    async fn closing_a_gate_again_releases_whoever_was_held() {
        let gate = Gate::default();
        gate.hold_after(0);
        let passing = gate.clone();
        let held = tokio::spawn(async move { passing.pass().await });
        gate.wait_until_held().await;
        gate.hold_after(0);
        held.await.unwrap();
    }
}
