//! Which fields lead elsewhere, what is a name, what is found in a page, and the call for what is missing.

use std::sync::Arc;

use bytes::Bytes;

use super::{ForeignKeys, MOST_IDS, NameIndex, Stop, Target, has_more, name_of, scan, search_for};
use crate::catalog::{self, Relation};
use crate::domain::call::JsonText;
use crate::domain::operation::Operation;
use crate::envelope::{Envelope, Reading};
use crate::json::document::Document;

fn target(entity: &str, field: &str) -> Target {
    Target {
        entity: entity.to_owned(),
        field: field.to_owned(),
    }
}

/// Returns the foreign keys of an entity of a kind of connectors.
fn keys(kind: &str, entity: &str) -> ForeignKeys {
    let definition = catalog::by_name(kind).unwrap();
    let (operations, relations) = (definition.operations(), definition.relations());
    ForeignKeys::of(&operations, &relations, "1", entity)
}

fn envelope(body: &str) -> Envelope {
    let document = Document::parse(Bytes::from(body.to_owned()));
    Envelope::read_as(Arc::new(document), Reading::Plain)
}

fn ids(texts: &[&str]) -> Vec<JsonText> {
    let texts = texts.iter();
    texts.map(|text| JsonText::parse(text).unwrap()).collect()
}

#[test]
fn a_field_leads_where_the_catalog_says() {
    let check = |kind: &str, entity: &str, field: &str, expected: Option<Target>| {
        let keys = keys(kind, entity);
        assert_eq!(
            keys.target(field),
            expected.as_ref(),
            "{kind} {entity} {field}"
        );
    };
    let tickets = Some(target("tickets", "id"));
    check("zendesk-support", "ticket_comments", "ticket_id", tickets);
    let projects = Some(target("projects", "gid"));
    check("asana", "project_tasks", "project_gid", projects);
    // The id alone does not say whose it is.
    check("hubspot", "associations", "fromObjectId", None);
    // Numbers begin again in each repository.
    check("github", "comments", "number", None);
}

#[test]
fn where_the_catalog_is_silent_the_name_of_the_field_decides() {
    let keys = keys("zendesk-support", "tickets");
    for (field, entity) in [
        ("assignee_id", "users"),
        ("requester_id", "users"),
        ("collaborator_ids", "users"),
        ("organization_id", "organizations"),
        ("group_id", "groups"),
        ("brand_id", "brands"),
        ("problem_id", ""),
        ("external_id", ""),
        ("id", ""),
        ("subject", ""),
    ] {
        let expected = Some(target(entity, "id")).filter(|target| !target.entity.is_empty());
        assert_eq!(keys.target(field), expected.as_ref(), "{field}");
    }
    let slack = self::keys("slack", "channel_messages");
    assert_eq!(slack.target("user"), Some(&target("users", "id")));
    // Of a connector without users nobody is one.
    let relations: [Relation; 0] = [];
    let operations: [Operation; 0] = [];
    let none = ForeignKeys::of(&operations, &relations, "1", "tickets");
    assert_eq!(none.target("assignee_id"), None);
}

