//! The six kinds of connector that download, each with replies as its provider spells them.

use std::path::Path;

use super::{Attachment, Finder, leads};
use crate::catalog::by_name;
use crate::domain::call::{Call, Params};
use crate::envelope::Envelope;
use crate::json::document::Document;
use std::sync::Arc;

/// Finds the files of a reply to `entity list` of a kind of connector.
fn find(slug: &str, entity: &str, params: &str, result: &str) -> Vec<Attachment> {
    let definition = by_name(slug).unwrap();
    let mut call = Call::new("c-1", entity, "list");
    call.params = Params::parse(params).unwrap();
    let finder = Finder::new(&definition.operations(), &definition.relations(), &call);
    let body = format!(r#"{{"status":"success","result":{result},"connector_metadata":null}}"#);
    let envelope = Envelope::read(Arc::new(Document::parse(body.into())));
    envelope
        .records()
        .into_iter()
        .flat_map(|record| finder.find(&envelope.document, record))
        .collect()
}

/// Writes how the first way of each would be asked for, or what opens in its place.
fn told(found: &[Attachment]) -> Vec<String> {
    let one = |attachment: &Attachment| match (
        attachment.option(),
        attachment.options.first(),
        &attachment.url,
    ) {
        (Some(option), ..) => {
            let body = option.call("c-1").body();
            let params = body
                .split_once("\"params\":")
                .unwrap()
                .1
                .split_once(",\"skip")
                .unwrap()
                .0
                .to_owned();
            format!("{} {params}", option.entity)
        }
        (None, Some(option), _) => {
            format!("{} without {}", option.entity, option.missing.join(", "))
        }
        (None, None, Some(url)) => url.clone(),
        (None, None, None) => "nothing".to_owned(),
    };
    found.iter().map(one).collect()
}

fn check(slug: &str, entity: &str, params: &str, result: &str, expected: &[&str]) {
    assert_eq!(
        told(&find(slug, entity, params, result)),
        expected,
        "{slug} {entity} {result}"
    );
}

#[test]
fn zendesk_attachments_of_comments_and_articles() {
    let comments = r#"[{"id":1,"ticket_id":7,"body":"x","attachments":[
        {"id":498483,"file_name":"crash.log","content_url":"https://z.example/a","content_type":"text/plain","size":2532,"thumbnails":[{"id":9,"file_name":"t.png","content_type":"image/png"}]},
        {"id":"498484","file_name":"b.png"}]},{"id":2,"attachments":[]}]"#;
    check(
        "zendesk-support",
        "ticket_comments",
        r#"{"ticket_id":7}"#,
        comments,
        &[
            r#"attachments {"attachment_id":498483}"#,
            r#"attachments {"attachment_id":498484}"#,
        ],
    );
    let found = find("zendesk-support", "ticket_comments", "{}", comments);
    let known = &found[0].known;
    assert_eq!(
        (
            known.name.as_deref(),
            known.content_type.as_deref(),
            known.size
        ),
        (Some("crash.log"), Some("text/plain"), Some(2532))
    );
    assert_eq!(
        (known.record.as_deref(), known.path.as_deref()),
        (Some("1"), Some(".result[0].attachments[0]"))
    );
    check(
        "zendesk-support",
        "article_attachments",
        r#"{"article_id":35}"#,
        r#"[{"id":8,"file_name":"a.pdf","content_type":"application/pdf","size":1}]"#,
        &[r#"article_attachments {"article_id":35,"attachment_id":8}"#],
    );
    // Where the article is not known the form must ask for it.
    check(
        "zendesk-support",
        "article_attachments",
        "{}",
        r#"[{"id":8,"file_name":"a.pdf"}]"#,
        &["article_attachments without article_id"],
    );
}

#[test]
fn drive_files_and_documents() {
    let files = r#"[{"id":"f1","name":"Flight manual.pdf","mimeType":"application/pdf","size":"784"},
        {"id":"f2","name":"Checklist","mimeType":"application/vnd.google-apps.document"},
        {"id":"f3","name":"Plans","mimeType":"application/vnd.google-apps.folder"},
        {"id":"f4","name":"Budget","mimeType":"application/vnd.google-apps.spreadsheet"}]"#;
    check(
        "google-drive",
        "files",
        "{}",
        files,
        &[
            r#"files {"fileId":"f1"}"#,
            r#"files_export {"fileId":"f2","mimeType":"application/pdf"}"#,
            r#"files_export {"fileId":"f4","mimeType":"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}"#,
        ],
    );
    let found = find("google-drive", "files", "{}", files);
    assert_eq!(found[0].known.size, Some(784));
    let word = found[1]
        .options
        .iter()
        .find(|option| option.label == "Word")
        .unwrap();
    let wanted = found[1].wanted(word, "c-1", Path::new("out"));
    assert_eq!(
        (wanted.known.name.as_deref(), wanted.known.size),
        (Some("Checklist.docx"), None)
    );
}

