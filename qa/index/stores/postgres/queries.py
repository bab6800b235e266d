"""The statements that search: both rankings and their fusion in one round trip, on however many servers.

The score for words is the sum over the question's stems of ``ts_rank``, which alone does not know how rare a stem is,
times the idf of BM25. ``ts_rank`` of one stem grows with its number in the passage, less and less, and falls with the
length of the passage, as BM25 does; it is built in, so that other servers of a database compute it for their part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qa.index.stores.fusion import RANK_CONSTANT
from qa.index.stores.postgres.rows import written

if TYPE_CHECKING:
    from qa.types import Vectors

# So many passages are looked at for their words: those that have one of the rarer stems of the question, or, where even
# the rarest is in more of them, all of its stems. What has none of the rarer ones would be late in the ranking.
_LOOKED_AT = 10_000

_ASKED = """
asked AS MATERIALIZED (
    SELECT s.stem, ln(1 + (c.passages - s.passages + 0.5) / (s.passages + 0.5))::float8 AS idf,
        sum(s.passages) OVER (ORDER BY s.passages, s.stem) <= %(looked_at)s AS rare
    FROM stems s, collection c WHERE s.stem = ANY(%(stems)s::text[]) AND s.passages > 0
),
looked_for AS MATERIALIZED (
    SELECT coalesce(string_agg(stem, '|') FILTER (WHERE rare), string_agg(stem, '&'))::tsquery AS query FROM asked
)"""
# Of each table the best of both rankings: sorted there, a server sends no others.
_BEST = """
(SELECT * FROM {part} ORDER BY vector <#> %(vector)s::halfvec LIMIT 2 * %(count)s)
UNION ALL
(SELECT * FROM {part} WHERE stems @@ (SELECT query FROM looked_for) ORDER BY {words} DESC LIMIT 2 * %(count)s)"""
_FOUND = """
found AS (
    SELECT DISTINCT ON (document, number) document, number, sentences,
        vector <#> %(vector)s::halfvec AS distance, {words} AS words
    FROM ({best}) best
)"""
_OF_NAMED = """
SELECT document, number, sentences, vector <#> %(vector)s::halfvec AS distance, {words} AS words
FROM {part} WHERE document = ANY(ARRAY(SELECT id FROM named))"""
_FUSED = f"""
ranked AS (
    SELECT *, row_number() OVER ({{within}} ORDER BY distance, document, number) AS near,
        row_number() OVER ({{within}} ORDER BY words DESC, document, number) AS worded
    FROM found
),
scored AS (
    SELECT *, CASE WHEN near <= 2 * %(count)s THEN 1.0::float8 / ({RANK_CONSTANT} + near) ELSE 0 END
        + CASE WHEN words > 0 AND worded <= 2 * %(count)s THEN 1.0::float8 / ({RANK_CONSTANT} + worded) ELSE 0 END
        AS score
    FROM ranked
),
hits AS (
    SELECT *, row_number() OVER ({{within}} ORDER BY score DESC, document, number) AS place FROM scored
)"""
# The text of a document comes once, with its best passage.
_SHOWN = """
SELECT c.languages, source, document_sha256, language, about,
    CASE WHEN row_number() OVER (PARTITION BY d.id ORDER BY place) = 1 THEN d.text END,
    sentences, -distance, score
FROM collection c LEFT JOIN"""


def search(parts: Sequence[str], stems: Sequence[str], *, among: bool) -> str:
    """Write the statement for the best passages, of all documents or exactly of those whose sources are ``among``.

    ``parts`` are the tables that the passages are in. The parameters are ``parameters``, and ``among``.
    """
    words = _words(stems)
    if among:
        named = "named AS (SELECT id FROM documents WHERE source = ANY(%(among)s::text[]))"
        found = f"{named}, {_found_in_named(parts, words)}"
    else:
        best = "\nUNION ALL\n".join(_BEST.format(part=part, words=words) for part in parts)
        found = _FOUND.format(best=best, words=words)
    shown = f"{_SHOWN} (hits JOIN documents d ON d.id = document) ON place <= %(count)s ORDER BY place"
    return f"WITH {_ASKED}, {found}, {_FUSED.format(within='')} {shown}"


def best_of_each(parts: Sequence[str], stems: Sequence[str], *, among: bool) -> str:
    """Write the statement for the best passages of each of the ``documents`` that come next ``after`` a source.

    The parameters are ``parameters``, ``after``, ``documents``, and ``among``.
    """
    only = "AND source = ANY(%(among)s::text[])" if among else ""
    named = f"named AS (SELECT * FROM documents WHERE source > %(after)s {only} ORDER BY source LIMIT %(documents)s)"
    fused = _FUSED.format(within="PARTITION BY document")
    shown = (
        f"{_SHOWN} (named d LEFT JOIN hits ON document = d.id AND place <= %(count)s) ON true ORDER BY source, place"
    )
    return f"WITH {_ASKED}, {named}, {_found_in_named(parts, _words(stems))}, {fused} {shown}"


def parameters(vector: Vectors, stems: Sequence[str], count: int) -> dict[str, Any]:
    """Return the parameters that both statements have; stems are of letters, marks and digits alone."""
    numbered = {f"stem{n}": stem for n, stem in enumerate(stems)}
    return {"vector": written(vector), "stems": list(stems), "count": count, "looked_at": _LOOKED_AT, **numbered}


def _words(stems: Sequence[str]) -> str:
    idf = "coalesce((SELECT idf FROM asked WHERE stem = %(stem{n})s::text), 0)"
    rank = "ts_rank(stems, %(stem{n})s::text::tsquery, 1)"  # 1: divided by the logarithm of the length
    return " + ".join(f"{idf} * {rank}".format(n=n) for n in range(len(stems))) or "0.0::float8"


def _found_in_named(parts: Sequence[str], words: str) -> str:
    return f"found AS ({' UNION ALL '.join(_OF_NAMED.format(part=part, words=words) for part in parts)})"
