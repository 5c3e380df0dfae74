//! The paths of the API and their handlers, but for execute.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::data::{self, Configured, text};
use super::definitions::{self, items};
use super::errors::{Refusal, answer, detail, refuse};
use super::{RecordedRequest, RequestKind, Token, World, describe, execute};

type Answer = Result<Response, Refusal>;
type QueryParameters = Query<HashMap<String, String>>;

/// The lifetime of a token.
const TOKEN_SECONDS: u64 = 900;

/// Makes the router of all paths.
pub(super) fn router(world: Arc<World>) -> Router {
    let open = Router::new().route("/api/v1/account/applications/token", post(token));
    let guarded = Router::new()
        .route(
            "/api/v1/account/applications/scoped-token",
            post(scoped_token),
        )
        .route("/api/v1/internal/account/organizations", get(organizations))
        .route(
            "/api/v1/organizations/{organization}/credentials",
            get(credentials),
        )
        .route("/api/v1/workspaces", get(workspaces))
        .route("/api/v1/workspaces/stats", get(workspace_stats))
        .route("/api/v1/workspaces/{id}", get(workspace))
        .route("/api/v1/integrations/connectors", get(connectors))
        .route("/api/v1/integrations/connectors/{id}", get(connector))
        .route("/api/v1/integrations/connectors/{id}/inspect", get(inspect))
        .route(
            "/api/v1/integrations/connectors/{id}/execute",
            post(execute_call),
        )
        .route(
            "/api/v1/integrations/definitions/sources",
            get(definition_list),
        )
        .route(
            "/api/v1/integrations/definitions/sources/{id}",
            get(definition),
        )
        .route("/api/v1/integrations/templates/sources", get(templates))
        .route(
            "/api/v1/integrations/templates/sources/global",
            get(templates),
        )
        .route("/api/v1/skills", get(skills))
        .route("/api/v1/skills/search", get(skills))
        .route("/api/v1/skills/docs", get(skill_docs))
        .layer(middleware::from_fn_with_state(Arc::clone(&world), guard));
    open.merge(guarded)
        .fallback(|| async { detail(404, "Not Found") })
        .layer(middleware::from_fn_with_state(Arc::clone(&world), record))
        .with_state(world)
}

/// Records the request, and waits at its gate and for the latency of every answer.
async fn record(Shared(world): Shared<Arc<World>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let recorded = RecordedRequest {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    };
    let gate = world.gates.of(RequestKind::of(&recorded));
    world.state().requests.push(recorded);
    gate.pass().await;
    if !world.options.latency.is_zero() {
        tokio::time::sleep(world.options.latency).await;
    }
    next.run(Request::from_parts(parts, Body::from(bytes)))
        .await
}

/// Lets requests with a valid token pass.
async fn guard(Shared(world): Shared<Arc<World>>, request: Request, next: Next) -> Response {
    match authorize(&world, request.headers(), request.uri().path()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn authorize(world: &World, headers: &HeaderMap, path: &str) -> Result<(), Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let rules = world.account_rules();
    {
        let mut state = world.state();
        let valid = state
            .tokens
            .get_mut(token)
            .filter(|token| token.expires > Instant::now());
        let Some(valid) = valid else {
            return Err(refuse(401, "unauthorized", "Invalid or expired token"));
        };
        valid.uses += 1;
        if rules.token_uses.is_some_and(|most| valid.uses > most) {
            return Err(refuse(401, "unauthorized", "Invalid or expired token"));
        }
    }
    if rules.forbids_all {
        return Err(refuse(
            403,
            "forbidden",
            "This organization has no Airbyte Agents subscription",
        ));
    }
    let organization = header("x-organization-id");
    if let Some(organization) = organization
        && !is_uuid(organization)
    {
        return Err(refuse(
            422,
            "uuid_parsing",
            "X-Organization-Id should be a UUID",
        ));
    }
    if rules.requires_organization
        && organization.is_none()
        && !path.starts_with("/api/v1/internal/")
    {
        return Err(refuse(
            400,
            "bad_request",
            "User belongs to several organizations: specify target organization",
        ));
    }
    Ok(())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn json_body(bytes: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        answer(422, json!({"detail": [{"loc": ["body", error.column()], "msg": "JSON decode error", "type": "json_invalid"}]}))
    })
}

