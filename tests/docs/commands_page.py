"""Writes docs/commands.md: every command of `registry`, its parameters and its exit codes."""

from __future__ import annotations

import inspect
import re
import typing
from dataclasses import dataclass
from enum import Enum

import typer

from orchestration.cli import main
from tests.docs.markdown import page, table

OPENING = """\
# Commands

Generated from the command line itself by `make docs`; change the modules of `orchestration/cli/`, not this page. Each
failure prints one line on standard error that says what is wrong and what cures it."""


@dataclass(frozen=True)
class Parameter:
    """An argument (given by its place) or an option, as it is typed, with its words and its default as text."""

    typed: str
    words: str
    default: str
    is_argument: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command and its parameters in the order of their declaration."""

    name: str
    words: str
    parameters: tuple[Parameter, ...]


def commands() -> list[Command]:
    """The commands in the order of their declaration."""
    found = []
    for info in main.app.registered_commands:
        function = info.callback
        assert function is not None
        hints = typing.get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters.values()
        found.append(
            Command(
                info.name or function.__name__,
                inspect.getdoc(function) or "",
                tuple(_parameter(p.name, hints[p.name], p.default) for p in parameters),
            )
        )
    return found


def _parameter(name: str, hint: typing.Any, default: typing.Any) -> Parameter:
    kind, info = hint.__origin__, hint.__metadata__[0]
    words = info.help or ""
    if isinstance(info, typer.models.ArgumentInfo):
        return Parameter(name.upper(), words, "required" if default is inspect.Parameter.empty else "", True)
    declared = info.param_decls or [
        one for one in (info.default,) if isinstance(one, str)
    ]  # typer's place for the first
    typed = ", ".join(declared or (f"--{name.replace('_', '-')}",))
    if info.envvar:
        return Parameter(typed, words, f"{info.envvar}, else registry-home in the checkout", False)
    if default is inspect.Parameter.empty:
        return Parameter(typed, words, "required", False)
    if isinstance(default, Enum):
        return Parameter(typed, words, str(default.value), False, tuple(str(member.value) for member in kind))
    if isinstance(default, bool):
        return Parameter(typed, words, "on" if default else "off", False)
    return Parameter(typed, words, "" if default is None else str(default), False)


def exit_codes() -> dict[int, str]:
    """Exit code -> what it says, as the module's docstring lists them."""
    listed = re.search(r"Exit codes: (.+?)\.\s", f"{main.__doc__} ", re.S)
    assert listed is not None
    pairs = (part.strip().split(" ", 1) for part in " ".join(listed[1].split()).split(", "))
    return {int(code): words for code, words in pairs}


def render() -> str:
    """The whole page."""
    parts = [OPENING, str(main.app.info.help), table(("exit code", "says"), exit_codes().items())]
    for command in commands():
        arguments = (p.typed if p.default else f"[{p.typed}]" for p in command.parameters if p.is_argument)
        usage = ["registry", command.name, *arguments, "[OPTIONS]"]
        parts += [f"## registry {command.name}", command.words, f"```\n{' '.join(usage)}\n```"]
        parts.append(table(("parameter", "meaning", "default"), (_row(p) for p in command.parameters)))
    return page(*parts)


def _row(parameter: Parameter) -> tuple[str, str, str]:
    choices = f" ({', '.join(parameter.choices)})" if parameter.choices else ""
    return f"`{parameter.typed}`", parameter.words + choices, parameter.default
