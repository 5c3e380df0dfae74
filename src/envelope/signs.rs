//! What a reply states about its own pages: flags, tokens, links and totals, read only from the
//! places where services put them and never from inside a record. What the signs mean together is
//! decided in the module `paging`.

use super::{Envelope, Reading, Records, Shape};
use crate::json::document::{Document, Kind, NodeId};

/// Objects inside of the usual ones that contain paging facts, as [`plain_name`] writes them.
const INNER: [&str; 10] = [
    "meta",
    "metadata",
    "paging",
    "pagination",
    "pageinfo",
    "responsemetadata",
    "links",
    "page",
    "pager",
    "resultinfo",
];
/// The same, for a name that services also use otherwise: only an object there contains paging
/// facts.
const INNER_PAGES: &str = "pages";
/// The greatest depth of such objects: `meta.pagination.links`.
const DEEPEST: usize = 3;
/// Longer keys are no sign: no service is known to use one.
const LONGEST_KEY: usize = 48;

/// Flags that are true while there is more. All names here are written as [`plain_name`] writes them.
const MORE: [&str; 17] = [
    "hasmore",
    "hasnextpage",
    "hasnext",
    "morerecords",
    "hasmorerecords",
    "hasmorepages",
    "hasmoreresults",
    "hasmoreitems",
    "moreresults",
    "moreitems",
    "moreavailable",
    "istruncated",
    "moreitemsincollection",
    "moreresult",
    "moreresultsavailable",
    "exceededtransferlimit",
    "remainingitemcount",
];
/// Flags that are true at the end.
const END: [&str; 7] = [
    "islast",
    "islastpage",
    "isdone",
    "isend",
    "nomore",
    "endoflist",
    "endofresults",
];
/// Flags of either meaning with names that are used for links, numbers and words, too. Only a
/// boolean is a flag there; any other value under the names above is a sign that is not understood.
const MORE_OR_ELSE: [&str; 2] = ["truncated", "more"];
const END_OR_ELSE: [&str; 4] = ["lastpage", "last", "done", "finished"];
/// Keys that contain only a token for the next page.
const TOKENS: [&str; 27] = [
    "endcursor",
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "nextoffset",
    "nextpagecursor",
    "nextcursortoken",
    "nextcontinuationtoken",
    "continuationtoken",
    "continuation",
    "nextmarker",
    "bookmark",
    "nextbookmark",
    "scrollid",
    "nextkey",
    "nextid",
    "nextpageid",
    "lastevaluatedkey",
    "nextpagekey",
    "aftercursor",
    "paginationtoken",
    "nextbatch",
    "searchafter",
    "nextindex",
    "continue",
    "scrolltoken",
    "nextstart",
];
/// Keys that contain a token for the next page, or an echo of what was sent.
const MAYBE_TOKENS: [&str; 6] = [
    "cursor",
    "after",
    "offset",
    "marker",
    "pagetoken",
    "startingafter",
];
/// Keys that contain the URL, the number or the token of the next page.
const LINKS: [&str; 11] = [
    "next",
    "nextpage",
    "nextlink",
    "nexturl",
    "nextpageurl",
    "nextpageuri",
    "nexturi",
    "nextrecordsurl",
    "odatanextlink",
    "nexthref",
    "nextpagelink",
];
/// Keys that state the number of all records.
const TOTALS: [&str; 24] = [
    "totalfound",
    "nbhits",
    "totalsetsize",
    "objectcount",
    "resultstotal",
    "itemstotal",
    "recordtotal",
    "totalrecordcount",
    "total",
    "totalcount",
    "totalitems",
    "totalrecords",
    "totalsize",
    "totalresults",
    "totalelements",
    "totalrows",
    "rowcount",
    "totalentries",
    "totalhits",
    "totalnumber",
    "numfound",
    "recordstotal",
    "odatacount",
    "totaldocs",
];
/// Keys that state the number of all pages.
const PAGE_TOTALS: [&str; 10] = [
    "nbpages",
    "numberofpages",
    "maxpage",
    "totalpages",
    "totalpage",
    "pagecount",
    "pagestotal",
    "numpages",
    "lastpage",
    "pages",
];
/// Keys that state the number of this page.
const PAGE_NUMBERS: [&str; 5] = [
    "page",
    "currentpage",
    "currentpagenumber",
    "pagenumber",
    "number",
];