async fn token(
    Shared(world): Shared<Arc<World>>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Answer {
    let body = json_body(&body)?;
    for field in ["client_id", "client_secret"] {
        if !body[field].is_string() {
            return Err(answer(
                422,
                json!({"detail": [{"loc": ["body", field], "msg": "Field required", "type": "missing"}]}),
            ));
        }
    }
    if body["client_id"] != data::CLIENT_ID || body["client_secret"] != data::CLIENT_SECRET {
        return Err(refuse(401, "unauthorized", "Invalid client credentials"));
    }
    let token = mint(&world);
    let organization = headers
        .get("x-organization-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or(data::ORGANIZATION_ID);
    Ok(axum::Json(json!({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "organization_id": organization}))
        .into_response())
}

fn mint(world: &World) -> String {
    let mut state = world.state();
    state.minted += 1;
    let token = format!(
        "sbx.{:08x}.{:016x}",
        state.minted,
        state.minted.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    );
    state.tokens.insert(
        token.clone(),
        Token {
            uses: 0,
            expires: Instant::now() + Duration::from_secs(TOKEN_SECONDS),
        },
    );
    token
}

async fn scoped_token(Shared(world): Shared<Arc<World>>, body: axum::body::Bytes) -> Answer {
    let body = json_body(&body)?;
    if !body["workspace_name"].is_string() && !body["customer_name"].is_string() {
        return Err(answer(
            422,
            json!({"detail": [{"loc": ["body", "workspace_name"], "msg": "Field required", "type": "missing"}]}),
        ));
    }
    Ok(axum::Json(json!({"token": mint(&world)})).into_response())
}

async fn organizations(Shared(world): Shared<Arc<World>>) -> Answer {
    let all = data::organizations();
    if world.account_rules().organizations_as_data {
        let list: Vec<_> = all
            .iter()
            .map(|(id, name, _)| json!({"id": id, "name": name}))
            .collect();
        return Ok(axum::Json(json!({"data": list})).into_response());
    }
    let list: Vec<_> = all
        .iter()
        .map(|(id, name, first)| json!({"id": id, "organization_name": name, "first_workspace_id": first, "role": "admin"}))
        .collect();
    Ok(axum::Json(json!({"organizations": list, "is_instance_admin": false})).into_response())
}

async fn credentials(
    Shared(world): Shared<Arc<World>>,
    Path(_): Path<String>,
    Query(query): QueryParameters,
) -> Answer {
    if world.account_rules().hides_readiness {
        return Err(refuse(500, "internal", "Internal server error"));
    }
    let number = |name: &str, default: usize| {
        query
            .get(name)
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(default)
    };
    let (limit, offset) = (number("limit", 50), number("offset", 0));
    let all = data::connectors(&world);
    let total = all.len();
    let list: Vec<_> = all
        .iter()
        .skip(offset)
        .take(limit)
        .map(|connector| {
            let workspace = &data::workspaces()[connector.workspace];
            json!({
                "id": connector.id, "workspace_id": workspace["id"], "workspace_name": workspace["name"], "workspace_tombstone": false,
                "connector_definition_id": connector.definition_id, "connector_name": connector.template, "connector_mode": "MULTI",
                "context_store_badge_status": connector.store, "context_store_status": connector.store, "context_store_entity_count": 12,
                "entities": null, "created_at": "2026-04-20T21:57:20Z", "last_accessed_at": null, "direct_queries_30d": 41, "replications_30d": null,
            })
        })
        .collect();
    Ok(axum::Json(json!({"data": list, "total": total})).into_response())
}

async fn workspaces(Shared(world): Shared<Arc<World>>, Query(query): QueryParameters) -> Answer {
    let limit: usize = query
        .get("limit")
        .map_or(Ok(20), |limit| limit.parse())
        .map_err(|_| refuse(422, "int_parsing", "limit should be an integer"))?;
    if !(1..=100).contains(&limit) {
        return Err(refuse(
            422,
            "less_than_equal",
            "limit should be between 1 and 100",
        ));
    }
    let name = query
        .get("name_contains")
        .map(|name| name.to_lowercase())
        .unwrap_or_default();
    let status = query.get("status");
    let all: Vec<Value> = data::workspaces()
        .into_iter()
        .filter(|workspace| text(&workspace["name"]).to_lowercase().contains(&name))
        .filter(|workspace| status.is_none_or(|status| workspace["status"] == status.as_str()))
        .collect();
    let start = match query.get("cursor") {
        Some(cursor) => super::paging::offset_of(cursor)?,
        None => 0,
    };
    let end = (start + limit).min(all.len());
    let host = world.account_rules().next_host.unwrap_or_default();
    let next = (end < all.len()).then(|| {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.append_pair("limit", &limit.to_string())
            .append_pair("cursor", &super::paging::token(end));
        format!("{host}/api/v1/workspaces?{}", next.finish())
    });
    Ok(
        axum::Json(json!({"next": next, "data": all.get(start..end).unwrap_or_default()}))
            .into_response(),
    )
}

async fn workspace_stats() -> Answer {
    let all = data::workspaces();
    let active = all
        .iter()
        .filter(|workspace| workspace["status"] == "active")
        .count();
    Ok(axum::Json(json!({"active_count": active, "inactive_count": all.len() - active, "total_count": all.len()})).into_response())
}

async fn workspace(Path(id): Path<String>) -> Answer {
    let found = data::workspaces()
        .into_iter()
        .find(|workspace| workspace["id"] == id.as_str());
    found
        .map(|workspace| axum::Json(workspace).into_response())
        .ok_or_else(|| refuse(404, "not_found", "Workspace not found"))
}

async fn connectors(Shared(world): Shared<Arc<World>>, Query(query): QueryParameters) -> Answer {
    let named = ["workspace_name", "customer_name", "external_user_id"]
        .iter()
        .find_map(|key| query.get(*key));
    let workspaces = data::workspaces();
    let workspace = match (named, query.get("workspace_id")) {
        (Some(name), _) => workspaces
            .iter()
            .position(|workspace| text(&workspace["name"]).eq_ignore_ascii_case(name)),
        (None, Some(id)) => workspaces
            .iter()
            .position(|workspace| workspace["id"] == id.as_str()),
        (None, None) => {
            return Err(refuse(
                400,
                "bad_request",
                "One of workspace_name, workspace_id is needed",
            ));
        }
    };
    let workspace = workspace.ok_or_else(|| refuse(404, "not_found", "Workspace not found"))?;
    let definition = query.get("definition_id");
    if definition.is_some_and(|id| !is_uuid(id)) {
        return Err(answer(
            422,
            json!({"detail": [{"loc": ["query", "definition_id"], "msg": "Input should be a valid UUID", "type": "uuid_parsing"}]}),
        ));
    }
    let list: Vec<_> = data::connectors(&world)
        .iter()
        .filter(|connector| {
            connector.workspace == workspace
                && definition.is_none_or(|id| connector.definition_id.eq_ignore_ascii_case(id))
        })
        .map(data::listed)
        .collect();
    Ok(axum::Json(json!({"data": list})).into_response())
}

fn find(world: &World, id: &str) -> Result<Configured, Refusal> {
    let all = data::connectors(world);
    all.into_iter()
        .find(|connector| connector.id == id)
        .ok_or_else(|| refuse(404, "not_found", "Connector not found"))
}

async fn connector(Shared(world): Shared<Arc<World>>, Path(id): Path<String>) -> Answer {
    let connector = find(&world, &id)?;
    let template = json!({
        "id": data::template_id(&connector), "name": connector.template, "icon": null, "source_definition_id": connector.definition_id,
        "user_config_spec": {}, "partial_default_config": {}, "customization": null, "tags": [], "mode": "MULTI", "is_experimental": false,
        "runtime_mode": "direct_and_context_store", "supports_context_store": true, "created_at": null, "updated_at": null,
    });
    Ok(axum::Json(json!({
        "id": connector.id, "name": connector.name, "source_template": template, "replication_config": null, "entities": null,
        "created_at": "2026-04-20T21:57:20Z", "updated_at": "2026-04-20T21:57:20Z",
    }))
    .into_response())
}

async fn inspect(Shared(world): Shared<Arc<World>>, Path(id): Path<String>) -> Answer {
    if world.account_rules().hides_readiness {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let connector = find(&world, &id)?;
    let definition = definitions::by_slug(&connector.slug).unwrap_or(&Value::Null);
    let stored: Vec<_> = items(&definition["entities"])
        .iter()
        .filter(|entity| entity.get("context_store").is_some())
        .collect();
    let supported: Vec<_> =
        stored.iter().map(|entity| json!({"entity": entity["name"], "suggested": entity["context_store"]["suggested"]})).collect();
    let (status, ready) = match connector.store {
        "ready" => ("READY", true),
        "preview" => ("PREVIEW", true),
        "building" => ("BUILDING_PREVIEW", false),
        _ => ("INITIALIZING", false),
    };
    let configured: Vec<_> = stored
        .iter()
        .map(|entity| {
            json!({"entity": entity["name"], "status": status, "ready_for_search": ready, "supported": true,
                "entity_count": if ready { json!(57) } else { Value::Null }, "updated_at": "2026-05-01T06:00:00Z", "semantic_search_status": []})
        })
        .collect();
    let workspace = &data::workspaces()[connector.workspace];
    Ok(axum::Json(json!({
        "connector_id": connector.id, "name": connector.name, "workspace_id": workspace["id"], "organization_id": data::ORGANIZATION_ID,
        "source_definition_id": connector.definition_id, "source_definition_name": connector.template,
        "source_config_template_id": data::template_id(&connector), "docs_skill_id": format!("connector-source:{}", connector.id),
        "context_store_readiness": {
            "connector_id": connector.id, "source_definition_id": connector.definition_id,
            "supported_context_store_entities": supported, "configured_cache_entities": configured,
        },
        "warnings": [],
    }))
    .into_response())
}

async fn execute_call(
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    body: axum::body::Bytes,
) -> Answer {
    let body = json_body(&body)?;
    let connector = find(&world, &id)?;
    execute::run(&world, &connector, &body).await
}

fn definition_item(definition: &Value) -> Value {
    json!({
        "sourceDefinitionId": definition["definition_id"], "destinationDefinitionId": null, "name": definition["name"], "dockerRepository": null,
        "iconUrl": null, "custom": false, "supportLevel": "certified",
    })
}

async fn definition_list(Query(query): QueryParameters) -> Answer {
    let name = query
        .get("name")
        .map(|name| name.to_lowercase())
        .unwrap_or_default();
    let list: Vec<_> = definitions::all()
        .iter()
        .filter(|definition| text(&definition["name"]).to_lowercase().contains(&name))
        .map(definition_item)
        .collect();
    Ok(axum::Json(json!({"definitions": list})).into_response())
}

async fn definition(Path(id): Path<String>) -> Answer {
    let found = definitions::all()
        .iter()
        .find(|definition| definition["definition_id"] == id.as_str());
    let found = found.ok_or_else(|| refuse(404, "not_found", "Definition not found"))?;
    let mut item = definition_item(found);
    item["spec"] =
        json!({"connectionSpecification": {}, "documentationUrl": null, "advanced_auth": null});
    Ok(axum::Json(
        json!({"id": id, "definition": item, "example_questions": {"direct": [], "search": []}}),
    )
    .into_response())
}

async fn templates(Shared(world): Shared<Arc<World>>) -> Answer {
    let list: Vec<_> = data::connectors(&world)
        .iter()
        .filter(|connector| connector.workspace == 0)
        .map(|connector| data::listed(connector)["summarized_source_template"].clone())
        .collect();
    Ok(axum::Json(json!({"data": list})).into_response())
}

async fn skills(Shared(world): Shared<Arc<World>>, Query(query): QueryParameters) -> Answer {
    let wanted = query
        .get("query")
        .map(|text| text.to_lowercase())
        .unwrap_or_default();
    let list: Vec<_> = data::connectors(&world)
        .iter()
        .filter(|connector| connector.template.to_lowercase().contains(&wanted))
        .filter_map(|connector| Some(describe::docs(connector, None)?["metadata"].clone()))
        .collect();
    Ok(axum::Json(json!({"data": list, "next_cursor": null})).into_response())
}

async fn skill_docs(Shared(world): Shared<Arc<World>>, Query(query): QueryParameters) -> Answer {
    let id = query
        .get("id")
        .and_then(|id| id.strip_prefix("connector-source:"))
        .unwrap_or_default();
    let connector = find(&world, id).map_err(|_| refuse(404, "not_found", "Skill not found"))?;
    let docs = describe::docs(&connector, query.get("section").map(String::as_str));
    docs.map(|docs| axum::Json(docs).into_response())
        .ok_or_else(|| refuse(404, "not_found", "Section not found"))
}
