"""The mutants of a module; each is one small change of its code by an operator of Cosmic Ray."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# The replacements of an operator that resemble a typing mistake. Most others end in a TypeError, and `is` for `==`
# gives the same result for all small numbers and words.
REPLACEMENTS = {
    "Add": {"Sub"},
    "Sub": {"Add"},
    "Mul": {"Add", "FloorDiv"},
    "Div": {"Mul", "FloorDiv"},
    "FloorDiv": {"Mul", "Div"},
    "Mod": {"FloorDiv", "Mul"},
    "Pow": {"Mul"},
    "BitOr": {"BitAnd"},
    "BitAnd": {"BitOr"},
}
_BINARY = re.compile(r"ReplaceBinaryOperator_([A-Za-z]+)_([A-Za-z]+)")
_IDENTITY = re.compile(r"ReplaceComparisonOperator_(Eq|NotEq|LtE?|GtE?)_Is(Not)?")


@dataclass(frozen=True)
class Mutant:
    """A changed module. `source`: its whole text; `operator` and `line`: kind and place of the change."""

    operator: str
    line: int
    source: str


def list_mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant that is valid Python and differs in a part that decides answers."""
    meaning = _dump_meaning(source)
    for name in operator_names():
        short = name.removeprefix("core/")
        operator_class = get_operator(name)
        if not _is_wanted(short) or operator_class.arguments():
            continue
        operator = operator_class()
        places = [p for node in ast_nodes(get_ast(source)) for p in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(places):
            mutated = mutate_code(source, operator, occurrence)
            if mutated and _dump_meaning(mutated) not in (None, meaning):
                yield Mutant(short, start[0], mutated)


def _is_wanted(operator: str) -> bool:
    if found := _BINARY.fullmatch(operator):
        return found[2] in REPLACEMENTS.get(found[1], ())
    return not _IDENTITY.fullmatch(operator)


class _OnlyWhatDecides(ast.NodeTransformer):
    """Removes annotations, `slots` and the size of a cache, which decide no answer."""

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg in ("slots", "maxsize"):
            node.value = ast.Constant(None)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def _dump_meaning(source: str) -> str | None:
    """Return a text of the code that decides answers; None for invalid Python."""
    try:
        return ast.dump(_OnlyWhatDecides().visit(ast.parse(source)))
    except SyntaxError:
        return None