/// The place of a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its dotted path, as [`Envelope::place`] takes it.
    pub path: String,
    /// The index of the object that contains it. Signs of one object are weighed against each
    /// other.
    pub object: usize,
}

/// A flag that states whether there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its place.
    pub place: Place,
    /// Whether it states that there is more.
    pub more: bool,
    /// The value as it is written.
    pub written: String,
}

/// A token or a link that leads to the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Its place.
    pub place: Place,
    /// Its value.
    pub node: NodeId,
    /// How surely it leads to the next page.
    pub strength: Strength,
}

/// How surely a key leads to the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Its name means the next page.
    Named,
    /// Some services echo there what was sent.
    MayEcho,
}

/// A number that a reply states, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Its place.
    pub place: Place,
    /// The number.
    pub number: u64,
}

/// A value that is not understood, under a key that states whether there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// Its place.
    pub place: Place,
    /// The value as it is written.
    pub written: String,
}

/// The signs of a reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// Flags.
    pub flags: Vec<Flag>,
    /// Tokens that are not empty.
    pub tokens: Vec<Pointer>,
    /// Links, page numbers and tokens under a key such as `next`, not empty.
    pub links: Vec<Pointer>,
    /// Keys named for a token or link that are null, empty or false.
    pub blanks: Vec<Place>,
    /// Totals of records.
    pub totals: Vec<Stated>,
    /// Totals of records that are lower bounds.
    pub bounds: Vec<Stated>,
    /// Flags and totals that are not understood. They may state that there is more.
    pub unclear: Vec<Unclear>,
    /// `count`, which some services use for the total and others for the size of the page.
    pub counts: Vec<Stated>,
    /// Totals of pages.
    pub page_totals: Vec<Stated>,
    /// The number of this page.
    pub page_numbers: Vec<Stated>,
}

impl Signs {
    /// Reads the signs of a reply.
    pub fn of(reply: &Envelope) -> Signs {
        let document = &reply.document;
        let mut signs = Signs::default();
        for (object, (prefix, node)) in objects(reply).into_iter().enumerate() {
            for member in document.children(node) {
                let Some(key) = document
                    .raw_key(member)
                    .filter(|key| key.len() <= LONGEST_KEY)
                else {
                    continue;
                };
                let name = plain_name(&String::from_utf8_lossy(key));
                let path = || Place {
                    path: format!("{prefix}{}", document.key(member).unwrap_or_default()),
                    object,
                };
                signs.take(document, &name, member, &path);
            }
        }
        // Where a key is named as the token, another key that may be an echo is an echo.
        let named: Vec<usize> = signs
            .tokens
            .iter()
            .filter(|token| token.strength == Strength::Named)
            .map(|token| token.place.object)
            .collect();
        let blank: Vec<usize> = signs.blanks.iter().map(|blank| blank.object).collect();
        signs.tokens.retain(|token| {
            token.strength == Strength::Named
                || !named.contains(&token.place.object) && !blank.contains(&token.place.object)
        });
        signs
    }

