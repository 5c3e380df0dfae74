//! The bundled facts hold together.

use super::{DEFINITIONS, by_id, by_name, unite};
use crate::domain::operation::{Operation, Parameter, ParameterKind, Source, Whole};

#[test]
fn the_catalog_is_whole() {
    let all: Vec<Operation> = DEFINITIONS
        .iter()
        .flat_map(|definition| definition.operations())
        .collect();
    let live = all
        .iter()
        .filter(|operation| operation.action != "context_store_search")
        .count();
    assert_eq!((all.len(), live), (1789, 1299));
    // Where fields can be searched by meaning the search takes `semantic`, too.
    let by_meaning = |operation: &&Operation| {
        operation.action == "context_store_search" && !operation.semantic.is_empty()
    };
    let has_semantic = |operation: &&Operation| {
        operation
            .parameters
            .iter()
            .any(|parameter| parameter.name == "semantic")
    };
    let searched = all.iter().filter(by_meaning).count();
    assert!(
        searched > 0
            && all
                .iter()
                .filter(by_meaning)
                .all(|operation| has_semantic(&operation))
    );
    assert_eq!(
        all.iter()
            .map(|operation| operation.parameters.len())
            .sum::<usize>(),
        6048 + searched
    );
    for definition in DEFINITIONS {
        assert!(
            definition.text().contains(definition.definition_id),
            "{} is filed under another id",
            definition.slug
        );
        assert!(by_id(definition.definition_id).is_some_and(|found| found.slug == definition.slug));
    }
    assert_eq!(
        by_name("GITHUB").map(|definition| definition.slug),
        Some("github")
    );
}

#[test]
fn lists_without_declared_paging_are_of_four_kinds() {
    let all: Vec<Operation> = DEFINITIONS
        .iter()
        .flat_map(|definition| definition.operations())
        .collect();
    let wholes: Vec<&Whole> = all
        .iter()
        .filter_map(|operation| operation.paging.as_ref()?.whole.as_ref())
        .collect();
    let count = |is: fn(&Whole) -> bool| wholes.iter().filter(|whole| is(whole)).count();
    assert_eq!(count(|whole| *whole == Whole::All), 59);
    assert_eq!(count(|whole| matches!(whole, Whole::Window { .. })), 30);
    assert_eq!(count(|whole| *whole == Whole::Undeclared), 7);
    assert_eq!(count(|whole| *whole == Whole::CallerCounts), 7);
    let devices = by_name("google-analytics-data-api")
        .unwrap()
        .operations()
        .into_iter()
        .find(|one| one.entity == "devices")
        .unwrap();
    assert_eq!(
        devices.paging.unwrap().whole,
        Some(Whole::Window {
            bounded_by: vec!["dateRanges".into(), "limit".into()]
        })
    );
    let semantic = all
        .iter()
        .filter(|operation| operation.action == "context_store_search")
        .map(|operation| operation.semantic.len());
    assert_eq!(semantic.sum::<usize>(), 58);
}

#[test]
fn a_hundred_thousand_operations_are_united_in_a_pass() {
    let operation = |entity: usize, action: &str| Operation {
        entity: format!("e{entity}"),
        action: action.into(),
        description: None,
        parameters: Vec::new(),
        source: Source::Service,
        paging: None,
        fields: Vec::new(),
        semantic: Vec::new(),
        returns_object: false,
    };
    // Each entity comes twice, far apart: looked for one by one this would be billions of comparisons.
    let described: Vec<Operation> = ["list", "get"]
        .into_iter()
        .flat_map(|action| (0..100_000).map(move |at| operation(at, action)))
        .collect();
    let united = unite(by_name("github").unwrap().operations(), described);
    let own = &united[united.len() - 200_000..];
    assert!(own.chunks(2).all(|pair| pair[0].entity == pair[1].entity
        && pair[0].action == "list"
        && pair[1].action == "get"));
}

#[test]
fn describe_adds_and_never_takes_away() {
    let github = by_name("github").unwrap().operations();
    let mut described = Operation {
        entity: "issues".into(),
        action: "list".into(),
        description: Some("Issues of a repository".into()),
        parameters: vec![Parameter::new(
            "per_page",
            ParameterKind::Integer,
            Source::Service,
        )],
        source: Source::Service,
        paging: None,
        fields: Vec::new(),
        semantic: Vec::new(),
        returns_object: false,
    };
    described.parameters.push(Parameter::new(
        "brand_new",
        ParameterKind::String,
        Source::Service,
    ));
    let mut unknown = described.clone();
    unknown.action = "archive".into();
    let united = unite(github.clone(), vec![described, unknown]);
    assert_eq!(united.len(), github.len() + 1);
    let list = united
        .iter()
        .find(|operation| operation.entity == "issues" && operation.action == "list")
        .unwrap();
    assert_eq!(list.source, Source::Both);
    assert!(list.paging.is_some() && list.description.is_some());
    let names: Vec<_> = list
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "owner",
            "repo",
            "states",
            "per_page",
            "after",
            "fields",
            "brand_new"
        ]
    );
    let at = united
        .iter()
        .position(|operation| operation.action == "archive")
        .unwrap();
    assert_eq!(united[at - 1].entity, "issues");
}
