//! Which operations each kind of connector has: bundled facts, united with what `describe` answered.
//!
//! The facts are packed texts in the program, one a kind, and cost nothing until a connector of that
//! kind is chosen. They come from the definitions of the official Python SDK (`airbyte-agent-sdk` 0.1.380
//! on PyPI); `assets/catalog/README.md` says how they are written.

mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Read as _;

use crate::domain::connector::Connector;
use crate::domain::operation::{Operation, Parameter};

/// The version of the bundled facts.
pub const VERSION: &str = "0.1.380";

/// A kind of connector that the catalog knows.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The slug, such as `zendesk-support`.
    pub slug: &'static str,
    /// The display name of the definition file.
    pub name: &'static str,
    /// The connector type's UUID.
    pub definition_id: &'static str,
    packed: &'static [u8],
}

/// A foreign key: a field whose values identify records of another entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The entity whose records have the field.
    pub entity: String,
    /// The field; operations that are inside of the other entity take it as a parameter.
    pub field: String,
    /// The entity that it leads to.
    pub target: String,
    /// The field there that holds the same value.
    pub target_field: String,
}

macro_rules! bundled {
    ($slug:literal, $name:literal, $id:literal) => {
        Definition { slug: $slug, name: $name, definition_id: $id, packed: include_bytes!(concat!(env!("OUT_DIR"), "/", $slug, ".z")) }
    };
}