    fn take(&mut self, document: &Document, name: &str, node: NodeId, place: &dyn Fn() -> Place) {
        let is = |names: &[&str]| names.contains(&name);
        let is_plain = is(&MORE) || is(&END);
        let kind = if is(&MORE) || is(&MORE_OR_ELSE) {
            Some(true)
        } else {
            (is(&END) || is(&END_OR_ELSE)).then_some(false)
        };
        // The words of an unlisted name may be a sign of more; they are never a sign of the end.
        let by_words = if kind.is_none() {
            flag_by_words(name)
        } else {
            None
        };
        let numbers = is_plain || is(&["done", "finished"]) || by_words.is_some();
        if let Some(is_more) = kind.or(by_words)
            && let Some(value) = flag(document, node, numbers)
            && (kind.is_some() || value == is_more)
        {
            let written = document.plain(node).into_owned();
            self.flags.push(Flag {
                place: place(),
                more: value == is_more,
                written,
            });
            return;
        }
        let is_unclear = match count(document, node) {
            Count::Exact(_) | Count::AtLeast(_) | Count::Nothing => false,
            Count::Unclear => is(&TOTALS) || is(&PAGE_TOTALS) && !is(&["lastpage", "pages"]),
        };
        if is_unclear || is_plain && !document.is_blank(node) {
            self.unclear.push(Unclear {
                place: place(),
                written: document.plain(node).into_owned(),
            });
            return;
        }
        if is(&PAGE_TOTALS) {
            self.page_totals
                .extend(number(document, node).map(|number| Stated {
                    place: place(),
                    number,
                }));
        }
        if is(&PAGE_NUMBERS) {
            self.page_numbers
                .extend(number(document, node).map(|number| Stated {
                    place: place(),
                    number,
                }));
        }
        if is(&TOTALS) {
            match count(document, node) {
                Count::Exact(number) => self.totals.push(Stated {
                    place: place(),
                    number,
                }),
                Count::AtLeast(number) => self.bounds.push(Stated {
                    place: place(),
                    number,
                }),
                Count::Nothing | Count::Unclear => {}
            }
        } else if name == "count" {
            self.counts
                .extend(number(document, node).map(|number| Stated {
                    place: place(),
                    number,
                }));
        }
        if is(&TOKENS) {
            self.point(document, node, place(), Strength::Named);
        } else if is(&MAYBE_TOKENS) {
            if !is_empty(document, node) {
                self.tokens.push(Pointer {
                    place: place(),
                    node,
                    strength: Strength::MayEcho,
                });
            }
        } else if is(&LINKS) {
            self.link(document, node, place());
        } else if name == "link"
            && document.kind(node) == Kind::String
            && document.plain(node).contains("rel=\"next\"")
        {
            self.links.push(Pointer {
                place: place(),
                node,
                strength: Strength::Named,
            });
        } else if is(&["links", "link"]) && document.kind(node) == Kind::Array {
            // An array of links has a next one or has none; its presence alone is no sign.
            if let Some(next) = next_link(document, node) {
                self.links.push(Pointer {
                    place: place(),
                    node: next,
                    strength: Strength::Named,
                });
            }
        }
    }

    fn point(&mut self, document: &Document, node: NodeId, place: Place, strength: Strength) {
        if is_empty(document, node) {
            self.blanks.push(place);
        } else {
            self.tokens.push(Pointer {
                place,
                node,
                strength,
            });
        }
    }

    /// Adds the value of a key such as `next`: nothing, a flag, a link, or an object with a token
    /// or a link in it.
    fn link(&mut self, document: &Document, node: NodeId, place: Place) {
        match document.kind(node) {
            _ if is_empty(document, node) => self.blanks.push(place),
            Kind::Boolean => {
                self.flags.push(Flag {
                    place,
                    more: document.boolean(node) == Some(true),
                    written: document.plain(node).into_owned(),
                });
            }
            Kind::Object => {
                let tokens = document.children(node).find(|member| {
                    let name = document
                        .key(*member)
                        .map(|key| plain_name(&key))
                        .unwrap_or_default();
                    is_token(&name)
                        && !is_empty(document, *member)
                        && !document.is_container(*member)
                });
                match tokens {
                    Some(token) => {
                        let path =
                            format!("{}.{}", place.path, document.key(token).unwrap_or_default());
                        let place = Place {
                            path,
                            object: place.object,
                        };
                        self.tokens.push(Pointer {
                            place,
                            node: token,
                            strength: Strength::Named,
                        });
                    }
                    None => self.links.push(Pointer {
                        place,
                        node,
                        strength: Strength::Named,
                    }),
                }
            }
            Kind::Array => {
                // A list of links, or of one.
                let first = || {
                    document.first_child(node).filter(|first| {
                        !is_empty(document, *first) && next_rel(document, *first).is_none()
                    })
                };
                if let Some(next) = next_link(document, node).or_else(first) {
                    self.links.push(Pointer {
                        place,
                        node: next,
                        strength: Strength::Named,
                    });
                }
            }
            Kind::String | Kind::Number | Kind::Null => self.links.push(Pointer {
                place,
                node,
                strength: Strength::Named,
            }),
        }
    }

