"""Conditions of a template as signs in its text: `{#name}` before what stands where it holds."""

from collections.abc import Collection, Sequence

from jinja2 import nodes

from web.pages.site.texts.figures import BLOCKS

# Tests that are no attribute of the settings, and the block that stands for each.
OTHERS = {"free_words": "free_words", "ways": "sells_points", "methods": "sells_points"}
ATTRIBUTES = {("ways", "methods"): "sells_points"}
# What the page says, and not its text.
PAGES_OWN = frozenset({"missing_seller"})


class UnnamedError(Exception):
    """A template asks for what an operator's text has no name for."""


class Branches:
    """Turns the conditions of a template's statements into signs.

    Statements that import, and macros that are `dropped`, are left out; filters in `dress` are.
    """

    def __init__(self, dropped: Collection[str], dress: Collection[str]) -> None:
        self._dropped = dropped
        self._dress = dress

    def statements(self, found: Sequence[nodes.Node]) -> list[nodes.Node]:
        """Return the statements without conditions, both sides of each between its signs."""
        made: list[nodes.Node] = []
        for one in found:
            if isinstance(one, nodes.If):
                made += self._condition(one)
            elif isinstance(one, nodes.Output):
                made += self._output(one)
            elif isinstance(one, nodes.For):
                made.append(_text("<p>{keeping}</p>"))
            elif isinstance(one, nodes.Assign):
                made.append(self._plain_set(one))
            elif not (
                isinstance(one, nodes.FromImport)
                or (isinstance(one, nodes.Macro) and one.name in self._dropped)
            ):
                made.append(one)
        return made

    def _condition(self, one: nodes.If) -> list[nodes.Node]:
        rest: Sequence[nodes.Node] = one.else_
        for other in reversed(one.elif_):
            rest = [nodes.If(other.test, other.body, [], list(rest))]
        if any(name.attr in PAGES_OWN for name in one.test.find_all(nodes.Getattr)) or (
            isinstance(one.test, nodes.Getattr) and one.test.attr in PAGES_OWN
        ):
            return []
        assert isinstance(one.test, nodes.Expr)
        return self._branch(one.test, self.statements(one.body), self.statements(rest))

    def _branch(
        self, test: nodes.Expr, yes: list[nodes.Node], no: list[nodes.Node]
    ) -> list[nodes.Node]:
        """Return both sides of a test between signs; either may be empty."""
        if isinstance(test, nodes.Not):
            return self._branch(test.node, no, yes)
        if isinstance(test, nodes.And):
            return self._branch(test.left, self._branch(test.right, yes, no), no)
        if isinstance(test, nodes.Or):
            return self._branch(test.left, yes, self._branch(test.right, yes, no))
        name, holds = _name_of(test)
        yes, no = (yes, no) if holds else (no, yes)
        parts = [("#", yes)] if yes else []
        parts += [("^", no)] if no else []
        return [
            node
            for sign, side in parts
            for node in (_text(f"{{{sign}{name}}}"), *side, _text(f"{{/{name}}}"))
        ]

    def _output(self, one: nodes.Output) -> list[nodes.Node]:
        made: list[nodes.Node] = []
        for part in one.nodes:
            if isinstance(part, nodes.CondExpr):
                sides = [_output(self._plain(side)) for side in (part.expr1, part.expr2) if side]
                no = self.statements(sides[1:]) if len(sides) > 1 else []
                made += self._branch(part.test, self.statements(sides[:1]), no)
            else:
                made.append(_output(self._plain(part)))
        return made

    def _plain_set(self, one: nodes.Assign) -> nodes.Node:
        # `x if there is any else nothing`: the name stands where there is some.
        value = one.node.expr1 if isinstance(one.node, nodes.CondExpr) else one.node
        assert isinstance(value, nodes.Expr)
        return nodes.Assign(one.target, self._plain(value))

    def _plain(self, part: nodes.Expr) -> nodes.Expr:
        """Return an expression without filters that dress, its conditions as text with signs."""
        if isinstance(part, nodes.Filter) and part.name in self._dress and part.node is not None:
            return self._plain(part.node)
        if isinstance(part, nodes.CondExpr):
            return self._spoken(part)
        if isinstance(part, nodes.Call):
            part.args = [self._plain(each) for each in part.args]
            for named in part.kwargs:
                named.value = self._plain(named.value)
        return part

    def _spoken(self, part: nodes.CondExpr) -> nodes.Expr:
        name, holds = _name_of(part.test)
        said: list[nodes.Expr] = []
        for side, sign in (
            (part.expr1, "#" if holds else "^"),
            (part.expr2, "^" if holds else "#"),
        ):
            if side is not None:
                said += [_const(f"{{{sign}{name}}}"), self._plain(side), _const(f"{{/{name}}}")]
        return nodes.Concat(said)


def _name_of(test: nodes.Expr) -> tuple[str, bool]:
    """Return the block that stands for a test, and whether it stands for its opposite (False)."""
    if isinstance(test, nodes.Not):
        name, holds = _name_of(test.node)
        return name, not holds
    name, holds = _named(test)
    if name not in BLOCKS:
        raise UnnamedError(name)
    return name, holds


def _named(test: nodes.Expr) -> tuple[str, bool]:
    if isinstance(test, nodes.Filter) and test.name == "trim":
        return "paid_at_once", True
    if isinstance(test, nodes.Name):
        return OTHERS.get(test.name, test.name), True
    if isinstance(test, nodes.Getattr) and isinstance(test.node, nodes.Name):
        return ATTRIBUTES.get((test.node.name, test.attr), test.attr), True
    if isinstance(test, nodes.Compare):
        return _compared(test)
    raise UnnamedError(repr(test))


def _compared(test: nodes.Compare) -> tuple[str, bool]:
    [operand] = test.ops
    if operand.op == "in" and isinstance(test.expr, nodes.Const):
        return str(test.expr.value), True
    if isinstance(test.expr, nodes.Getattr) and isinstance(operand.expr, nodes.Const):
        return f"{test.expr.attr}_{operand.expr.value}", operand.op in ("eq", "gteq")
    raise UnnamedError(repr(test))


def _text(said: str) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(said)])


def _const(said: str) -> nodes.Const:
    return nodes.Const(said)


def _output(part: nodes.Expr) -> nodes.Output:
    return nodes.Output([part])
