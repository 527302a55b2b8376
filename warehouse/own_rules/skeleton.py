"""Writes the file of a new rule: a whole ODCS document with comments, whose canaries do not bite yet."""

from schemas.canary import SOUND

SKELETON = """\
# A rule of this registry's own (docs/own-rules.md). Complete it, then run: registry rule try rules/{file}
apiVersion: v3.1.0
kind: DataContract
id: {id}
version: 1.0.0
status: active
schema:
  - name: {table}                     # the export whose rows the rule judges
    properties:
      - name: {column}                # what it sets aside or flags
        quality:
          - id: {rule_id}
            description: "{{column}} is ..."   # the sentence that sites read; without a patient's value
            type: sql
            # Count the rows that break the rule. {{object}} is the export, {{property}} the column.
            query: SELECT count(*) FROM {{object}} WHERE false
            mustBe: 0
            severity: warning         # error: set aside; warning: flag
            dimension: accuracy       # or completeness, conformity, consistency, coverage, timeliness, uniqueness
            customProperties:
              - property: askSite     # true: show flagged rows to the site, on its sheet "to look at"
                value: false
              - property: canaries    # rows that prove every night that the rule bites; never a patient's
                value:
                  - bad: {{{column}: "{value}"}}    # make this a row that breaks the rule; other cells are sound
                  - good: {{}}                      # and this one that keeps it
"""


def skeleton(rule_id: str, table: str, column: str, file: str) -> str:
    """Return the text of the file."""
    value = SOUND[table].get(column, "")
    return SKELETON.format(rule_id=rule_id, id=rule_id.lower(), table=table, column=column, file=file, value=value)
