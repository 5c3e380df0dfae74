//! What the unit tests of the panes and popups share: a session, and what comes of an action.

use super::context::{Context, Outcome, Step};
use super::effect::Effect;
use super::ids::TaskIds;
use super::requests::Request;
use super::session::{Chosen, ConnectorCatalog, Session, Setup};
use super::widgets::notice::Notice;
use crate::domain::connector::Connector;
use crate::domain::failure::Failure;

/// Returns the connector `1` of the bundled catalog's GitHub.
pub(crate) fn github() -> Connector {
    connector("1", "GitHub", "github")
}

/// Returns a connector of a definition of the bundled catalog, by slug.
pub(crate) fn connector(id: &str, name: &str, slug: &str) -> Connector {
    Connector {
        id: id.to_owned(),
        name: name.to_owned(),
        slug: Some(slug.to_owned()),
        ..Connector::default()
    }
}

/// Returns a session whose only connector is GitHub, which is also the chosen one.
pub(crate) fn session() -> Session {
    Session {
        chosen: Some(Chosen {
            catalog: ConnectorCatalog::of(&github()).into(),
            connector: github(),
            stores: Vec::new(),
        }),
        ..session_of(&[github()])
    }
}

/// Returns a session with connectors, none of which is chosen.
pub(crate) fn session_of(connectors: &[Connector]) -> Session {
    Session {
        setup: Setup {
            workspace: "default".to_owned(),
            ..Setup::default()
        },
        connectors: connectors.to_vec(),
        ..Session::default()
    }
}

/// What came of an action. Effects and requests are in their order, each among its kind.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Acted {
    /// What is to be done outside.
    pub(crate) effects: Vec<Effect>,
    /// What other parts of the state are asked for.
    pub(crate) requests: Vec<Request>,
    /// What the status line says.
    pub(crate) notice: Option<Notice>,
    /// What failed.
    pub(crate) failure: Option<Failure>,
}

impl Acted {
    /// Returns the text of the notice; empty if there is none.
    pub(crate) fn said(&self) -> &str {
        self.notice
            .as_ref()
            .map_or("", |notice| notice.text.as_str())
    }
}

impl From<Outcome> for Acted {
    fn from(outcome: Outcome) -> Acted {
        let mut acted = Acted {
            notice: outcome.notice,
            failure: outcome.failure,
            ..Acted::default()
        };
        for step in outcome.steps {
            match step {
                Step::Effect(effect) => acted.effects.push(effect),
                Step::Request(request) => acted.requests.push(request),
            }
        }
        acted
    }
}

/// Runs an action whose first task has the id 1.
pub(crate) fn act(session: &Session, action: impl FnOnce(&mut Context<'_>)) -> Acted {
    act_with(session, &mut TaskIds::default(), action)
}

/// Runs an action that continues the numbering of earlier ones.
pub(crate) fn act_with(
    session: &Session,
    tasks: &mut TaskIds,
    action: impl FnOnce(&mut Context<'_>),
) -> Acted {
    let mut context = Context::new(session, tasks);
    action(&mut context);
    context.finish().into()
}
