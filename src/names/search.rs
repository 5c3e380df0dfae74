//! The call that fetches missing names: a search of the Context Store for the records of ids.

use super::keys::Target;
use super::name::NAME_KEYS;
use crate::attachments::spelling::plain;
use crate::domain::call::{Call, JsonText};
use crate::domain::operation::Operation;
use crate::envelope::Envelope;

/// The action that searches the Context Store.
pub const SEARCH: &str = "context_store_search";
/// A search is for so many ids at most. No limit of `in` is documented; that of `limit` is 1000 by one source.
pub const MOST_IDS: usize = 500;

/// Returns the call for the records of at most [`MOST_IDS`] ids. Where the operation declares its fields, only the id and
/// what can be a name are asked for.
pub fn search_for(
    connector_id: &str,
    operation: &Operation,
    target: &Target,
    ids: &[JsonText],
) -> Call {
    let ids = &ids[..ids.len().min(MOST_IDS)];
    let items: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
    let field = JsonText::string(&target.field);
    let query = format!(
        r#"{{"filter":{{"in":{{{}:{}}}}}}}"#,
        field.as_str(),
        JsonText::array(&items).as_str()
    );
    let mut call = Call::new(connector_id, &target.entity, SEARCH);
    // Each part is JSON, so the whole is.
    if let Ok(query) = JsonText::parse(&query) {
        call.params.set("query", query);
    }
    call.params
        .set("limit", JsonText::integer(ids.len() as i64));
    let is_name = |field: &str| NAME_KEYS.iter().any(|key| plain(key) == plain(field));
    if operation.fields.iter().any(|field| is_name(field)) {
        let named = operation.fields.iter().filter(|field| is_name(field));
        let others = named.filter(|field| **field != target.field).cloned();
        call.select_fields = [target.field.clone()].into_iter().chain(others).collect();
    }
    call
}

/// Returns whether the reply to a search says that it left records out.
pub fn has_more(envelope: &Envelope) -> bool {
    let more = envelope.fact("result.meta.has_more");
    more.and_then(|node| envelope.document.boolean(node)) == Some(true)
}
