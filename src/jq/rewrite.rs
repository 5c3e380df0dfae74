//! Filters as jq means them, in the terms that jaq has: assignments, slices, alternative patterns.

use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

use super::words::Fault;

/// Stands before the alternatives of a pattern. No filter can name it.
const ALTERNATIVES: &str = "$!or";
/// What is bound while an assignment or an alternative runs.
const BOUND: &str = "$!bound";
const INPUT: &str = "$!input";

/// Marks the alternatives of patterns (`as P ?// Q`), which jaq does not read, and spells out `{$name: P}`.
pub(super) fn patterns<'s>(tokens: Vec<Token<&'s str>>) -> Vec<Token<&'s str>> {
    let mut out: Vec<Token<&'s str>> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().map(inside).peekable();
    while let Some(token) = rest.next() {
        let is_as = matches!(token, Token("as", Tok::Word));
        out.push(token);
        let Some(first) = rest.next_if(|_| is_as) else {
            continue;
        };
        let mut all = vec![bound_names(first)];
        while let Some(mark) = rest.next_if(|token| token.0 == "?") {
            match (rest.next_if(|token| token.0 == "//"), rest.next()) {
                (Some(_), Some(other)) => all.push(bound_names(other)),
                // It is no alternative, and is reported where it stands.
                (_, other) => {
                    all.push(mark);
                    all.extend(other);
                    out.append(&mut all);
                }
            }
        }
        if all.len() < 2 {
            out.append(&mut all);
            continue;
        }
        let mut inner = vec![Token(ALTERNATIVES, Tok::Var)];
        for pattern in all {
            inner.extend([Token(",", Tok::Sym), pattern]);
        }
        inner.push(Token("]", Tok::Sym));
        out.push(Token("[", Tok::Block(inner)));
    }
    out
}

/// Marks the patterns inside of a token.
fn inside(Token(text, token): Token<&str>) -> Token<&str> {
    let token = match token {
        Tok::Block(tokens) => Tok::Block(patterns(tokens)),
        Tok::Str(parts) => Tok::Str(
            parts
                .into_iter()
                .map(|part| match part {
                    StrPart::Term(token) => StrPart::Term(inside(token)),
                    StrPart::Str(_) | StrPart::Char(_) => part,
                })
                .collect(),
        ),
        Tok::Word | Tok::Var | Tok::Fmt | Tok::Num | Tok::Sym => token,
    };
    Token(text, token)
}

/// Writes `{$name: P}` as `{$name, name: P}`.
fn bound_names(Token(text, token): Token<&str>) -> Token<&str> {
    let Tok::Block(tokens) = token else {
        return Token(text, token);
    };
    let is_object = text.starts_with('{');
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let token = bound_names(token);
        match token {
            Token(name, Tok::Var) if is_object && rest.peek().is_some_and(|next| next.0 == ":") => {
                out.extend([
                    Token(name, Tok::Var),
                    Token(",", Tok::Sym),
                    Token(&name[1..], Tok::Word),
                ]);
            }
            other => out.push(other),
        }
    }
    Token(text, Tok::Block(out))
}

/// Rewrites the terms of one filter.
pub(super) struct Rewriter<'s> {
    /// The text of the filter, to say where something is.
    pub(super) program: &'s str,
}

