//! The fields of the records, and the paths of the reply.

use std::sync::Arc;

use super::{Fixture, assert_effects, assert_requests, body, said};
use crate::app::effect::{DocumentEffect, Effect};
use crate::app::ids::TaskId;
use crate::app::msg::DocumentMsg;
use crate::app::popups::PopupState;
use crate::app::popups::fields::{FieldsPopup, Side};
use crate::app::popups::paths::Paths;
use crate::app::requests::{FormRequest, ReplyRequest, Request};
use crate::app::session::OpenFile;
use crate::json::document::Document;
use crate::json::fields::Fields;

/// Counts the fields of two records.
fn counted(task: TaskId) -> DocumentMsg {
    let body = r#"[{"id":1,"user":{"name":"a"},"tags":[{"id":2}]},{"id":2}]"#;
    let document = Document::parse(bytes::Bytes::from_static(body.as_bytes()));
    let mut fields = Fields::default();
    for record in document.children(document.root().unwrap()) {
        fields.look(&document, record);
    }
    fields.conclude();
    let fields = Arc::new(fields);
    DocumentMsg::FieldsCounted { task, fields }
}

fn two_pages() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.choose_github();
    fixture.add_pages(&[&body(&[1], r#""t2""#), &body(&[2], "null")]);
    fixture
}

fn task_of(popup: &mut dyn PopupState) -> Option<TaskId> {
    popup.loads().iter().find_map(|load| load.running())
}

/// Opens the fields and lets them be counted.
fn fields(fixture: &mut Fixture) -> FieldsPopup {
    let (mut popup, _) = fixture.with(FieldsPopup::open);
    let task = task_of(&mut popup).unwrap();
    popup.document_msg(&counted(task));
    popup
}

fn paths_of(popup: &FieldsPopup) -> Vec<String> {
    let fields = &popup.fields.value().unwrap().fields;
    fields.iter().map(|field| field.path.clone()).collect()
}

#[test]
fn the_fields_of_all_pages_are_counted() {
    let mut fixture = two_pages();
    let (mut popup, outcome) = fixture.with(FieldsPopup::open);
    let task = task_of(&mut popup).unwrap();
    let pages = fixture
        .reply
        .pages
        .iter()
        .map(|page| page.source())
        .collect();
    let count = DocumentEffect::CountFields { task, pages };
    assert_effects(&outcome, vec![Effect::Document(count)]);
    assert!(popup.is_empty());
    popup.document_msg(&counted(TaskId(task.0 + 1)));
    assert!(popup.is_empty(), "those are not its own");
    popup.document_msg(&counted(task));
    assert_eq!(
        paths_of(&popup),
        ["id", "user", "user.name", "tags", "tags[]", "tags[].id"]
    );
    assert_eq!(task_of(&mut popup), None);
}

#[test]
fn enter_goes_to_the_field() {
    let mut fixture = two_pages();
    let mut popup = fields(&mut fixture);
    let go_to = Request::Reply(ReplyRequest::GoToField("user.name".to_owned()));
    let outcome = fixture.keys(&mut popup, "jj\r");
    assert_requests(&outcome, vec![Request::Close, go_to]);
}

#[test]
fn enter_on_a_value_of_the_field_shows_only_its_records() {
    let mut fixture = two_pages();
    let mut popup = fields(&mut fixture);
    let filter = |path: &str, condition: &str| {
        let request = ReplyRequest::FilterByField {
            path: path.to_owned(),
            condition: condition.to_owned(),
        };
        vec![Request::Close, Request::Reply(request)]
    };
    // The second of two values, which occur equally often.
    let outcome = fixture.keys(&mut popup, "lj\r");
    assert_requests(&outcome, filter("id", ". == 2"));
    // Marks are for fields; another field begins with its most frequent value.
    fixture.keys(&mut popup, " ");
    assert!(popup.marks.is_empty());
    let outcome = fixture.keys(&mut popup, "hjjl\r");
    assert_requests(&outcome, filter("user.name", r#". == "a""#));
    assert_eq!(popup.value.at, 0);
    // A container has no values to choose from.
    let outcome = fixture.keys(&mut popup, "hkl");
    assert_eq!(said(&outcome), "This field has no values to choose from");
    assert_eq!(popup.side, Side::Fields);
}

#[test]
fn marks_become_select_fields_without_the_items_of_arrays() {
    let mut fixture = two_pages();
    let mut popup = fields(&mut fixture);
    let outcome = fixture.keys(&mut popup, "s");
    assert_requests(&outcome, vec![]);
    assert!(said(&outcome).starts_with("Nothing is marked"));
    // Space marks and goes on to the next field; the mark of the first one is taken away again.
    let outcome = fixture.keys(&mut popup, " g j  j s");
    let names = ["user.name", "tags"].map(str::to_owned).to_vec();
    let select = Request::Form(FormRequest::SelectFields(names));
    assert_requests(&outcome, vec![Request::Close, select]);
    let marks: Vec<&str> = popup.marks.iter().map(String::as_str).collect();
    assert_eq!(marks, ["tags", "tags[].id", "user.name"]);
}

#[test]
fn without_a_form_the_marks_stay_and_with_a_file_there_is_no_request() {
    let mut fixture = two_pages();
    let mut popup = fields(&mut fixture);
    let select = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Request::Form(FormRequest::SelectFields(names))
    };
    let outcome = fixture.keys(&mut popup, " s");
    assert_requests(&outcome, vec![Request::Close, select(&["id"])]);
    fixture.session.chosen = None;
    let outcome = fixture.keys(&mut popup, "s");
    assert_requests(&outcome, vec![select(&["id"])]);
    fixture.session.setup.file = Some(OpenFile::default());
    let outcome = fixture.keys(&mut popup, "s");
    assert_requests(&outcome, vec![]);
    assert!(said(&outcome).starts_with("This is a file"));
}

#[test]
fn fields_are_compared_with_those_that_are_declared() {
    let mut fixture = two_pages();
    let mut popup = fields(&mut fixture);
    popup.declared = vec!["id".to_owned(), "tags".to_owned(), "gone".to_owned()];
    assert_eq!(popup.missing(), ["gone"]);
    assert_eq!(popup.is_declared("tags[].id"), Some(true));
    assert_eq!(popup.is_declared("user.name"), Some(false));
    popup.declared.clear();
    assert_eq!(popup.is_declared("id"), None);
}

#[test]
fn the_key_that_opens_it_closes_it() {
    let mut fixture = two_pages();
    let mut popup = fields(&mut fixture);
    for key in ["F", "q"] {
        assert_requests(&fixture.keys(&mut popup, key), vec![Request::Close]);
    }
}

fn paths(fixture: &mut Fixture) -> Paths {
    let opened = fixture.with(Paths::open);
    opened.0.unwrap()
}

#[test]
fn the_paths_of_the_page_that_is_shown_are_counted() {
    let mut fixture = two_pages();
    fixture.reply.current = 1;
    let (popup, outcome) = fixture.with(Paths::open);
    let task = task_of(&mut popup.unwrap()).unwrap();
    let pages = vec![fixture.reply.pages[1].source()];
    let count = DocumentEffect::CountFields { task, pages };
    assert_effects(&outcome, vec![Effect::Document(count)]);
    fixture.reply.pages.clear();
    let (none, _) = fixture.with(Paths::open);
    assert!(none.is_none());
}

#[test]
fn paths_arrive_while_one_types() {
    let mut fixture = two_pages();
    let mut popup = paths(&mut fixture);
    let task = task_of(&mut popup).unwrap();
    fixture.keys(&mut popup, "name");
    popup.document_msg(&counted(TaskId(task.0 + 1)));
    assert!(popup.picker.items.is_empty());
    popup.document_msg(&counted(task));
    assert_eq!(popup.picker.items.len(), 6);
    assert_eq!(popup.picker.input.text(), "name");
    let go_to = Request::Reply(ReplyRequest::GoToField("user.name".to_owned()));
    let outcome = fixture.keys(&mut popup, "\r");
    assert_requests(&outcome, vec![Request::Close, go_to]);
    assert_eq!(task_of(&mut popup), None);
}

#[test]
fn any_path_can_be_typed_also_before_they_are_counted() {
    let mut fixture = two_pages();
    let mut popup = paths(&mut fixture);
    popup.paste(".result[3].id");
    let go_to = Request::Reply(ReplyRequest::GoToPath(".result[3].id".to_owned()));
    let outcome = fixture.keys(&mut popup, "\r");
    assert_requests(&outcome, vec![Request::Close, go_to]);
}

#[test]
fn an_item_shows_the_first_value_of_the_field() {
    let mut fixture = two_pages();
    let mut popup = paths(&mut fixture);
    let task = task_of(&mut popup).unwrap();
    popup.document_msg(&counted(task));
    let items = popup.picker.items.iter();
    let shown: Vec<(&str, &str)> = items
        .map(|item| (item.label.as_str(), item.about.as_str()))
        .take(1)
        .collect();
    assert_eq!(shown, [("id", "1")]);
}