#[test]
fn gong_calls_have_sound_and_picture() {
    let calls = r#"[{"id":"7782342274025937895","title":"Kickoff","media":"Video","url":"https://g.example/call"},{"id":"5","media":"Audio"}]"#;
    let params = |id: &str| {
        format!(
            r#"{{"filter":{{"callIds":["{id}"]}},"contentSelector":{{"exposedFields":{{"media":true}}}}}}"#
        )
    };
    check(
        "gong",
        "calls",
        "{}",
        calls,
        &[
            &format!("call_video {}", params("7782342274025937895")),
            &format!("call_audio {}", params("5")),
        ],
    );
    assert_eq!(find("gong", "calls", "{}", calls)[0].options.len(), 2);
    check(
        "gong",
        "calls_extensive",
        "{}",
        r#"[{"metaData":{"id":"77","title":"x"}}]"#,
        &[&format!("call_audio {}", params("77"))],
    );
    check(
        "gong",
        "users",
        "{}",
        r#"[{"id":"5","emailAddress":"a@b.example"}]"#,
        &[],
    );
}

#[test]
fn asana_salesforce_and_greenhouse() {
    check(
        "asana",
        "attachments",
        "{}",
        r#"[{"gid":"12","name":"Plan.png","resource_type":"attachment"}]"#,
        &[r#"attachments {"attachment_gid":"12"}"#],
    );
    check(
        "asana",
        "tasks",
        "{}",
        r#"[{"gid":"1","name":"t","attachments":[{"gid":"13","name":"x.pdf"}]}]"#,
        &[r#"attachments {"attachment_gid":"13"}"#],
    );
    // What lies elsewhere can only be opened there.
    check(
        "asana",
        "attachments",
        "{}",
        r#"[{"gid":"14","name":"Doc","host":"gdrive","view_url":"https://docs.example/d"}]"#,
        &["https://docs.example/d"],
    );
    check(
        "salesforce",
        "attachments",
        "{}",
        r#"[{"Id":"00P1","Name":"a.pdf","BodyLength":3}]"#,
        &[r#"attachments {"id":"00P1"}"#],
    );
    let versions = r#"[{"Id":"0681","Title":"Plan","FileExtension":"pdf","ContentSize":5}]"#;
    check(
        "salesforce",
        "content_versions",
        "{}",
        versions,
        &[r#"content_versions {"id":"0681"}"#],
    );
    assert_eq!(
        find("salesforce", "content_versions", "{}", versions)[0]
            .known
            .name
            .as_deref(),
        Some("Plan.pdf")
    );
    let accounts = r#"[{"Id":"001","Name":"Acme","LatestPublishedVersionId":"0682","Attachments":{"totalSize":1,"records":[{"Id":"00P2","Name":"b.txt","ContentType":"text/plain"}]}}]"#;
    check(
        "salesforce",
        "accounts",
        "{}",
        accounts,
        &[
            r#"content_versions {"id":"0682"}"#,
            r#"attachments {"id":"00P2"}"#,
        ],
    );
    check(
        "greenhouse",
        "attachments",
        "{}",
        r#"[{"id":44,"filename":"cv.pdf","url":"https://g.example/cv"}]"#,
        &[r#"attachments {"ids":[44]}"#],
    );
}

#[test]
fn files_that_the_connector_cannot_fetch_are_opened() {
    let slack = r#"[{"ts":"1","files":[{"id":"F1","name":"a.png","mimetype":"image/png","url_private_download":"https://s.example/a.png"}]}]"#;
    check(
        "slack",
        "channel_messages",
        "{}",
        slack,
        &["https://s.example/a.png"],
    );
    check(
        "github",
        "issues",
        "{}",
        r#"[{"id":"I_1","title":"Crash","url":"https://github.example/1","author":{"login":"ada"}}]"#,
        &[],
    );
    // Only what a browser opens is offered.
    check(
        "slack",
        "channel_messages",
        "{}",
        r#"[{"files":[{"id":"F1","name":"a","mimetype":"a/b","url_private_download":"file:///etc/passwd"}]}]"#,
        &["nothing"],
    );
}

#[test]
fn a_record_leads_to_what_belongs_to_it() {
    let definition = by_name("zendesk-support").unwrap();
    let call = Call::new("c-1", "tickets", "list");
    let document = Document::parse(r#"{"id":1001,"subject":"x","organization_id":5}"#.into());
    let leads = leads(
        &definition.operations(),
        &definition.relations(),
        &call,
        &document,
        document.root().unwrap(),
    );
    let told: Vec<String> = leads
        .iter()
        .map(|lead| format!("{} {}", lead.entity, lead.action))
        .collect();
    assert_eq!(told[..2], ["ticket_comments list", "ticket_audits list"]);
    assert_eq!(leads[0].params.get("ticket_id").unwrap().as_str(), "1001");
    assert!(told.contains(&"tickets get".to_owned()), "{told:?}");
}

#[test]
fn a_record_leads_to_what_its_fields_name() {
    let definition = by_name("zendesk-support").unwrap();
    let call = Call::new("c-1", "tickets", "list");
    let text = r#"{"id":1,"requester_id":7,"assignee_id":null,"organization_id":5,"submitter_id":8,"external_id":9}"#;
    let document = Document::parse(text.into());
    let leads = leads(
        &definition.operations(),
        &definition.relations(),
        &call,
        &document,
        document.root().unwrap(),
    );
    let told: Vec<String> = leads
        .iter()
        .filter(|lead| lead.action == "get")
        .map(|lead| {
            format!(
                "{} {} {:?}",
                lead.entity,
                lead.params.to_json(),
                lead.taken[0].1
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"users {"user_id":7} "requester_id""#,
            r#"users {"user_id":8} "submitter_id""#,
            r#"organizations {"organization_id":5} "organization_id""#,
            r#"tickets {"ticket_id":1} "id""#,
        ]
    );
}

#[test]
fn a_file_is_fetched_with_what_its_record_was_asked_with() {
    let definition = by_name("zendesk-support").unwrap();
    let call = Call::new("c-1", "article_attachments", "list");
    let finder = Finder::new(&definition.operations(), &definition.relations(), &call);
    let text = r#"{"_parent":{"article_id":7},"id":9,"file_name":"a.pdf","size":3}"#;
    let document = Document::parse(text.into());
    let found = finder.find(&document, document.root().unwrap());
    let options: Vec<String> = found[0]
        .options
        .iter()
        .map(|option| format!("{} {}", option.entity, option.params.to_json()))
        .collect();
    assert_eq!(
        options,
        [r#"article_attachments {"article_id":7,"attachment_id":9}"#]
    );
}

#[test]
fn a_file_has_the_values_that_its_record_was_asked_with() {
    let definition = by_name("zendesk-support").unwrap();
    let call = Call::new("c-1", "ticket_comments", "list");
    let finder = Finder::new(&definition.operations(), &definition.relations(), &call);
    let check = |before: &str, after: &str, expected: Option<&str>| {
        let text = format!(
            r#"{{{before}"id":5,"attachments":[{{"id":9,"file_name":"a.pdf","size":3}}]{after}}}"#
        );
        let document = Document::parse(text.clone().into());
        let found = finder.find(&document, document.root().unwrap());
        let parent = found[0].known.parent.as_ref().map(Params::to_json);
        assert_eq!(parent.as_deref(), expected, "{text}");
        let option = found[0].option().unwrap();
        let wanted = found[0].wanted(option, "c-1", "out".as_ref());
        assert_eq!(wanted.known.parent, found[0].known.parent);
    };
    let ours = Some(r#"{"ticket_id":7}"#);
    check(r#""_parent":{"ticket_id":7},"#, "", ours);
    check("", r#","_parent":{"ticket_id":7}"#, ours);
    // The record has one of its own.
    check(
        r#""_parent_":{"ticket_id":7},"#,
        r#","_parent":{"a":1}"#,
        ours,
    );
    check("", "", None);
    check(r#""_parent":{},"#, "", None);
    check(r#""_parent":7,"#, "", None);
    check(r#""_parent":{"a":{"b":1}},"#, "", None);
    check(r#""_parent":{"a":[1]},"#, "", None);
}
