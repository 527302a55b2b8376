"""What a file of own rules must not say: each refused in one sentence with its cure, by the rule's own id."""

from __future__ import annotations

import pytest

from tests.own_rules.files import CANARIES, LOW, book, document, metric, refusals, rule


def _sql(query: str) -> str:
    return document(rule(query))


WRONG = {
    "it writes": (_sql("DELETE FROM {object}"), "A rule is one SELECT and nothing else"),
    "it writes after a SELECT": (_sql("SELECT count(*) FROM {object}; DROP TABLE x"), "A rule is one SELECT"),
    "a column that is not there": (_sql("SELECT count(*) FROM {object} WHERE powr_w < 40"), "Did you mean power_w?"),
    "a column that another table lacks": (
        _sql("SELECT count(*) FROM {object} AS s JOIN patients AS p USING (site, patient_id) WHERE p.segment = '4'"),
        "segment",
    ),
    "a table that is not there": (
        _sql("SELECT count(*) FROM {object} WHERE EXISTS (SELECT 1 FROM patient)"),
        "Did you mean patients?",
    ),
    "a table of another schema": (
        _sql("SELECT count(*) FROM {object} WHERE EXISTS (SELECT 1 FROM raw.patients)"),
        "reads the clean tables",
    ),
    "a file as a table": (_sql("SELECT count(*) FROM {object}, '/etc/passwd'"), "no table"),
    "a file by a function": (_sql("SELECT count(*) FROM {object}, read_csv('/etc/passwd')"), "cannot call read_csv()"),
    "a file in a condition": (
        _sql("SELECT count(*) FROM {object} WHERE (SELECT content FROM read_text('/etc/hostname')) = 'x'"),
        "cannot call read_text()",
    ),
    "a function that waits": (_sql("SELECT count(*) FROM {object} WHERE sleep_ms(1) IS NULL"), "sleep_ms()"),
    "the clock": (_sql("SELECT count(*) FROM {object} WHERE session_date > current_date"), "No rule reads the clock"),
    "the clock as a function": (_sql("SELECT count(*) FROM {object} WHERE session_date > today()"), "reads the clock"),
    "chance": (_sql("SELECT count(*) FROM {object} WHERE random() < 0.5"), "cannot call random()"),
    "a function in quotes": (_sql(r"SELECT count(*) FROM {object}, \"read_csv\"(1)"), "cannot call read_csv()"),
    "a pivot": (_sql("SELECT count(*) FROM (FROM {object} PIVOT (sum(power_w) FOR site IN ('a')))"), "more than count"),
    "a sample": (_sql("SELECT count(*) FROM {object} TABLESAMPLE 10%"), "does more than count rows"),
    "all columns at once": (_sql("SELECT count(*) FROM {object} WHERE COLUMNS(*) = 'x'"), "A rule compares columns"),
    "a list made by a function": (_sql("SELECT count(*) FROM {object} WHERE 1 IN range(9)"), "cannot call range()"),
    "a filter": (_sql("SELECT count(*) FILTER (power_w < 4) FROM {object}"), "counts with a filter"),
    "a setting": (_sql("SET threads = 1"), "A rule is one SELECT"),
    "a description": (_sql("DESCRIBE {object}"), "does not count rows"),
    "a number of the row": (_sql("SELECT count(*) FROM {object} WHERE row_id > 3"), "cannot read row_id"),
    "no SQL": (_sql("SELECT count(* FROM {object}"), "The SQL of the rule cannot be read."),
    "no count": (_sql("SELECT max(power_w) FROM {object}"), "does not count rows"),
    "groups": (_sql("SELECT count(*) FROM {object} GROUP BY site"), "does more than count rows"),
    "a CTE": (_sql("WITH t AS (SELECT 1) SELECT count(*) FROM {object}"), "does more than count rows"),
    "a recursive CTE": (
        _sql("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM {object}, t"),
        "does more than count rows",
    ),
    "another table than its own": (_sql("SELECT count(*) FROM patients"), "does not count rows of rfa_sessions"),
    "another version": (
        document(rule(), version="v3.2.0"),
        "The file is of ODCS 3.2.0; this registry reads 3.1. Write `apiVersion: v3.1.0` if it uses nothing newer.",
    ),
    "an old version": (
        document(rule(), version="v2.2.2"),
        "ODCS 2.2.2; this registry reads 3.1. Write `apiVersion: v3.1.0` once it is written as ODCS 3.1 asks.",
    ),
    "no version": (
        document(rule()).replace("apiVersion: v3.1.0\n", ""),
        "The file does not state its apiVersion; this registry reads 3.1. Write `apiVersion: v3.1.0`",
    ),
    "another kind": (document(rule()).replace("DataContract", "Recipe"), "`kind` is not DataContract"),
    "no YAML": ("a: [1", "The file is not YAML (line 1)."),
    "a key stated twice": (document(rule()) + "kind: DataContract\n", "'kind' is stated twice"),
    "no rule": ("apiVersion: v3.1.0\nkind: DataContract\n", "holds no rule"),
    "an unknown key": (document(rule(more="mustBeLessThen: 5")), "Did you mean mustBeLessThan?"),
    "an unknown table": (document(rule(), table="sessions"), "There is no export 'sessions'"),
    "an unknown property": (document(rule(), column="power"), "rfa_sessions has no column 'power'"),
    "an unknown customProperty": (
        document(rule(custom="{property: kahnCategry, value: x}")),
        "Did you mean kahnCategory?",
    ),
    "an id of ours": (document(rule(rule_id="LES-03")), "LES-03 is a rule of the platform."),
    "our letters": (document(rule(rule_id="LES-77")), "cannot be a rule's id"),
    "a small id": (document(rule(rule_id="hd-1")), "cannot be a rule's id"),
    "two operators": (document(rule(more="mustBeLessThan: 5")), "two operators"),
    "a limit that is no number": (document(rule().replace("mustBe: 0", "mustBeLessThan: few")), "holds no number"),
    "one limit of two": (document(rule().replace("mustBe: 0", "mustBeBetween: [5]")), "holds 1 numbers"),
    "the larger limit first": (
        document(rule().replace("mustBe: 0", "mustBeBetween: [5, 1]")),
        "begins with the larger number",
    ),
    "an unknown unit": (document(rule(more="unit: percentage")), "Did you mean percent?"),
    "a share of a mean": (
        document(rule("SELECT avg(power_w) FROM {object}", more="unit: percent")),
        "Only rows that are counted have a share",
    ),
    "rows of a table to set aside": (
        document(rule(more="severity: error").replace("mustBe: 0", "mustBeLessThan: 5")),
        "it can set no row aside",
    ),
    "a site asked about a table": (
        document(rule(custom="{property: askSite, value: true}").replace("mustBe: 0", "mustBeLessThan: 5")),
        "names no row that a site could be asked about",
    ),
    "no aggregate": (
        document(rule("SELECT power_w FROM {object}").replace("mustBe: 0", "mustBeLessThan: 5")),
        "does not give one number",
    ),
    "a number for each group": (
        document(rule("SELECT avg(power_w) FROM {object} GROUP BY site").replace("mustBe: 0", "mustBeLessThan: 5")),
        "does more than count rows",
    ),
    "a file in a number": (
        document(rule("SELECT count(*) FROM read_csv('x')").replace("mustBe: 0", "mustBeLessThan: 5")),
        "cannot call read_csv()",
    ),
    "too many patients in a canary": (
        document(
            rule(canaries="[{bad: {power_w: 39}, times: 2000}, {good: {}}]").replace("mustBe: 0", "mustBeLessThan: 5")
        ),
        "a whole number from 1 to 1000",
    ),
    "patients of a rule on one row": (
        document(rule(canaries="[{bad: {power_w: 39}, times: 2}, {good: {}}]")),
        "unknown key 'times'",
    ),
    "an effect that does not fit": (
        document(rule(more="severity: error", custom="{property: effect, value: flag}")),
        "does not fit the rule",
    ),
    "a phase that does not fit": (document(rule(custom="{property: phase, value: table}")), "but its SQL is not"),
    "type text": (document("{id: HD-01, description: Be good.}"), "of type text is not run"),
    "type custom": (document("{id: HD-01, type: custom, engine: soda}"), "of type custom is not run"),
    "an unknown metric": (document(metric("rowCounts", "{}")), "is not run row by row"),
    "arguments of rowCount": (document(metric("rowCount", "{pattern: x}")), "rowCount takes no arguments"),
    "a list of other types": (document(metric("invalidValues", "{validValues: [a]}")), "something else than numbers"),
    "a pattern that is none": (document(metric("invalidValues", '{pattern: "("}')), "is no regular expression"),
    "no canaries": (document(rule(canaries="[]")), "The rule has no known-bad row."),
    "no good row": (document(rule(canaries="[{bad: {power_w: 39}}]")), "The rule has no known-good row."),
    "contradicting canaries": (
        document(rule(canaries="[{bad: {power_w: 39}}, {good: {power_w: 39}}]")),
        "contradict each other",
    ),
    "a canary's unknown cell": (document(rule(canaries="[{bad: {powr_w: 39}}]")), "Did you mean power_w?"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_cure(name: str) -> None:
    """One sentence names the fault, another the cure; nothing of the file is applied, and nothing stops."""
    text, words = WRONG[name]
    (reason,) = refusals(text)
    assert words in reason
    assert reason.count(". ") >= 1 or reason.endswith("?"), reason
    assert "\n" not in reason
    assert book(text).own == ()


def test_a_file_that_is_not_text_is_refused_alone() -> None:
    """One bad file does not take the others along."""
    both = book("\x00", document(rule()))
    assert [one.rule_id for one in both.own] == ["HD-01"]
    assert [(one.file, one.rule_id) for one in both.refused] == [("a.yaml", "")]


def test_one_bad_rule_leaves_the_others_of_its_file() -> None:
    """A rule is refused by its id; the rule beside it stands."""
    text = document(rule("DELETE FROM {object}")) + f"          - {rule(rule_id='HD-02')}\n"
    both = book(text)
    assert [one.rule_id for one in both.own] == ["HD-02"]
    assert [one.rule_id for one in both.refused] == ["HD-01"]


def test_of_two_rules_of_one_id_neither_is_applied() -> None:
    """Both files are named, since nobody can know which of them is meant."""
    both = book(document(rule()), document(rule("SELECT count(*) FROM {object} WHERE {property} < 50")))
    assert both.own == ()
    assert {one.reason for one in both.refused} == {"HD-01 is stated twice, in a.yaml and b.yaml. Rename one."}


COMPILED = {
    "a condition": (LOW, "(power_w < 40)"),
    "an alias": ("SELECT count(*) FROM {object} AS s WHERE s.power_w < 40", "(power_w < 40)"),
    "braces of a shell": ("SELECT count(*) FROM ${object} WHERE ${property} < 40", "(power_w < 40)"),
    "the table's own name": ("SELECT count(*) AS n FROM clean.rfa_sessions WHERE power_w < 40", "(power_w < 40)"),
    "no condition": ("SELECT count(*) FROM {object}", "true"),
    "a list": ("SELECT count(*) FROM {object} WHERE segment IN ('1', '2')", "(segment IN ('1', '2'))"),
    "the extract date": (
        "SELECT count(*) FROM {object} WHERE session_date > extract_date - 30",
        "(session_date > (extract_date - 30))",
    ),
    "a join": (
        "SELECT count(*) FROM {object} AS s JOIN patients AS p USING (site, patient_id) WHERE p.ecog > 2",
        "SELECT s.row_id FROM clean.rfa_sessions AS s INNER JOIN clean.patients AS p USING (site, patient_id) "
        "WHERE (p.ecog > 2)",
    ),
    "other rows": (
        "SELECT count(*) FROM {object} AS s WHERE s.power_w > (SELECT avg(power_w) FROM rfa_sessions)",
        "SELECT s.row_id FROM clean.rfa_sessions AS s WHERE (s.power_w > (SELECT avg(power_w) FROM "
        "clean.rfa_sessions))",
    ),
}


@pytest.mark.parametrize("name", COMPILED)
def test_the_query_that_is_counted_finds_the_rows(name: str) -> None:
    """A condition on one row is taken as it is; where the query looks further, its count becomes the row's number."""
    query, sql = COMPILED[name]
    made = book(document(rule(query)))
    assert made.refused == ()
    assert made.own[0].breaks == sql
    assert (made.own[0].rule.phase == 3) == (not sql.startswith("SELECT"))


def test_the_standard_words_decide_severity_and_category() -> None:
    """severity error sets aside, warning flags; the dimension gives Kahn's category unless one is named."""
    (first,) = book(document(rule(more="severity: error, dimension: timeliness"))).own
    (second,) = book(document(rule(custom='{property: kahnCategory, value: "conformance: value"}'))).own
    assert (first.rule.severity, first.rule.kahn_category) == ("E", "plausibility: temporal")
    assert (second.rule.severity, second.rule.kahn_category) == ("W", "conformance: value")
    assert CANARIES and first.rule.reason("power_w") == "power_w is low."