    /// Returns the first flag that states that there is more.
    pub fn more(&self) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.more)
    }

    /// Returns the first flag that states that there is no more.
    pub fn end(&self) -> Option<&Flag> {
        self.flags.iter().find(|flag| !flag.more)
    }

    /// Returns whether a flag of the same object states that there is no more: it outranks a
    /// pointer.
    pub fn is_outranked(&self, place: &Place) -> bool {
        self.flags
            .iter()
            .any(|flag| !flag.more && flag.place.object == place.object)
    }

    /// Returns the tokens and links that no flag outranks.
    pub fn pointers(&self) -> impl Iterator<Item = &Pointer> {
        self.tokens
            .iter()
            .chain(&self.links)
            .filter(|pointer| !self.is_outranked(&pointer.place))
    }
}

/// Returns the objects of a reply that contain its signs, with their paths; the most trusted first.
pub(super) fn objects(reply: &Envelope) -> Vec<(String, NodeId)> {
    let document = &reply.document;
    let Some(root) = document.root() else {
        return Vec::new();
    };
    let is_object = |node: &NodeId| document.kind(*node) == Kind::Object;
    let mut bases: Vec<(String, NodeId)> = Vec::new();
    bases.extend(
        reply
            .metadata
            .filter(is_object)
            .map(|node| (String::new(), node)),
    );
    if let (Reading::List, Records::One(object)) = (reply.reading, reply.records)
        && is_object(&object)
        && (!super::is_record(document, object)
            || document
                .children(object)
                .any(|member| document.kind(member) == Kind::Array))
    {
        // A list that was not recognised: its own statements count all the same.
        bases.push(("result.".to_owned(), object));
    }
    if let (Some(result), Records::Many(records)) = (reply.result, reply.records)
        && records != result
    {
        // From the object that holds the records up to the result: none of them is a record.
        let mut holders = Vec::new();
        let mut at = document.parent(records);
        while let Some(node) = at {
            holders.push(node);
            at = if node == result {
                None
            } else {
                document.parent(node)
            };
        }
        for node in holders {
            let mut keys = Vec::new();
            let mut at = node;
            while at != result {
                keys.push(document.key(at).unwrap_or_default().into_owned());
                let Some(parent) = document.parent(at) else {
                    break;
                };
                at = parent;
            }
            keys.reverse();
            let inner: String = keys.iter().map(|key| format!("{key}.")).collect();
            bases.push((format!("result.{inner}"), node));
        }
    } else if reply.shape == Shape::Envelope
        && let Some(meta) = reply
            .result
            .and_then(|result| document.member(result, "meta"))
            .filter(is_object)
    {
        // The envelope's own form for a search that found nothing, or one object.
        bases.push(("result.meta.".to_owned(), meta));
    }
    if reply.shape == Shape::Envelope {
        bases.push((String::new(), root));
    }
    let mut objects: Vec<(String, NodeId)> = Vec::new();
    for (prefix, node) in bases {
        add(document, &mut objects, prefix, node, DEEPEST);
    }
    objects
}