/// Every kind that the catalog knows, by slug.
#[rustfmt::skip]
pub const DEFINITIONS: [Definition; 56] = [
    bundled!("airtable", "Airtable", "14c6e7ea-97ed-4f5e-a7b5-25e9a80b8212"),
    bundled!("amazon-ads", "Amazon Ads", "c6b0a29e-1da9-4512-9002-7bfd0cba2246"),
    bundled!("amazon-seller-partner", "Amazon Seller Partner", "e55879a8-0ef8-4557-abcf-ab34c53ec460"),
    bundled!("amplitude", "Amplitude", "fa9f58c6-2d03-4237-aaa4-07d75e0c1396"),
    bundled!("asana", "Asana", "d0243522-dccf-4978-8ba0-37ed47a0bdbf"),
    bundled!("ashby", "Ashby", "4e8c9fa0-3634-499b-b948-11581b5c3efa"),
    bundled!("chargebee", "Chargebee", "686473f1-76d9-4994-9cc7-9b13da46147c"),
    bundled!("clickup-api", "ClickUp", "311a7a27-3fb5-4f7e-8265-5e4afe258b66"),
    bundled!("confluence", "Confluence", "cf40a7f8-71f8-45ce-a7fa-fca053e4028c"),
    bundled!("customer-io", "Customer.io App", "34f697bc-b989-4eda-b06f-d0f39b88825b"),
    bundled!("exa", "Exa AI", "7c3acca3-8781-4a4b-bb10-fd2e4500da18"),
    bundled!("facebook-marketing", "Facebook Marketing", "e7778cfc-e97c-4458-9ecb-b4f2bba8946c"),
    bundled!("freshdesk", "Freshdesk", "ec4b9503-13cb-48ab-a4ab-6ade4be46567"),
    bundled!("github", "GitHub", "ef69ef6e-aa7f-4af1-a01d-ef775033524e"),
    bundled!("gitlab", "GitLab", "5e6175e5-68e1-4c17-bff9-56103bbb0d80"),
    bundled!("gmail", "Gmail", "f7833dac-fc18-4feb-a2a9-94b22001edc6"),
    bundled!("gong", "Gong", "32382e40-3b49-4b99-9c5c-4076501914e7"),
    bundled!("google-ads", "Google Ads", "253487c0-2246-43ba-a21f-5116b20a2c50"),
    bundled!("google-analytics-data-api", "Google Analytics Data", "3cc2eafd-84aa-4dca-93af-322d9dfeec1a"),
    bundled!("google-drive", "Google Drive", "9f8dda77-1048-4368-815b-269bf54ee9b8"),
    bundled!("google-search-console", "Google Search Console", "eb4c9e00-db83-4d63-a386-39cfa91012a8"),
    bundled!("granola", "Granola", "9023923c-002f-4131-9554-3ebdf56540a4"),
    bundled!("greenhouse", "Greenhouse", "59f1e50a-331f-4f09-b3e8-2e8d4d355f44"),
    bundled!("harvest", "Harvest", "fe2b4084-3386-4d3b-9ad6-308f61a6f1e6"),
    bundled!("hubspot", "HubSpot", "36c891d9-4bd9-43ac-bad2-10e12756272c"),
    bundled!("incident-io", "incident.io", "7926da90-399e-4f9f-9833-52d8dc3fcb29"),
    bundled!("intercom", "Intercom", "d8313939-3782-41b0-be29-b3ca20d8dd3a"),
    bundled!("jira", "Jira", "68e63de2-bb83-4c7e-93fa-a8a9051e3993"),
    bundled!("klaviyo", "Klaviyo", "95e8cffd-b8c4-4039-968e-d32fb4a69bde"),
    bundled!("linear", "Linear", "1c5d8316-ed42-4473-8fbc-2626f03f070c"),
    bundled!("linkedin-ads", "LinkedIn Ads", "137ece28-5434-455c-8f34-69dc3782f451"),
    bundled!("mailchimp", "Mailchimp", "b03a9f3e-22a5-11eb-adc1-0242ac120002"),
    bundled!("monday", "Monday", "80a54ea2-9959-4040-aac1-eee42423ec9b"),
    bundled!("notion", "Notion", "6e00b415-b02e-4160-bf02-58176a0ae687"),
    bundled!("orb", "Orb", "7f0455fb-4518-4ec0-b7a3-d808bf8081cc"),
    bundled!("outreach", "Outreach", "3490c201-5d95-4783-b600-eaf07a4c7787"),
    bundled!("paypal-transaction", "PayPal Transaction", "d913b0f2-cc51-4e55-a44c-8ba1697b9239"),
    bundled!("pinterest", "Pinterest", "5cb7e5fe-38c2-11ec-8d3d-0242ac130003"),
    bundled!("pylon", "Pylon", "f2e53e88-3c6b-4e5a-b7c2-a1d9c5e8f4b6"),
    bundled!("reddit-ads", "Reddit Ads", "c876992b-877e-4bb3-946b-4678c82bb7ac"),
    bundled!("salesforce", "Salesforce", "b117307c-14b6-41aa-9422-947e34922962"),
    bundled!("sendgrid", "SendGrid", "fbb5fbe2-16ad-4cf4-af7d-ff9d9c316c87"),
    bundled!("sentry", "Sentry", "cdaf146a-9b75-49fd-9dd2-9d64a0bb4781"),
    bundled!("shopify", "Shopify", "9da77001-af33-4bcd-be46-6252bf9342b9"),
    bundled!("slack", "Slack", "c2281cee-86f9-4a86-bb48-d23286b4c7bd"),
    bundled!("snapchat-marketing", "Snapchat Marketing", "200330b2-ea62-4d11-ac6d-cfe3e3f8ab2b"),
    bundled!("snowflake", "Snowflake SQL", "e2d65910-8c8b-40a1-ae7d-ee2416b2bfa2"),
    bundled!("stripe", "Stripe", "e094cb9a-26de-4645-8761-65c0c425d1de"),
    bundled!("tiktok-marketing", "TikTok Marketing", "4bfac00d-ce15-44ff-95b9-9e3c3e8fbd35"),
    bundled!("twilio", "Twilio", "b9dc6155-672e-42ea-b10d-9f1f1fb95ab1"),
    bundled!("typeform", "Typeform", "e7eff203-90bf-43e5-a240-19ea3056c474"),
    bundled!("woocommerce", "WooCommerce", "2a2552ca-9f78-4c1c-9eb7-4d0dc66d72df"),
    bundled!("zendesk-chat", "Zendesk Chat", "40d24d0f-b8f9-4fe0-9e6c-b06c0f3f45e4"),
    bundled!("zendesk-support", "Zendesk Support", "79c1aa37-dae3-42ae-b333-d1c105477715"),
    bundled!("zendesk-talk", "Zendesk Talk", "c8630570-086d-4a40-99ae-ea5b18673071"),
    bundled!("zoho-crm", "Zoho CRM", "4942d392-c7b5-4271-91f9-3b4f4e51eb3e"),
];