impl<'s> Rewriter<'s> {
    /// Rewrites a definition.
    pub(super) fn def(&self, def: Def<&'s str>) -> Result<Def<&'s str>, Fault> {
        Ok(Def {
            body: self.term(def.body)?,
            ..def
        })
    }

    /// Rewrites a term and all inside of it.
    pub(super) fn term(&self, term: Term<&'s str>) -> Result<Term<&'s str>, Fault> {
        let boxed = |term: Box<Term<&'s str>>| self.term(*term).map(Box::new);
        Ok(match term {
            Term::Var("$__loc__") => self.location(term),
            Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => term,
            Term::Str(format, parts) => Term::Str(format, self.parts(format, parts)?),
            Term::Arr(inner) => Term::Arr(inner.map(boxed).transpose()?),
            Term::Obj(members) => Term::Obj(
                members
                    .into_iter()
                    .map(|member| self.member(member))
                    .collect::<Result<_, Fault>>()?,
            ),
            Term::Neg(inner) => Term::Neg(boxed(inner)?),
            Term::BinOp(left, BinaryOp::Pipe(Some(pattern)), right) => {
                self.bind(self.term(*left)?, pattern, self.term(*right)?)?
            }
            Term::BinOp(left, operator, right) => {
                operation(self.term(*left)?, operator, self.term(*right)?)
            }
            Term::Label(name, inner) => Term::Label(name, boxed(inner)?),
            Term::Fold(name, source, pattern, arguments) => {
                if let Pattern::Arr(all) = &pattern
                    && let [Pattern::Var(ALTERNATIVES), ..] = all.as_slice()
                {
                    return Err(Fault::new(format!(
                        "`?//` does not work in `{name}`: bind before, as in {name} (… as [$a] ?// $a | $a) as $a (…)"
                    ))
                    .at_part(self.program, name));
                }
                Term::Fold(
                    name,
                    boxed(source)?,
                    self.pattern(pattern)?,
                    self.terms(arguments)?,
                )
            }
            Term::TryCatch(body, handler) => {
                Term::TryCatch(boxed(body)?, handler.map(boxed).transpose()?)
            }
            Term::IfThenElse(branches, otherwise) => Term::IfThenElse(
                branches
                    .into_iter()
                    .map(|(condition, then)| Ok((self.term(condition)?, self.term(then)?)))
                    .collect::<Result<_, Fault>>()?,
                otherwise.map(boxed).transpose()?,
            ),
            Term::Def(defs, inner) => Term::Def(
                defs.into_iter()
                    .map(|def| self.def(def))
                    .collect::<Result<_, Fault>>()?,
                boxed(inner)?,
            ),
            Term::Call(name, arguments) => Term::Call(name, self.terms(arguments)?),
            Term::Path(start, path) => {
                let start = boxed(start)?;
                let parts = path.0.into_iter();
                Term::Path(
                    start,
                    Path(
                        parts
                            .map(|(part, optional)| Ok((self.part(part)?, optional)))
                            .collect::<Result<_, Fault>>()?,
                    ),
                )
            }
        })
    }

    fn terms(&self, terms: Vec<Term<&'s str>>) -> Result<Vec<Term<&'s str>>, Fault> {
        terms.into_iter().map(|term| self.term(term)).collect()
    }

    /// Rewrites a string. What stands in it as `\(…)` becomes text as jq writes it.
    fn parts(
        &self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, Term<&'s str>>>,
    ) -> Result<Vec<StrPart<&'s str, Term<&'s str>>>, Fault> {
        let part = |part| {
            Ok(match part {
                StrPart::Term(term) => StrPart::Term(match format {
                    None => pipe(self.term(term)?, call("tostring", [])),
                    Some(_) => self.term(term)?,
                }),
                StrPart::Str(_) | StrPart::Char(_) => part,
            })
        };
        parts.into_iter().map(part).collect()
    }

    fn member(
        &self,
        (key, value): (Term<&'s str>, Option<Term<&'s str>>),
    ) -> Result<(Term<&'s str>, Option<Term<&'s str>>), Fault> {
        let key = match key {
            // Without a value, the name of the variable is the key.
            Term::Var(_) if value.is_none() => self.term(key)?,
            Term::Str(..) => self.term(key)?,
            other => pipe(self.term(other)?, call("_key", [])),
        };
        Ok((key, value.map(|value| self.term(value)).transpose()?))
    }

    fn pattern(&self, pattern: Pattern<&'s str>) -> Result<Pattern<&'s str>, Fault> {
        Ok(match pattern {
            Pattern::Var(_) => pattern,
            Pattern::Arr(inner) => Pattern::Arr(
                inner
                    .into_iter()
                    .map(|pattern| self.pattern(pattern))
                    .collect::<Result<_, Fault>>()?,
            ),
            Pattern::Obj(members) => Pattern::Obj(
                members
                    .into_iter()
                    .map(|(key, pattern)| Ok((self.term(key)?, self.pattern(pattern)?)))
                    .collect::<Result<_, Fault>>()?,
            ),
        })
    }

    /// Binds a value to a pattern; with alternatives, to the first for which what follows has no error.
    fn bind(
        &self,
        value: Term<&'s str>,
        pattern: Pattern<&'s str>,
        body: Term<&'s str>,
    ) -> Result<Term<&'s str>, Fault> {
        let alternatives = match pattern {
            Pattern::Arr(all) if matches!(all.first(), Some(Pattern::Var(ALTERNATIVES))) => all,
            other => return Ok(bound(value, self.pattern(other)?, body)),
        };
        let mut names = Vec::new();
        for pattern in &alternatives[1..] {
            variables(pattern, &mut names);
        }
        let mut rest = alternatives.into_iter().skip(1).rev();
        let mut tried: Option<Term<&'s str>> = None;
        for pattern in &mut rest {
            // The variables of the other patterns are null.
            let attempt = bound(Term::Var(BOUND), self.pattern(pattern)?, body.clone());
            let attempt = names.iter().fold(attempt, |attempt, name| {
                bound(call("null", []), Pattern::Var(name), attempt)
            });
            tried = Some(match tried {
                None => attempt,
                Some(next) => Term::TryCatch(
                    Box::new(attempt),
                    Some(Box::new(pipe(Term::Var(INPUT), next))),
                ),
            });
        }
        let tried = tried.unwrap_or_default();
        Ok(bound(
            value,
            Pattern::Var(BOUND),
            bound(Term::Id, Pattern::Var(INPUT), tried),
        ))
    }

    /// Rewrites a part of a path: a fraction is an index, and a slice of null is null, as in jq.
    fn part(&self, part: Part<Term<&'s str>>) -> Result<Part<Term<&'s str>>, Fault> {
        Ok(match part {
            Part::Index(index) => Part::Index(match self.term(index)? {
                index @ Term::Str(..) => index,
                Term::Num(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Term::Num(number)
                }
                other => pipe(other, call("_index", [])),
            }),
            Part::Range(None, None) => part,
            Part::Range(start, end) => {
                let bound = |bound: Option<Term<&'s str>>, rounded| match bound {
                    None => Ok(call("null", [])),
                    Some(bound) => Ok(pipe(self.term(bound)?, call(rounded, []))),
                };
                let name = |name| Term::Str(None, vec![StrPart::Str(name)]);
                Part::Index(Term::Obj(vec![
                    (name("start"), Some(bound(start, "_start")?)),
                    (name("end"), Some(bound(end, "_end")?)),
                ]))
            }
        })
    }

    /// Returns what `$__loc__` stands for.
    fn location(&self, term: Term<&'s str>) -> Term<&'s str> {
        let Term::Var(name) = term else { return term };
        let before = jaq_core::load::span(self.program, name).start;
        let line = self
            .program
            .get(..before)
            .map_or(1, |before| before.matches('\n').count() + 1);
        let text = |text: &'static str| Term::Str(None, vec![StrPart::Str(text)]);
        let digits = line.to_string();
        let digits = digits.chars().map(StrPart::Char).collect();
        let number = pipe(Term::Str(None, digits), call("tonumber", []));
        Term::Obj(vec![
            (text("file"), Some(text("<top-level>"))),
            (text("line"), Some(number)),
        ])
    }
}

/// Collects the variables of a pattern, each once.
fn variables<'s>(pattern: &Pattern<&'s str>, names: &mut Vec<&'s str>) {
    match pattern {
        Pattern::Var(name) if names.contains(name) => {}
        Pattern::Var(name) => names.push(name),
        Pattern::Arr(inner) => inner.iter().for_each(|inner| variables(inner, names)),
        Pattern::Obj(members) => members
            .iter()
            .for_each(|(_, inner)| variables(inner, names)),
    }
}

/// Rewrites an operator; the operands are rewritten already.
fn operation<'s>(
    left: Term<&'s str>,
    operator: BinaryOp<&'s str>,
    right: Term<&'s str>,
) -> Term<&'s str> {
    let paths = |left| call("path", [left]);
    match operator {
        BinaryOp::Assign => call("_assign", [paths(left), right]),
        BinaryOp::Update => call("_modify", [paths(left), right]),
        BinaryOp::UpdateMath(math) => bound(
            right,
            Pattern::Var(BOUND),
            call(
                "_modify",
                [
                    paths(left),
                    operation(Term::Id, BinaryOp::Math(math), Term::Var(BOUND)),
                ],
            ),
        ),
        // As in jq, nothing is divided by zero.
        BinaryOp::Math(Math::Div) => {
            let right = pipe(right, call("_divisor", []));
            Term::BinOp(Box::new(left), operator, Box::new(right))
        }
        BinaryOp::UpdateAlt => bound(
            right,
            Pattern::Var(BOUND),
            call(
                "_modify",
                [
                    paths(left),
                    operation(Term::Id, BinaryOp::Alt, Term::Var(BOUND)),
                ],
            ),
        ),
        BinaryOp::Pipe(_)
        | BinaryOp::Comma
        | BinaryOp::Alt
        | BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Math(_)
        | BinaryOp::Cmp(_) => Term::BinOp(Box::new(left), operator, Box::new(right)),
    }
}

fn bound<'s>(
    value: Term<&'s str>,
    pattern: Pattern<&'s str>,
    body: Term<&'s str>,
) -> Term<&'s str> {
    Term::BinOp(
        Box::new(value),
        BinaryOp::Pipe(Some(pattern)),
        Box::new(body),
    )
}

fn pipe<'s>(left: Term<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(left), BinaryOp::Pipe(None), Box::new(right))
}

fn call<'s, const N: usize>(name: &'static str, arguments: [Term<&'s str>; N]) -> Term<&'s str> {
    Term::Call(name, arguments.into())
}
