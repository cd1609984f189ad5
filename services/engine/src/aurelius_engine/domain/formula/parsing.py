"""The text form of the language. docs/specs/formula.md section 2.

A recursive descent with one function a level of precedence. Names are the operators'
and series' own, in any case; whether they exist is not asked here.
"""

import math
import re
from dataclasses import dataclass

from aurelius_engine.domain.errors import FormulaInvalid
from aurelius_engine.domain.formula.tree import Call, Node, Number, Place, Series, refused

TEXT_MAX_CHARACTERS = 10_000
# Parentheses, calls and signs within each other. Below Python's own limit on recursion.
NESTING_MAX = 60
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+|#[^\n]*)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\|\||&&|<=|>=|==|!=|[-+*/^<>!?:(),])"
)
_COMPARISONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}
_SUMS = {"+": "add", "-": "subtract"}
_PRODUCTS = {"*": "multiply", "/": "divide"}
_WORDS = {"and": "&&", "or": "||", "not": "!"}
_OPERAND = "a number, a name, `(`, a sign or `not`"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: Place


def parse(text: str) -> Node:
    """Returns the tree of a text, its operators named as in calls, its places kept.

    Raises:
        FormulaInvalid: The text is no expression; says the line and column.
    """
    if len(text) > TEXT_MAX_CHARACTERS:
        raise refused(
            f"the text has {len(text)} characters",
            at=_place(text, TEXT_MAX_CHARACTERS),
            found=str(len(text)),
            allowed=f"at most {TEXT_MAX_CHARACTERS} characters",
        )
    parser = _Parser(_tokens(text))
    tree = parser.expression()
    parser.expect_end()
    return tree


def _place(text: str, offset: int) -> Place:
    before = text[:offset]
    line_start = before.rfind("\n") + 1
    return Place(line=before.count("\n") + 1, column=offset - line_start + 1, offset=offset)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        at = _place(text, offset)
        if match is None:
            character = text[offset]
            raise refused(
                f"the character {character!r} has no meaning here",
                at=at,
                found=character if character.isprintable() else repr(character),
                allowed="letters, digits, blanks, # and . _ + - * / ^ < > = ! & | ? : , ( )",
            )
        kind, word = str(match.lastgroup), match.group()
        if kind == "name":
            word = word.lower()
            if word in _WORDS:
                kind, word = "sign", _WORDS[word]
        if kind != "blank":
            found.append(_Token(kind, word, at))
        offset = match.end()
    found.append(_Token("end", "the end of the text", _place(text, len(text))))
    return found


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._next, self._nesting = tokens, 0, 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _accept(self, *signs: str) -> _Token | None:
        token = self._token
        if token.kind == "sign" and token.text in signs:
            self._next += 1
            return token
        return None

    def _refuse(self, allowed: str) -> FormulaInvalid:
        token = self._token
        return refused(
            f"found {token.text}, expected {allowed}",
            at=token.at,
            found=token.text,
            allowed=allowed,
        )

    def expect_end(self) -> None:
        if self._token.kind != "end":
            raise self._refuse("an operator or the end of the text")

    def _enter(self) -> None:
        self._nesting += 1
        if self._nesting > NESTING_MAX:
            raise refused(
                f"nested more than {NESTING_MAX} deep",
                at=self._token.at,
                found=str(self._nesting),
                allowed=f"at most {NESTING_MAX}",
            )

    def expression(self) -> Node:
        self._enter()
        condition = self._disjunction()
        mark = self._accept("?")
        if mark:
            chosen = self.expression()
            if not self._accept(":"):
                raise self._refuse("`:` of `condition ? value : value`")
            condition = Call("where", (condition, chosen, self.expression()), mark.at)
        self._nesting -= 1
        return condition

    def _disjunction(self) -> Node:
        left = self._conjunction()
        while token := self._accept("||"):
            left = Call("or", (left, self._conjunction()), token.at)
        return left

    def _conjunction(self) -> Node:
        left = self._negation()
        while token := self._accept("&&"):
            left = Call("and", (left, self._negation()), token.at)
        return left

    def _negation(self) -> Node:
        if token := self._accept("!"):
            self._enter()
            inner = Call("not", (self._negation(),), token.at)
            self._nesting -= 1
            return inner
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        if token := self._accept(*_COMPARISONS):
            left = Call(_COMPARISONS[token.text], (left, self._sum()), token.at)
            if self._token.text in _COMPARISONS:
                raise self._refuse("one comparison: join two with `and`")
        return left

    def _sum(self) -> Node:
        left = self._product()
        while token := self._accept(*_SUMS):
            left = Call(_SUMS[token.text], (left, self._product()), token.at)
        return left

    def _product(self) -> Node:
        left = self._signed()
        while token := self._accept(*_PRODUCTS):
            left = Call(_PRODUCTS[token.text], (left, self._signed()), token.at)
        return left

    def _signed(self) -> Node:
        if token := self._accept("-", "+"):
            self._enter()
            inner = self._signed()
            self._nesting -= 1
            return Call("negate", (inner,), token.at) if token.text == "-" else inner
        return self._power()

    def _power(self) -> Node:
        base = self._operand()
        if token := self._accept("^"):
            self._enter()
            base = Call("power", (base, self._signed()), token.at)
            self._nesting -= 1
        return base

    def _operand(self) -> Node:
        token = self._token
        if token.kind == "number":
            self._next += 1
            return _number(token)
        if token.kind == "name":
            self._next += 1
            if self._accept("("):
                return Call(token.text, self._arguments(), token.at)
            return Series(token.text, token.at)
        if self._accept("("):
            inner = self.expression()
            if not self._accept(")"):
                raise self._refuse("`)` or an operator")
            return inner
        raise self._refuse(_OPERAND)

    def _arguments(self) -> tuple[Node, ...]:
        arguments = [self.expression()]
        while self._accept(","):
            arguments.append(self.expression())
        if not self._accept(")"):
            raise self._refuse("`,`, `)` or an operator")
        return tuple(arguments)


def _number(token: _Token) -> Number:
    value = float(token.text)
    if not math.isfinite(value):
        raise refused(
            f"the number {token.text} is too large",
            at=token.at,
            found=token.text,
            allowed="a finite double",
        )
    return Number(value, token.at)