#[test]
fn the_best_key_names_a_record() {
    let check = |record: &str, expected: Option<&str>| {
        let document = Document::parse(Bytes::from(record.to_owned()));
        let name = name_of(&document, document.root().unwrap());
        assert_eq!(name.as_deref(), expected, "{record}");
    };
    check(r#"{"email":"a@b.c","name":"Ada","id":1}"#, Some("Ada"));
    check(r#"{"login":"ada","displayName":"Ada B."}"#, Some("Ada B."));
    check(
        r#"{"name":null,"title":"","subject":7,"login":"ada"}"#,
        Some("ada"),
    );
    check(r#"{"Name":"Acme"}"#, Some("Acme"));
    check(r#"{"id":1,"properties":{"name":"Deal"}}"#, Some("Deal"));
    check(r#"{"name":" two\n lines "}"#, Some("two lines"));
    check(r#"{"name":"a\u001b[31mb"}"#, Some("a\\u001b[31mb"));
    check(r#"{"name":["Ada"],"names":"Ada","name_of":"x"}"#, None);
    check("[]", None);
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(9000));
    check(&long, Some(&format!("{}…", "x".repeat(39))));
}

#[test]
fn a_page_gives_names_and_the_ids_that_lead_elsewhere() {
    let keys = keys("zendesk-support", "tickets");
    let page = envelope(
        r#"{"status":"success","result":[
            {"id":1,"subject":"Printer","assignee_id":381,"collaborator_ids":[381,"x",null,4],"tags":["a"]},
            {"id":2,"subject":null,"assignee_id":null,"organization_id":"o1","via":{"user_id":9}}]}"#,
    );
    let found = scan(&keys, &page, &|| Stop::No);
    let named = [("1", "Printer"), ("2", "")].map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!(found.named, [(target("tickets", "id"), named.to_vec())]);
    assert_eq!(
        found.ids,
        [
            (target("users", "id"), ids(&["381", "\"x\"", "4"])),
            (target("organizations", "id"), ids(&["\"o1\""])),
        ]
    );
    assert_eq!(found.connector_id, "1");
    let stopped = scan(&keys, &page, &|| Stop::Now);
    assert!(stopped.named.is_empty() && stopped.ids.is_empty());
}

#[test]
fn a_value_is_looked_up_by_its_place_in_the_record() {
    let keys = keys("zendesk-support", "tickets");
    let body =
        r#"{"id":1,"assignee_id":381,"collaborator_ids":[4],"via":{"user_id":9},"group_id":null}"#;
    let document = Document::parse(Bytes::from(body));
    let record = document.root().unwrap();
    let leads = |path: &[&str]| {
        let node = document.follow(record, path).unwrap();
        keys.target_of(&document, record, node).is_some()
    };
    assert!(leads(&["assignee_id"]));
    assert!(!leads(&["id"]) && !leads(&["via", "user_id"]) && !leads(&["group_id"]));
    let list = document.follow(record, &["collaborator_ids"]).unwrap();
    assert!(keys.target_of(&document, record, list).is_none());
    let item = document.first_child(list).unwrap();
    assert_eq!(
        keys.target_of(&document, record, item),
        Some(&target("users", "id"))
    );
}

#[test]
fn what_is_too_long_is_no_id() {
    let keys = keys("zendesk-support", "tickets");
    let long = "9".repeat(500);
    let body = format!(
        r#"{{"assignee_id":"{long}","requester_id":{long},"{}_id":1}}"#,
        "user".repeat(50)
    );
    let document = Document::parse(Bytes::from(body));
    let record = document.root().unwrap();
    for member in document.children(record) {
        assert_eq!(keys.target_of(&document, record, member), None);
    }
}

#[test]
fn names_are_known_by_connector_entity_and_id() {
    let users = target("users", "id");
    let page =
        envelope(r#"{"status":"success","result":[{"id":381,"name":"Ada Byron"},{"id":4}]}"#);
    let mut index = NameIndex::default();
    index.add(&scan(&keys("zendesk-support", "users"), &page, &|| {
        Stop::No
    }));
    assert_eq!(index.name("1", &users, "381"), Some("Ada Byron"));
    assert_eq!(index.name("2", &users, "381"), None, "of another connector");
    assert_eq!(index.name("1", &target("groups", "id"), "381"), None);
    // There is a record without a name: nobody need ask for it.
    assert!(index.knows("1", &users, "4") && !index.knows("1", &users, "5"));
    index.set_absent("1", &users, "5");
    index.set_absent("1", &users, "381");
    assert!(index.knows("1", &users, "5"));
    assert_eq!(
        index.name("1", &users, "381"),
        Some("Ada Byron"),
        "a name stays"
    );
}

#[test]
fn the_index_is_bounded_and_forgets_the_oldest_names() {
    let users = target("users", "id");
    let mut index = NameIndex::default();
    for id in 0..250_000 {
        index.set_absent("1", &users, &id.to_string());
    }
    let known = (0..250_000).filter(|id| index.knows("1", &users, &id.to_string()));
    let known = known.count();
    assert!((50_000..=100_000).contains(&known), "{known}");
    assert!(index.knows("1", &users, "249999") && !index.knows("1", &users, "0"));
}

#[test]
fn one_search_asks_for_many_ids() {
    let operations = catalog::by_name("zendesk-support").unwrap().operations();
    let operation = operations
        .iter()
        .find(|own| own.entity == "users" && own.action == super::SEARCH)
        .unwrap();
    let call = search_for(
        "1",
        operation,
        &target("users", "id"),
        &ids(&["381", "\"x\""]),
    );
    assert_eq!(
        (call.entity.as_str(), call.action.as_str()),
        ("users", "context_store_search")
    );
    assert_eq!(
        call.params.to_json(),
        r#"{"query":{"filter":{"in":{"id":[381, "x"]}}},"limit":2}"#
    );
    assert_eq!(call.select_fields, ["id", "email", "name"]);
    let many: Vec<JsonText> = (0..9_000).map(JsonText::integer).collect();
    let call = search_for("1", operation, &target("users", "id"), &many);
    assert_eq!(
        call.params.get("limit").unwrap().as_str(),
        MOST_IDS.to_string()
    );
    let bare = Operation {
        fields: Vec::new(),
        ..operation.clone()
    };
    assert!(
        search_for("1", &bare, &target("users", "id"), &many)
            .select_fields
            .is_empty()
    );
    let more = |more: &str| {
        let body = format!(r#"{{"result":{{"data":[{{"id":1}}],"meta":{{"has_more":{more}}}}}}}"#);
        has_more(&envelope(&body))
    };
    assert!(more("true") && !more("false") && !more("null"));
}
