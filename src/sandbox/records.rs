//! The records of the invented company: made from an entity's declared fields and the company's
//! words, the same ones each time, referring to each other by the catalog's foreign keys.

use serde_json::{Map, Value, json};

use super::data::{company, text};
use super::definitions::{self, items};
use super::files;

/// Makes the records of an entity. `scope` are the ids in whose inside they are, such as the
/// ticket of a comment; they become fields of every record. `count` is how many, if not the usual.
pub(super) fn make(
    slug: &str,
    entity: &str,
    scope: &Map<String, Value>,
    count: Option<usize>,
) -> Vec<Value> {
    let Some(definition) = definitions::by_slug(slug) else {
        return Vec::new();
    };
    let Some(declared) = definitions::entity(definition, entity) else {
        return Vec::new();
    };
    let maker = Maker {
        slug,
        entity,
        definition,
        declared,
    };
    (0..count.unwrap_or_else(|| total(declared)))
        .map(|index| maker.record(index, scope))
        .collect()
}

/// Returns the number of records of an entity: three pages of the declared size, or a dozen where
/// the list is sent whole.
fn total(declared: &Value) -> usize {
    let Some(list) = definitions::action(declared, "list") else {
        return 24;
    };
    let Some(size) = super::paging::size_parameter(list) else {
        return if list["pagination"]["next"].is_object() {
            57
        } else {
            12
        };
    };
    let size = size["default"].as_u64().unwrap_or(25).clamp(1, 1000);
    2 * size as usize + 7
}

/// Returns the name of the field that identifies a record.
pub(super) fn id_field(slug: &str) -> &'static str {
    match slug {
        "salesforce" => "Id",
        "asana" => "gid",
        _ => "id",
    }
}

struct Maker<'a> {
    slug: &'a str,
    entity: &'a str,
    definition: &'a Value,
    declared: &'a Value,
}

/// The subject of the records of an entity.
#[derive(Clone, Copy, PartialEq)]
enum Theme {
    Issue,
    Ticket,
    Person,
    Customer,
    Deal,
    Call,
    File,
    Channel,
    Message,
    Product,
    Label,
    Project,
}

impl Theme {
    fn of(entity: &str) -> Theme {
        let holds = |words: &[&str]| words.iter().any(|word| entity.contains(word));
        if holds(&[
            "user",
            "contact",
            "admin",
            "people",
            "person",
            "lead",
            "member",
            "candidate",
            "stargazer",
            "viewer",
        ]) {
            Theme::Person
        } else if holds(&[
            "comment",
            "message",
            "note",
            "part",
            "review",
            "thread",
            "transcript",
        ]) {
            Theme::Message
        } else if holds(&["file", "attachment", "content_version"]) {
            Theme::File
        } else if holds(&["issue", "pull_request", "task", "bug", "discussion"]) {
            Theme::Issue
        } else if holds(&[
            "ticket",
            "conversation",
            "case",
            "article",
            "satisfaction",
            "dispute",
        ]) {
            Theme::Ticket
        } else if holds(&["compan", "account", "organization", "customer"]) {
            Theme::Customer
        } else if holds(&[
            "deal",
            "opportunit",
            "subscription",
            "invoice",
            "charge",
            "payment",
            "refund",
            "payout",
        ]) {
            Theme::Deal
        } else if holds(&["call", "meeting", "event", "interaction"]) {
            Theme::Call
        } else if holds(&["channel", "group", "team"]) {
            Theme::Channel
        } else if holds(&["product", "price", "plan", "item"]) {
            Theme::Product
        } else if holds(&["label", "tag", "field", "status", "state", "stage"]) {
            Theme::Label
        } else {
            Theme::Project
        }
    }
}