/// Adds an object and those in it that hold signs too, down to a depth.
fn add(
    document: &Document,
    objects: &mut Vec<(String, NodeId)>,
    prefix: String,
    node: NodeId,
    depth: usize,
) {
    if objects.iter().any(|(_, own)| *own == node) {
        return;
    }
    let is_inner = |member: &NodeId| {
        depth > 0
            && document.kind(*member) == Kind::Object
            && document.key(*member).is_some_and(|key| holds_signs(&key))
    };
    let inner = document.children(node).filter(is_inner);
    let prefixes: Vec<(String, NodeId)> = inner
        .map(|inner| {
            (
                format!("{prefix}{}.", document.key(inner).unwrap_or_default()),
                inner,
            )
        })
        .collect();
    objects.push((prefix, node));
    for (prefix, node) in prefixes {
        add(document, objects, prefix, node, depth - 1);
    }
}

/// Returns the part of a path behind the names of the objects that hold signs: `has_more` of `result.meta.has_more`.
pub(super) fn leaf(path: &str) -> &str {
    let mut leaf = path;
    while let Some((head, rest)) = leaf.split_once('.') {
        if !holds_signs(head) && !["result", "connector_metadata"].contains(&head) {
            break;
        }
        leaf = rest;
    }
    leaf
}

/// Returns whether an object of that name holds signs.
pub(super) fn holds_signs(key: &str) -> bool {
    key.len() <= LONGEST_KEY && {
        let name = plain_name(key);
        INNER.contains(&name.as_str()) || name == INNER_PAGES
    }
}

/// How surely an object is one that describes pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Describes {
    /// It has no sign of pages.
    Nothing,
    /// It has a token or a link, as a record may have.
    Onward,
    /// It has a flag, a total, or an object of such.
    Pages,
}

/// Returns how surely an object describes pages.
pub(super) fn describes(document: &Document, object: NodeId) -> Describes {
    let of = |member: NodeId| {
        let Some(key) = document.key(member).filter(|key| key.len() <= LONGEST_KEY) else {
            return Describes::Nothing;
        };
        let name = plain_name(&key);
        let is = |names: &[&str]| names.contains(&name.as_str());
        if is(&MORE)
            || is(&END)
            || is(&TOTALS)
            || is(&PAGE_TOTALS)
            || is(&INNER) && document.kind(member) == Kind::Object
        {
            Describes::Pages
        } else if is(&TOKENS) || is(&LINKS) {
            Describes::Onward
        } else {
            Describes::Nothing
        }
    };
    document
        .children(object)
        .map(of)
        .max()
        .unwrap_or(Describes::Nothing)
}

/// Returns a key without what services write differently: letter case, underscores, dashes, the `@` of OData.
pub fn plain_name(key: &str) -> String {
    key.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns whether a flag of a name is true while there is more, or at the end, by the words in it.
fn flag_by_words(name: &str) -> Option<bool> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let says_more = name.starts_with("has") && has(&["more", "next", "additional", "further"])
        || has(&[
            "nextpageavailable",
            "moreavailable",
            "incompleteresult",
            "incompletesearch",
            "partialresult",
        ])
        || name.ends_with("truncated");
    let says_end = ["islast", "isfinal", "isexhausted", "reachedend"]
        .iter()
        .any(|word| name.starts_with(word))
        || [
            "eof",
            "complete",
            "completed",
            "iscomplete",
            "jobcomplete",
            "searchcomplete",
            "exhausted",
            "endofdata",
        ]
        .contains(&name);
    if says_more {
        Some(true)
    } else {
        says_end.then_some(false)
    }
}

/// Returns a flag's value: a boolean, or one written as text. Numbers count where `numbers` may be flags: some services say there
/// how many more there are.
fn flag(document: &Document, node: NodeId, numbers: bool) -> Option<bool> {
    match document.kind(node) {
        Kind::Boolean => document.boolean(node),
        Kind::String => match document.plain(node).trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" => Some(true),
            "false" | "no" | "n" => Some(false),
            "1" if numbers => Some(true),
            "0" if numbers => Some(false),
            _ => None,
        },
        Kind::Number if numbers => document
            .integer(node)
            .filter(|number| *number >= 0)
            .map(|number| number > 0),
        Kind::Number | Kind::Null | Kind::Object | Kind::Array => None,
    }
}

