"""`registry rule new`, `registry rule try` and `registry rules`: the registry's own rules."""

from pathlib import Path

import typer

from schemas.exports import EXPORTS
from schemas.rule_book import DATASET_PHASE, ROW_PHASE, TABLE_PHASE, OwnRule, RefusedRule, is_own_id
from schemas.rules import RULES
from warehouse.own_rules.read_rules import book_of_files
from warehouse.own_rules.refusal import RuleRefused, near
from warehouse.own_rules.skeleton import skeleton
from warehouse.own_rules.table_number import Verdict, judge_table
from warehouse.own_rules.try_rule import Tried, try_on
from warehouse.quality.own_canaries import prove
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release, find_release
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.home_files import RULE_FILES, read_one
from warehouse.storage.home_format import check_format
from warehouse.storage.rule_table import RULE_TABLE, files_of, has_rules

FOLDER = RULE_FILES.folder
EFFECTS = {"E": "sets aside", "W": "flags", "gate": "refuses the release"}
REPORTS = "reports"
REACH = {ROW_PHASE: "row rule", TABLE_PHASE: "rule across rows", DATASET_PHASE: "rule about the whole table"}
LIST = f"""
    SELECT rule_id, table_name, column_name, phase, severity, sentence, is_in_force, reason, rule_file
    FROM {RULE_TABLE} WHERE stated_by = $who ORDER BY rule_file, rule_id, table_name
"""  # noqa: S608 (own names)


def new(home: Home, rule_id: str, table: str, column: str) -> None:
    """Write the skeleton of a rule and print what to do next. RegistryError if the id or the file is taken."""
    check_format(home)
    if not is_own_id(rule_id):
        said = f"{rule_id} is a rule of the platform." if rule_id in RULES else f"{rule_id!r} cannot be a rule's id."
        raise RegistryError(said, "Write capitals that no rule of the platform begins with, e.g. HD-01.")
    if table not in EXPORTS:
        raise RegistryError(f"There is no export {table!r}." if table else "--table is missing.", near(table, EXPORTS))
    names = EXPORTS[table].column_names
    if column not in names:
        said = f"{table} has no column {column!r}." if column else "--column is missing."
        raise RegistryError(said, near(column, names))
    book = book_of_files(RULE_FILES.read(home))
    taken = {one.rule_id: one.file for one in book.own} | {one.rule_id: one.file for one in book.refused}
    if rule_id in taken:
        raise RegistryError(f"{rule_id} stands in {FOLDER}/{taken[rule_id]} already.", "Choose the next number.")
    path = RULE_FILES.folder_of(home) / f"{rule_id.lower()}.yaml"
    if path.exists():
        raise RegistryError(f"{path} exists already.", "Choose another id, or edit that file.")
    RULE_FILES.folder_of(home).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    atomic_write(path, skeleton(rule_id, table, column, path.name).encode())
    typer.echo(f"Wrote {path}. Complete it, then run: registry rule try {path}")


def try_file(home: Home, name: str) -> bool:
    """Print how each rule of the file fares on its canaries and on the current release; False if one is refused."""
    path = Path(name) if Path(name).exists() else home.root / name
    try:
        file = read_one(path)
    except OSError as error:
        raise RegistryError(f"{name} cannot be read ({error.strerror}).", "Name a file of rules.") from None
    others = [one for one in RULE_FILES.read(home) if one.name != file.name] if home.root.is_dir() else []
    book = prove(book_of_files([*others, file]))
    mine = [rule for rule in book.own if rule.file == file.name]
    refused = [rule for rule in book.refused if rule.file == file.name]
    release = current_release(home) if home.root.is_dir() else None
    for rule in mine:
        _print_proven(rule)
        if release is not None:
            with open_release(release) as con:
                if rule.rule.phase == DATASET_PHASE:
                    _print_judged(release.release_id, judge_table(con, rule))
                else:
                    _print_tried(release.release_id, rule, try_on(con, rule))
    for one in refused:
        _print_refused(one)
    if release is None and mine:
        typer.echo("There is no release yet to try it on.")
    return not refused


def _print_proven(rule: OwnRule) -> None:
    n_bad = sum(one.kind == "bad" for one in rule.canaries)
    n_good = len(rule.canaries) - n_bad
    is_on_table = rule.rule.phase == DATASET_PHASE
    effect = REPORTS if is_on_table else EFFECTS[rule.rule.severity]
    place = f"{rule.export}.{rule.column}" if rule.column else rule.export
    kind = "tables" if is_on_table else "rows"
    typer.echo(f"{rule.rule_id}  {REACH[rule.rule.phase]} on {place}, {effect}")
    typer.echo(f"  canaries  {n_bad} of {n_bad} bad {kind} found, {n_good} of {n_good} good {kind} left alone")


def _print_judged(release_id: str, verdict: Verdict | None) -> None:
    if verdict is None:
        raise RuleRefused("The rule fails on the release, or takes too long.", "Correct the SQL, e.g. TRY_CAST.")
    said = {True: "breaks it", False: "keeps it", None: "has no number for it"}[verdict.is_broken]
    typer.echo(f"  release {release_id}  {said}. {verdict.note or ''}".rstrip())


def _print_tried(release_id: str, rule: OwnRule, tried: Tried) -> None:
    share = f" ({100 * tried.n_broken / tried.n_asked:.1f} %)" if tried.n_asked else ""
    rows = f"rows with {' and '.join(rule.asked)}" if rule.asked else "rows"
    sites = ", ".join(f"{site} {broken} of {asked}" for site, (broken, asked) in tried.by_site.items())
    typer.echo(f"  release {release_id}  {tried.n_broken:,} of {tried.n_asked:,} {rows} break it{share}: {sites}")
    if tried.unmet:
        typer.echo(f"            {tried.unmet.sentence}")
    if rule.column in EXPORTS[rule.export].key:
        typer.echo("  The rule is about a part of the key, so no row is named by it.")
        return
    for number, example in enumerate(tried.examples):
        typer.echo(f"  {'' if number else 'e.g.':<8}  {example}")
    if tried.n_broken > len(tried.examples):
        typer.echo(f"            and {tried.n_broken - len(tried.examples):,} more")


def _print_refused(one: RefusedRule) -> None:
    typer.echo(f"{one.rule_id or one.file}  refused: {one.reason}")


def rules(home: Home) -> None:
    """Print every rule of the current release, and whether the files have changed since."""
    with open_release(find_release(home)) as con:
        if not has_rules(con):
            raise RegistryError("The current release does not hold its rules.", "Run `registry refresh`.")
        own = con.execute(LIST, {"who": "registry"}).fetchall()
        ours = con.execute(LIST, {"who": "platform"}).fetchall()
        has_changed = files_of(con) != RULE_FILES.stamps(home)
    for rule_id, table, column, phase, severity, sentence, is_in_force, reason, file in own:
        if is_in_force:
            said = sentence.format(column=column or "The table")
            effect = REPORTS if phase == DATASET_PHASE else EFFECTS[severity]
            typer.echo(f"{rule_id:<12} {f'{table}.{column}' if column else table:<34} {effect:<12} {said}")
        else:
            typer.echo(f"{rule_id or file:<12} {'not applied':<47} {reason}")
    for rule_id, table, _, _, severity, sentence, *_ in ours:
        typer.echo(f"{rule_id:<12} {table:<34} {EFFECTS[severity]:<12} {sentence.format(column='The value')}")
    if has_changed:
        typer.echo(f"The files in {FOLDER}/ have changed since; `registry refresh` applies them.")
