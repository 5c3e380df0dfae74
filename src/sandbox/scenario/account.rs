//! Faults around the account: they act in `routes` and in the list of connectors.

faults! {
    /// A fault of credentials, organizations, workspaces or the list of connectors.
    AccountFault {
        Forbidden = "forbidden": "403 for every call",
        ManyOrganizations = "many-organizations": "400 until an organization is chosen",
        OrganizationsAsData = "organizations-as-data": "organizations under `data` with `name`",
        TokenExpires = "token-expires": "a token dies after five uses",
        UnknownConnector = "unknown-connector":
            "one more connector, which no catalog knows: each of its lists pages in another way",
        NoReadiness = "no-readiness": "`inspect` and the badges fail",
        ForeignNext = "foreign-next": "the next page of workspaces is on another host",
    }
}

/// How the account behaves.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::sandbox) struct AccountRules {
    /// Every call is refused with 403.
    pub forbids_all: bool,
    /// Calls that name no organization are refused.
    pub requires_organization: bool,
    /// Organizations are listed under `data`.
    pub organizations_as_data: bool,
    /// How often a token can be used; any number of times if not set.
    pub token_uses: Option<u32>,
    /// The connector that no catalog knows is listed.
    pub lists_unknown_connector: bool,
    /// `inspect` and the badges fail.
    pub hides_readiness: bool,
    /// The host of the link to the next page of workspaces; none for a link without host.
    pub next_host: Option<&'static str>,
}

impl AccountFault {
    /// Returns how the account behaves under this fault.
    pub(in crate::sandbox) fn rules(self) -> AccountRules {
        let mut rules = AccountRules::default();
        match self {
            AccountFault::Forbidden => rules.forbids_all = true,
            AccountFault::ManyOrganizations => rules.requires_organization = true,
            AccountFault::OrganizationsAsData => rules.organizations_as_data = true,
            AccountFault::TokenExpires => rules.token_uses = Some(5),
            AccountFault::UnknownConnector => rules.lists_unknown_connector = true,
            AccountFault::NoReadiness => rules.hides_readiness = true,
            AccountFault::ForeignNext => rules.next_host = Some("http://127.0.0.2:9"),
        }
        rules
    }
}