/// Returns a flag's value as [`Signs`] read it, for a key that the definition names.
pub fn flag_at(document: &Document, node: NodeId) -> Option<bool> {
    flag(document, node, true)
}

/// The value of a key that states a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// So many.
    Exact(u64),
    /// So many, or more.
    AtLeast(u64),
    /// Nothing, or a word for "not known" such as -1.
    Nothing,
    /// It is not understood.
    Unclear,
}

/// Reads a count in each form that services have been seen to state it in: `57`, `"57"`, `57.0`, `"1,057"`, `{"value": 57}`,
/// `{"value": 57, "relation": "gte"}`, `"1000+"`.
fn count(document: &Document, node: NodeId) -> Count {
    match document.kind(node) {
        _ if document.is_blank(node) => Count::Nothing,
        Kind::Number | Kind::String => {
            let text = document.plain(node);
            let text = text.trim();
            let (text, is_bound) = text
                .strip_suffix('+')
                .map_or((text, false), |text| (text, true));
            match whole(&text.replace(',', "")) {
                Some(number) if number < 0.0 => Count::Nothing,
                Some(number) if is_bound => Count::AtLeast(number as u64),
                Some(number) => Count::Exact(number as u64),
                // A sum of money is no count.
                None if text.parse::<f64>().is_ok() => Count::Nothing,
                None => Count::Unclear,
            }
        }
        Kind::Object => {
            let inner = ["value", "count", "total", "number"]
                .iter()
                .find_map(|key| document.member(node, key));
            let Some(inner) = inner.filter(|inner| !document.is_container(*inner)) else {
                return Count::Nothing;
            };
            let relation = document
                .member(node, "relation")
                .map(|relation| document.plain(relation).to_ascii_lowercase());
            match (count(document, inner), relation.as_deref()) {
                (Count::Exact(number), None | Some("eq")) => Count::Exact(number),
                (Count::Exact(number), Some("gte")) => Count::AtLeast(number),
                (Count::Exact(number), Some("gt")) => Count::AtLeast(number.saturating_add(1)),
                (Count::Exact(_), Some(_)) => Count::Unclear,
                (other, _) => other,
            }
        }
        Kind::Boolean if document.boolean(node) == Some(false) => Count::Nothing,
        Kind::Boolean | Kind::Null | Kind::Array => Count::Unclear,
    }
}

/// Reads a whole number, however it is written.
fn whole(text: &str) -> Option<f64> {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>()
        .ok()
        .filter(|number| is_plain && number.is_finite() && number.fract() == 0.0)
}

/// Returns a count that is stated exactly.
pub fn number(document: &Document, node: NodeId) -> Option<u64> {
    match count(document, node) {
        Count::Exact(number) => Some(number),
        Count::AtLeast(_) | Count::Nothing | Count::Unclear => None,
    }
}

/// Returns whether a value points nowhere: null, empty, or false; or an object whose token and link are.
pub fn is_empty(document: &Document, node: NodeId) -> bool {
    let is_blank = |node: NodeId| {
        // No page, offset or id that follows another is 0 or less.
        let is_none = document.kind(node) == Kind::Number
            && document.integer(node).is_some_and(|number| number <= 0);
        document.is_blank(node) || document.boolean(node) == Some(false) || is_none
    };
    if document.kind(node) != Kind::Object {
        return is_blank(node);
    }
    let mut pointers = document
        .children(node)
        .filter(|member| points(document, *member))
        .peekable();
    is_blank(node) || pointers.peek().is_some() && pointers.all(is_blank)
}

