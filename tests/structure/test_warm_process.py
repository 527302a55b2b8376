"""Tests that the tests of the warm process run in one of the tests' processes (tests/conftest.py)."""

import ast

from tests.conftest import WARM_PROCESS
from tests.structure.checkout import files, name_of, tree_of


def test_whoever_uses_the_warm_process_is_named() -> None:
    """Every file with a test or fixture that asks for `commands` is among those that run together."""
    users = {
        name_of(path)
        for path in files(".py", below="tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and any(argument.arg == "commands" for argument in node.args.args)
    }
    assert "tests/reliability/test_lock.py" in users
    assert [name for name in sorted(users) if not name.startswith(WARM_PROCESS)] == []
