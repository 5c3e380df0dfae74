//! The definitions of the connectors, read from `assets/catalog` when first asked for.

use std::sync::OnceLock;

use serde_json::Value;

use super::unlisted;

macro_rules! texts {
    ($($slug:literal),* $(,)?) => { &[$(($slug, include_bytes!(concat!(env!("OUT_DIR"), "/", $slug, ".z")))),*] };
}

/// The twelve kinds that are always there, first; then the rest.
#[rustfmt::skip]
const TEXTS: &[(&str, &[u8])] = texts![
    "github", "hubspot", "linear", "slack", "zendesk-support", "stripe", "jira", "google-drive", "gong", "salesforce", "intercom", "notion",
    "airtable", "amazon-ads", "amazon-seller-partner", "amplitude", "asana", "ashby", "chargebee", "clickup-api", "confluence", "customer-io",
    "exa", "facebook-marketing", "freshdesk", "gitlab", "gmail", "google-ads", "google-analytics-data-api", "google-search-console", "granola",
    "greenhouse", "harvest", "incident-io", "klaviyo", "linkedin-ads", "mailchimp", "monday", "orb", "outreach", "paypal-transaction",
    "pinterest", "pylon", "reddit-ads", "sendgrid", "sentry", "shopify", "snapchat-marketing", "snowflake", "tiktok-marketing", "twilio",
    "typeform", "woocommerce", "zendesk-chat", "zendesk-talk", "zoho-crm",
];

/// How many kinds are there without `--all-connectors`.
pub(super) const FIRST: usize = 12;

/// Returns all definitions, the first twelve first.
pub(super) fn all() -> &'static [Value] {
    static PARSED: OnceLock<Vec<Value>> = OnceLock::new();
    PARSED.get_or_init(|| {
        TEXTS.iter().map(|(_, packed)| serde_json::from_reader(flate2::read::ZlibDecoder::new(*packed)).unwrap_or(Value::Null)).collect()
    })
}

/// Finds a definition by slug, that of the kind which no catalog knows, too.
pub(super) fn by_slug(slug: &str) -> Option<&'static Value> {
    all().iter().chain(std::iter::once(unlisted::definition())).find(|definition| definition["slug"] == slug)
}

/// Finds an entity of a definition.
pub(super) fn entity<'a>(definition: &'a Value, name: &str) -> Option<&'a Value> {
    items(&definition["entities"]).iter().find(|entity| entity["name"] == name)
}

/// Finds an action of an entity.
pub(super) fn action<'a>(entity: &'a Value, name: &str) -> Option<&'a Value> {
    items(&entity["actions"]).iter().find(|action| action["name"] == name)
}

/// Returns the items of an array; none for anything else.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