/// Returns whether a member of an object such as `next` holds its token or its link.
fn points(document: &Document, member: NodeId) -> bool {
    let name = document
        .key(member)
        .map(|key| plain_name(&key))
        .unwrap_or_default();
    is_token(&name) || ["href", "url", "uri", "link"].contains(&name.as_str())
}

fn is_token(name: &str) -> bool {
    TOKENS.contains(&name) || MAYBE_TOKENS.contains(&name) || name == "token"
}

/// Returns the link of an array that is called `next`.
fn next_link(document: &Document, links: NodeId) -> Option<NodeId> {
    document
        .children(links)
        .find(|link| next_rel(document, *link) == Some(true))
}

/// Returns whether a link is called `next`; `None` if it is not called anything.
fn next_rel(document: &Document, link: NodeId) -> Option<bool> {
    let rel = ["rel", "relation"]
        .iter()
        .find_map(|key| document.member(link, key))?;
    let is_next = |node: NodeId| document.plain(node).eq_ignore_ascii_case("next");
    Some(if document.kind(rel) == Kind::Array {
        document.children(rel).any(is_next)
    } else {
        is_next(rel)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::{Signs, leaf, plain_name};
    use crate::envelope::Envelope;
    use crate::json::document::Document;

    fn signs(body: &str) -> (Envelope, Signs) {
        let reply = Envelope::read(Arc::new(Document::parse(Bytes::copy_from_slice(
            body.as_bytes(),
        ))));
        let signs = Signs::of(&reply);
        (reply, signs)
    }

    /// Writes the signs of a reply: `+` more, `-` end, `>` a pointer, `0` an empty one, `=` a total, `#` pages.
    fn written(body: &str) -> String {
        let (reply, signs) = signs(body);
        let mut words = Vec::new();
        words.extend(
            signs
                .flags
                .iter()
                .map(|flag| format!("{}{}", if flag.more { '+' } else { '-' }, flag.place.path)),
        );
        words.extend(signs.tokens.iter().chain(&signs.links).map(|pointer| {
            assert!(
                reply.place(&pointer.place.path).is_some(),
                "{} is not found again",
                pointer.place.path
            );
            format!(">{}", pointer.place.path)
        }));
        words.extend(signs.blanks.iter().map(|place| format!("0{}", place.path)));
        words.extend(
            signs
                .totals
                .iter()
                .map(|total| format!("={}:{}", total.place.path, total.number)),
        );
        words.extend(
            signs
                .bounds
                .iter()
                .map(|total| format!("≥{}:{}", total.place.path, total.number)),
        );
        words.extend(
            signs
                .unclear
                .iter()
                .map(|unclear| format!("?{}", unclear.place.path)),
        );
        words.extend(
            signs
                .page_totals
                .iter()
                .map(|total| format!("#{}:{}", total.place.path, total.number)),
        );
        words.join(" ")
    }

    #[test]
    fn signs_are_read_in_all_their_forms() {
        let metadata = |metadata: &str| {
            written(&format!(
                r#"{{"status":"success","result":[{{"id":1}}],"connector_metadata":{metadata}}}"#
            ))
        };
        assert_eq!(
            metadata(r#"{"has_next_page":true,"end_cursor":"c"}"#),
            "+has_next_page >end_cursor"
        );
        assert_eq!(metadata(r#"{"hasMore":"false"}"#), "-hasMore");
        assert_eq!(
            metadata(r#"{"isLast":true,"total":"57"}"#),
            "-isLast =total:57"
        );
        assert_eq!(
            metadata(r#"{"has_more":1,"last_page":4}"#),
            "+has_more #last_page:4"
        );
        assert_eq!(
            metadata(r#"{"response_metadata":{"next_cursor":""}}"#),
            "0response_metadata.next_cursor"
        );
        assert_eq!(
            metadata(r#"{"next_page":{"offset":"o","uri":"x"}}"#),
            ">next_page.offset"
        );
        assert_eq!(
            metadata(r#"{"paging":{"next":{"after":"a","link":"x"}}}"#),
            ">paging.next.after"
        );
        assert_eq!(
            metadata(r#"{"_links":{"next":{"href":"/x?page=2"}}}"#),
            ">_links.next"
        );
        assert_eq!(
            metadata(r#"{"links":[{"rel":"self","href":"a"},{"rel":"next","href":"b"}]}"#),
            ">links"
        );
        assert_eq!(metadata(r#"{"links":[{"rel":"self","href":"a"}]}"#), "");
        assert_eq!(
            metadata(r#"{"@odata.nextLink":"https://x"}"#),
            ">@odata.nextLink"
        );
        assert_eq!(
            metadata(r#"{"NextToken":"t","totalElements":57.0,"totalPages":3}"#),
            ">NextToken =totalElements:57 #totalPages:3"
        );
        assert_eq!(metadata(r#"{"total":{"value":57}}"#), "=total:57");
        assert_eq!(
            metadata(r#"{"total":{"value":57,"relation":"gte"}}"#),
            "≥total:57"
        );
        assert_eq!(
            metadata(r#"{"total":"1,057","row_count":5.7e1,"totalSize":-1,"total_hits":"1000+"}"#),
            "=total:1057 =row_count:57 ≥total_hits:1000"
        );
        assert_eq!(
            metadata(r#"{"total":"about 57","has_more":"maybe","isLast":"0","total_pages":"?"}"#),
            "+isLast ?total ?has_more ?total_pages"
        );
        assert_eq!(
            metadata(r#"{"has_more":32,"hasNextPage":"yes","done":"2026-01-01","pages":3}"#),
            "+has_more +hasNextPage #pages:3"
        );
        assert_eq!(
            metadata(r#"{"paging":{"next":{"after":null}},"_links":{"next":{"href":""}}}"#),
            "0paging.next 0_links.next"
        );
        assert_eq!(metadata(r#"{"next":false}"#), "0next");
        assert_eq!(
            metadata(r#"{"next_cursor":null,"cursor":"echo"}"#),
            "0next_cursor"
        );
        assert_eq!(metadata(r#"{"next_cursor":{"id":5}}"#), ">next_cursor");
    }

    #[test]
    fn signs_stand_in_the_usual_places_and_never_in_a_record() {
        assert_eq!(
            written(
                r#"{"status":"success","result":[{"has_more":true,"next":"x"}],"connector_metadata":null}"#
            ),
            ""
        );
        assert_eq!(
            written(
                r#"{"status":"success","result":{"id":1,"has_more":true},"connector_metadata":null}"#
            ),
            ""
        );
        assert_eq!(
            written(r#"{"status":"success","result":{"data":[],"meta":{"has_more":true}}}"#),
            "+result.meta.has_more"
        );
        assert_eq!(
            written(r#"{"data":[{"id":1}],"meta":{"next_cursor":"x"}}"#),
            ">result.meta.next_cursor"
        );
        assert_eq!(
            written(r#"{"status":"success","result":[],"next_cursor":"x"}"#),
            ">next_cursor"
        );
        assert_eq!(
            written(
                r#"{"status":"success","result":{"nodes":[],"pageInfo":{"hasNextPage":false}}}"#
            ),
            "-result.pageInfo.hasNextPage"
        );
        assert_eq!(
            written(
                r#"{"status":"success","result":{"data":[],"owner":{"meta":{"has_more":true}}}}"#
            ),
            ""
        );
    }

    #[test]
    fn names_and_paths_lose_what_services_write_differently() {
        assert_eq!(plain_name("@odata.nextLink"), "odatanextlink");
        assert_eq!(plain_name("Has-More"), "hasmore");
        assert_eq!(leaf("result.meta.has_more"), "has_more");
        assert_eq!(leaf("next_page.offset"), "next_page.offset");
        assert_eq!(leaf("connector_metadata.paging.next.after"), "next.after");
    }
}
