"""Takes the rules out of a document in the form of the Open Data Contract Standard 3.1 (bitol.io).

Only what stands in `quality` of a table or a property is read; the rest of the document may say anything. Keys of a
schema, a property and a rule are held to the standard, because a mistyped one would switch a check off in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.exports import EXPORTS
from warehouse.own_rules.refusal import RuleRefused, listed, mapping, near, text

KIND, VERSIONS = "DataContract", ("v3.1.0",)
READ = "3.1"
SCHEMA_KEYS = (
    *("id", "name", "physicalName", "physicalType", "logicalType", "description", "businessName", "tags"),
    *("authoritativeDefinitions", "customProperties", "dataGranularityDescription", "properties", "relationships"),
    *("quality", "businessDefinition"),
)
PROPERTY_KEYS = (
    *("id", "name", "physicalName", "physicalType", "logicalType", "logicalTypeOptions", "description"),
    *("businessName", "tags", "authoritativeDefinitions", "customProperties", "primaryKey", "primaryKeyPosition"),
    *("required", "unique", "partitioned", "partitionKeyPosition", "classification", "encryptedName"),
    *("transformSourceObjects", "transformLogic", "transformDescription", "examples", "criticalDataElement"),
    *("relationships", "quality", "items", "properties"),
)
OPERATORS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan"),
    *("mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"),
)
RULE_KEYS = (
    *("id", "name", "description", "type", "metric", "query", "arguments", "unit", "severity", "dimension"),
    *("businessImpact", "method", "tags", "authoritativeDefinitions", "customProperties", "schedule", "scheduler"),
    *("engine", "implementation"),
    *OPERATORS,
)


@dataclass(frozen=True)
class Stated:
    """One rule as its file states it: the export it is about, the property it stands below ('' for none), its keys."""

    export: str
    column: str
    said: dict[str, Any]

    @property
    def rule_id(self) -> str:
        """Return the id that the file gives, '' without one."""
        given = self.said.get("id")
        return given.strip() if isinstance(given, str) else ""


def stated_rules(document: Any) -> Iterator[Stated]:
    """Yield the rules of a document. RuleRefused if it is no ODCS document, or names an unknown table or column."""
    contract = mapping(document, "The file")
    if contract.get("kind") != KIND:
        raise RuleRefused(f"The file is no data contract: `kind` is not {KIND}.", f"Begin with `kind: {KIND}`.")
    version = str(contract.get("apiVersion", ""))
    if version not in VERSIONS:
        said = f"is of ODCS {version.removeprefix('v')}" if version else "does not state its apiVersion"
        is_older = "" < version.removeprefix("v") < READ
        cure = f"once it is written as ODCS {READ} asks" if is_older else "if it uses nothing newer"
        raise RuleRefused(f"The file {said}; this registry reads {READ}.", f"Write `apiVersion: {VERSIONS[0]}` {cure}.")
    for schema in listed(contract.get("schema"), "`schema`"):
        given = mapping(schema, "An entry of `schema`", SCHEMA_KEYS)
        export = text(given.get("name"), "`name` of an entry of `schema`")
        if export not in EXPORTS:
            raise RuleRefused(f"There is no export {export!r} for rules.", near(export, EXPORTS))
        yield from _rules(given, export, "", export)
        for one in listed(given.get("properties"), f"`properties` of {export}"):
            column = mapping(one, f"A property of {export}", PROPERTY_KEYS)
            name = text(column.get("name"), f"`name` of a property of {export}")
            names = EXPORTS[export].column_names
            if name not in names:
                raise RuleRefused(f"{export} has no column {name!r}.", near(name, names))
            yield from _rules(column, export, name, f"{export}.{name}")


def _rules(holder: dict, export: str, column: str, place: str) -> Iterator[Stated]:
    for one in listed(holder.get("quality"), f"`quality` of {place}"):
        yield Stated(export, column, mapping(one, f"A rule of {place}"))