impl Definition {
    /// Unpacks the facts. They are a part of the program, tested to be whole.
    fn text(&self) -> String {
        let mut text = String::new();
        let mut unpacker = flate2::read::ZlibDecoder::new(self.packed);
        if unpacker.read_to_string(&mut text).is_err() {
            text.clear();
        }
        text
    }

    /// Returns every operation of this kind. Parses the facts: call it once a connector, not a frame.
    pub fn operations(&self) -> Vec<Operation> {
        read::operations(&self.text())
    }

    /// Returns the foreign keys of this kind. Parses the facts, too.
    pub fn relations(&self) -> Vec<Relation> {
        read::relations(&self.text())
    }
}

/// Finds the kind of a connector: by `definition_id`, then by slug. Display names never join: they
/// differ between the service and the definition files.
pub fn definition_of(connector: &Connector) -> Option<&'static Definition> {
    by_id(&connector.definition_id)
        .or_else(|| connector.slug.as_deref().and_then(|slug| DEFINITIONS.iter().find(|definition| definition.slug == slug)))
}

/// Finds a kind by its UUID.
pub fn by_id(definition_id: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.definition_id.eq_ignore_ascii_case(definition_id))
}

/// Finds a kind by slug or name, whatever the case.
pub fn by_name(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.slug.eq_ignore_ascii_case(name) || definition.name.eq_ignore_ascii_case(name))
}

/// Unites two lists field by field. Neither takes away what the other knows; where both speak, the
/// service's word counts for what it can know better (requiredness, allowed values, descriptions)
/// and the catalog's for the rest.
pub fn unite(catalog: Vec<Operation>, described: Vec<Operation>) -> Vec<Operation> {
    let mut united = catalog;
    let key = |operation: &Operation| (operation.entity.clone(), operation.action.clone());
    let mut known: HashMap<(String, String), usize> = united.iter().enumerate().map(|(at, own)| (key(own), at)).collect();
    let mut added: Vec<Operation> = Vec::new();
    let first_added = united.len();
    for operation in described {
        match known.entry(key(&operation)) {
            Entry::Occupied(at) => {
                let at = *at.get();
                let own = if at < first_added { united.get_mut(at) } else { added.get_mut(at - first_added) };
                if let Some(own) = own {
                    unite_operation(own, operation);
                }
            }
            Entry::Vacant(place) => {
                place.insert(first_added + added.len());
                added.push(operation);
            }
        }
    }
    // Keeps the catalog's order within an entity and puts new actions beside their entity.
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<Operation>> = Vec::new();
    let mut last: Option<usize> = None;
    for own in united {
        // An entity that the catalog tells of in two places keeps both.
        let group = match last.filter(|at| groups[*at].last().is_some_and(|before| before.entity == own.entity)) {
            Some(at) => at,
            None => {
                groups.push(Vec::new());
                groups.len() - 1
            }
        };
        places.insert(own.entity.clone(), group);
        groups[group].push(own);
        last = Some(group);
    }
    for operation in added {
        let group = *places.entry(operation.entity.clone()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(operation);
    }
    groups.into_iter().flatten().collect()
}

fn unite_operation(own: &mut Operation, other: Operation) {
    own.source = own.source.and(other.source);
    own.description = other.description.or(own.description.take());
    let mut known: HashMap<String, usize> = own.parameters.iter().enumerate().map(|(at, known)| (known.name.clone(), at)).collect();
    for parameter in other.parameters {
        match known.get(&parameter.name).and_then(|at| own.parameters.get_mut(*at)) {
            Some(known) => unite_parameter(known, parameter),
            None => {
                known.insert(parameter.name.clone(), own.parameters.len());
                own.parameters.push(parameter);
            }
        }
    }
}

fn unite_parameter(own: &mut Parameter, other: Parameter) {
    use crate::domain::operation::ParameterKind;
    own.source = own.source.and(other.source);
    own.required |= other.required;
    if own.kind == ParameterKind::Any {
        own.kind = other.kind;
    }
    own.description = other.description.or(own.description.take());
    own.default = own.default.take().or(other.default);
    own.format = own.format.take().or(other.format);
    own.items = own.items.take().or(other.items);
    own.minimum = own.minimum.take().or(other.minimum);
    own.maximum = own.maximum.take().or(other.maximum);
    if !other.choices.is_empty() {
        own.choices = other.choices;
    }
    if own.properties.is_empty() {
        own.properties = other.properties;
    }
}
