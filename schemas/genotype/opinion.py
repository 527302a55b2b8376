"""Derives the laboratory's own judgement of a variant from the words of its clause.

The dictionary's judgement (classify.py) takes precedence over it.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.genotype.sentence import Clause

# Kinds of tokens that name the change itself; unknown words beside them do not matter.
CHANGES = frozenset({"protein", "coding", "triplet", "new_triplet", "residue_change", "any_change"})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the words beside a variant say about it.

    is_doubtful   a mutation is stated without a name, beside words that are not in the vocabulary: they may deny it in
                  another language (decision 0001: prefer the reading that states less)
    """

    says_mutated: bool
    unsure: bool
    tested: bool
    variant_class: str | None
    is_doubtful: bool = False

    @property
    def weak_class(self) -> str | None:
        """Return the laboratory's class if it speaks against pathogenicity (vus, benign, synonymous), else None."""
        return None if self.variant_class == "non_hotspot_pathogenic" else self.variant_class

    @property
    def weakens(self) -> bool:
        """Return whether the words speak against pathogenicity."""
        return self.unsure or self.is_doubtful or self.weak_class is not None


def opinion_of(clause: Clause) -> Opinion:
    """Return the clause's opinion of whatever it names."""
    classes = (
        ("synonymous", "synonymous"),
        ("benign", "benign"),
        ("vus", "vus"),
        ("pathogenic", "non_hotspot_pathogenic"),
    )
    says_mutated = clause.has("mut", "pathogenic") and not clause.is_denied and not clause.has("other_event")
    changed = any(token.kind in CHANGES for token in clause.tokens)
    return Opinion(
        says_mutated=says_mutated,
        unsure=clause.has("unsure") or (clause.has("foreign") and not clause.has("mut")),
        tested=clause.has("tested"),
        variant_class=next((name for kind, name in classes if clause.has(kind)), None),
        is_doubtful=says_mutated and not changed and clause.has("word", "foreign"),
    )