impl Maker<'_> {
    fn record(&self, index: usize, scope: &Map<String, Value>) -> Value {
        let mut record = Map::new();
        let key = id_field(self.slug);
        let declared_id = items(&self.declared["context_store"]["fields"])
            .iter()
            .find(|field| field["name"] == key);
        let numeric = declared_id.is_some_and(|field| field["type"] == "integer")
            || declared_id.is_none() && self.slug == "zendesk-support";
        record.insert(key.to_owned(), self.id(self.entity, index, numeric));
        let fields = items(&self.declared["context_store"]["fields"]);
        if fields.is_empty() {
            for name in ["name", "description", "url", "created_at", "updated_at"] {
                record.insert(name.to_owned(), self.value(name, "string", index));
            }
        }
        for field in fields {
            let (name, kind) = (text(&field["name"]), text(&field["type"]));
            if name == key {
                continue;
            }
            put(&mut record, &name, self.value(&name, &kind, index));
        }
        // Some operations call the id of their parent `id`, which is also the name of the id of each record.
        for (name, value) in scope.iter().filter(|(name, _)| *name != key) {
            record.insert(name.clone(), value.clone());
        }
        self.add_known_fields(&mut record, index);
        Value::Object(record)
    }

    /// Adds the fields whose names alone do not determine their values.
    fn add_known_fields(&self, record: &mut Map<String, Value>, index: usize) {
        let mut set = |name: &str, value: Value| {
            record.insert(name.to_owned(), value);
        };
        match (self.slug, self.entity) {
            ("github", "issues" | "pull_requests" | "discussions") => {
                set("number", json!(142 - index as i64));
                let closed = index.is_multiple_of(3);
                set("state", json!(if closed { "CLOSED" } else { "OPEN" }));
                set(
                    "stateReason",
                    if closed {
                        json!("COMPLETED")
                    } else {
                        Value::Null
                    },
                );
                if !closed {
                    set("closedAt", Value::Null);
                }
                set("author", json!({"login": login(index)}));
                set(
                    "labels",
                    json!({"nodes": [{"name": word("labels", index)}, {"name": word("labels", index + 3)}]}),
                );
            }
            ("github", "repositories" | "viewer_repositories" | "org_repositories") => {
                let name = [
                    "rocket",
                    "hangar",
                    "tower",
                    "valley-map",
                    "relay",
                    "weather",
                    "labels",
                    "battery-log",
                ][index % 8];
                let name = if index < 8 {
                    name.to_owned()
                } else {
                    format!("{name}-{}", index / 8 + 1)
                };
                set("nameWithOwner", json!(format!("acme/{name}")));
                set(
                    "url",
                    json!(format!("https://github.rocket.example/acme/{name}")),
                );
                set("name", json!(name));
            }
            ("github", "users") => {
                set("login", json!(login(index)));
                set("active", json!(!index.is_multiple_of(4)));
            }
            ("zendesk-support", "tickets") => {
                set(
                    "status",
                    json!(["open", "pending", "solved", "new", "hold"][index % 5]),
                );
                set(
                    "priority",
                    json!(["normal", "high", "low", "urgent"][index % 4]),
                );
                set(
                    "via",
                    json!({"channel": (["email", "web", "chat"][index % 3])}),
                );
                set(
                    "tags",
                    json!([word("tags", index), word("tags", index + 5)]),
                );
                // The definition does not state where these lead.
                for (name, entity, place) in [
                    ("assignee_id", "users", index % 6),
                    ("requester_id", "users", 6 + index * 5 % 18),
                    ("submitter_id", "users", 6 + index * 5 % 18),
                    ("organization_id", "organizations", index * 5 % 18),
                    ("group_id", "groups", index % 3),
                    ("brand_id", "brands", 0),
                    ("ticket_form_id", "ticket_forms", index % 2),
                ] {
                    set(name, self.id(entity, place, true));
                }
            }
            ("zendesk-support", "ticket_comments") => {
                let ticket = record
                    .get("ticket_id")
                    .and_then(number)
                    .unwrap_or(1000 + index as u64);
                record.insert(
                    "author_id".to_owned(),
                    json!(1000 + (ticket + index as u64) % 24),
                );
                let said = word("replies", index);
                record.insert("html_body".to_owned(), json!(format!("<p>{said}</p>")));
                record.insert("plain_body".to_owned(), json!(said));
                record.insert("body".to_owned(), json!(said));
                record.insert("public".to_owned(), json!(true));
                let attached = if index == 0 && !ticket.is_multiple_of(3) {
                    1 + ticket % 2
                } else {
                    0
                };
                let mut attachments: Vec<Value> = (0..attached)
                    .map(|place| super::attached::zendesk_attachment(ticket * 10 + place))
                    .collect();
                if index == 1 && ticket % 7 == 4 {
                    // This comment has all files with unusual names.
                    attachments.extend((0..files::odd_count()).map(|odd| {
                        super::attached::zendesk_attachment(files::FIRST_ODD + odd as u64)
                    }));
                }
                record.insert("attachments".to_owned(), Value::from(attachments));
            }
            ("slack", "channels") => set("name", json!(word("channels", index))),
            _ => super::attached::add_file_fields(self.slug, self.entity, record, index),
        }
    }

    fn id(&self, entity: &str, index: usize, numeric: bool) -> Value {
        if numeric {
            return json!(1001 + index);
        }
        let seed = entity.bytes().fold(7u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        json!(match self.slug {
            "linear" | "notion" => format!(
                "{:08x}-{:04x}-4b1d-9c3e-{:012x}",
                seed as u32,
                seed as u16,
                index + 1
            ),
            "stripe" => format!(
                "{}_{:014x}",
                entity.chars().take(3).collect::<String>(),
                0x5eed_0000 + index
            ),
            "salesforce" => format!("{:03}Rk{:013}", seed % 1000, index + 1),
            "slack" => format!(
                "{}0RK{:06}",
                entity.chars().next().unwrap_or('x').to_ascii_uppercase(),
                index + 1
            ),
            "google-drive" => format!("1Rk{:08x}{:018x}", seed as u32, index + 1),
            "github" => format!("RK_{:08x}{:06}", seed as u32, index + 1),
            "gong" => format!("{}", 7_782_342_274_025_937_895_u64 - index as u64),
            _ => (10_001 + index).to_string(),
        })
    }

    /// Invents a value by the field's name and declared type.
    fn value(&self, name: &str, kind: &str, index: usize) -> Value {
        let leaf = name.rsplit('.').next().unwrap_or(name);
        let lower = leaf.to_lowercase();
        let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        match kind {
            "boolean" => {
                return json!(
                    holds(&["active", "enabled", "public", "ready"]) != index.is_multiple_of(4)
                );
            }
            "array" if holds(&["tag", "label"]) => {
                return json!([word("tags", index), word("tags", index + 3)]);
            }
            "array" => return json!([]),
            "object" => {
                return if holds(&["properties", "metadata"]) {
                    json!({})
                } else {
                    self.reference(&lower, index)
                };
            }
            _ => {}
        }
        if let Some(value) = self.foreign_key(leaf, index) {
            return value;
        }
        if holds(&[
            "_at", "date", "time", "created", "updated", "started", "modified",
        ]) || leaf.ends_with("At")
            || lower == "ts"
        {
            return if kind == "string" {
                json!(moment(index))
            } else {
                json!(1_760_000_000 + index as u64 * 86_417)
            };
        }
        if matches!(kind, "integer" | "number") {
            return if holds(&["amount", "price", "total", "value"]) {
                json!(990 + index * 137 % 20_000)
            } else {
                json!(index * 7 % 100 + 1)
            };
        }
        let person = &items(&company()["people"])[index % 24];
        let customer = &items(&company()["customers"])[index * 5 % 18];
        let theme = Theme::of(self.entity);
        json!(if holds(&["email"]) {
            if theme == Theme::Customer {
                format!("hello@{}", text(&customer[1]))
            } else {
                email(index)
            }
        } else if holds(&["firstname", "first_name"]) {
            text(&person[0])
        } else if holds(&["lastname", "last_name"]) {
            text(&person[1])
        } else if holds(&["login", "username", "alias"]) {
            login(index)
        } else if holds(&["domain"]) {
            text(&customer[1])
        } else if holds(&["url", "link", "uri", "domain", "website"]) {
            format!(
                "https://{}.rocket.example/{}/{}",
                self.slug,
                self.entity,
                index + 1
            )
        } else if holds(&["phone"]) {
            format!(
                "+41 27 555 {:02} {:02}",
                index % 90 + 10,
                index * 7 % 90 + 10
            )
        } else if holds(&["country"]) {
            text(&customer[4])
        } else if holds(&["city"]) {
            text(&customer[3])
        } else if holds(&["industry"]) {
            text(&customer[2])
        } else if holds(&["company", "department"]) {
            if holds(&["department"]) {
                text(&person[3])
            } else {
                text(&customer[0])
            }
        } else if holds(&["currency"]) {
            "eur".to_owned()
        } else if holds(&["locale", "language"]) {
            ["en-US", "de-CH", "ne-NP", "es-PE"][index % 4].to_owned()
        } else if holds(&["zone"]) {
            ["Europe/Zurich", "Asia/Kathmandu", "America/Lima"][index % 3].to_owned()
        } else if holds(&["status", "state", "stage"]) {
            ["open", "in progress", "done", "waiting"][index % 4].to_owned()
        } else if holds(&["priority"]) {
            ["normal", "high", "low", "urgent"][index % 4].to_owned()
        } else if holds(&["color"]) {
            format!("#{:06x}", index * 7919 % 0xff_ffff)
        } else if holds(&[
            "body",
            "text",
            "description",
            "content",
            "detail",
            "note",
            "message",
            "html"
        ]) {
            match theme {
                Theme::Ticket => text(&items(&company()["tickets"])[index % 15][1]),
                Theme::Message => word("messages", index),
                Theme::Issue
                | Theme::Person
                | Theme::Customer
                | Theme::Deal
                | Theme::Call
                | Theme::File
                | Theme::Channel
                | Theme::Product
                | Theme::Label
                | Theme::Project => format!(
                    "{} {}",
                    word("sentences", index),
                    word("sentences", index + 3)
                ),
            }
        } else if holds(&["name", "title", "subject", "summary", "label"]) {
            self.title(theme, index)
        } else if leaf.ends_with("id") || leaf.ends_with("Id") || leaf.ends_with("key") {
            (1001 + index * 3 % 24).to_string()
        } else if holds(&["type", "object", "kind"]) {
            self.entity.trim_end_matches('s').to_owned()
        } else {
            format!("{} {}", leaf.replace('_', " "), index + 1)
        })
    }

    fn title(&self, theme: Theme, index: usize) -> String {
        match theme {
            Theme::Issue => word("issues", index),
            Theme::Ticket => text(&items(&company()["tickets"])[index % 15][0]),
            Theme::Person => {
                let person = &items(&company()["people"])[index % 24];
                format!("{} {}", text(&person[0]), text(&person[1]))
            }
            Theme::Customer => text(&items(&company()["customers"])[index % 18][0]),
            Theme::Deal => word("deals", index),
            Theme::Call => word("calls", index),
            Theme::File => files::entry(index).0,
            Theme::Channel => word("channels", index),
            Theme::Message => word("messages", index),
            Theme::Product => word("products", index),
            Theme::Label => word("labels", index),
            Theme::Project => word("projects", index),
        }
    }

    /// Returns the id that a foreign key holds, if the catalog names the field as one.
    fn foreign_key(&self, field: &str, index: usize) -> Option<Value> {
        let relationships = items(&self.definition["relationships"]);
        let link = relationships
            .iter()
            .find(|link| link["source_entity"] == self.entity && link["foreign_key"] == field)?;
        let target = definitions::entity(self.definition, link["target_entity"].as_str()?)?;
        let key = link["target_key"].as_str().unwrap_or("id");
        let kind = items(&target["context_store"]["fields"])
            .iter()
            .find(|field| field["name"] == key)
            .map(|field| text(&field["type"]));
        Some(self.id(
            link["target_entity"].as_str()?,
            index * 3 % 12,
            kind.as_deref() == Some("integer"),
        ))
    }

    fn reference(&self, field: &str, index: usize) -> Value {
        if [
            "user",
            "author",
            "assignee",
            "owner",
            "creator",
            "admin",
            "requester",
            "actor",
            "lead",
        ]
        .iter()
        .any(|word| field.contains(word))
        {
            let person = &items(&company()["people"])[index % 24];
            return json!({"id": self.id("users", index % 24, false), "name": format!("{} {}", text(&person[0]), text(&person[1])), "email": email(index)});
        }
        json!({"id": (1001 + index % 24).to_string(), "name": word("projects", index)})
    }
}

/// Sets the value at a dotted path and makes the objects that are missing.
fn put(record: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((first, rest)) => {
            let inner = record.entry(first.to_owned()).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
        None => {
            if record.get(path).is_none_or(|there| !there.is_object()) {
                record.insert(path.to_owned(), value);
            }
        }
    }
}

/// Reads a number that may be written as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn word(list: &str, index: usize) -> String {
    let words = items(&company()[list]);
    words
        .get(index % words.len().max(1))
        .map(text)
        .unwrap_or_default()
}

fn login(index: usize) -> String {
    let person = &items(&company()["people"])[index % 24];
    format!(
        "{}{}",
        text(&person[0]).to_lowercase().replace('ø', "o"),
        if index >= 24 {
            (index / 24).to_string()
        } else {
            String::new()
        }
    )
}

fn email(index: usize) -> String {
    format!("{}@{}", login(index), text(&company()["domain"]))
}

/// Returns a time in the spring of 2026, earlier with each index.
fn moment(index: usize) -> String {
    let day = 120 - index % 120;
    let (month, day) = (1 + day / 31, 1 + day % 28);
    format!(
        "2026-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        6 + index % 14,
        index * 13 % 60,
        index * 29 % 60
    )
}
