"""The statements that search: both rankings and their fusion in one round trip, on however many servers.

The score for words is close to BM25 (Robertson and Zaragoza, 2009): the sum over the question's stems of their idf
times ``ts_rank``, which for one stem grows with its number in the passage, less and less; divided by a number that
grows with the length of the passage. All of it is built in, so that other servers of a database compute it.
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

# How much the length of a passage counts, from 0 to 1. With this the right passages come as early as with BM25
# (``tests.benchmarks.words``); without it, those with many words do.
_LENGTH = 0.4

# A stem that is nowhere has its weight here: postgres_fdw would not send a ``coalesce`` to the other servers.
_ASKED = """
asked AS MATERIALIZED (
    SELECT stem, coalesce(ln(1 + (c.passages - s.passages + 0.5) / (s.passages + 0.5)), 0)::float8 AS idf,
        sum(s.passages) OVER (ORDER BY s.passages, stem) <= %(looked_at)s AS rare
    FROM unnest(%(stems)s::text[]) AS stem CROSS JOIN collection c LEFT JOIN stems s USING (stem)
),
typical AS MATERIALIZED (SELECT greatest(stems::float8 / greatest(passages, 1), 1) AS stems FROM collection),
looked_for AS MATERIALIZED (
    SELECT coalesce(string_agg(stem, '|') FILTER (WHERE rare), string_agg(stem, '&'))::tsquery AS query
    FROM asked WHERE idf > 0
)"""
_DISTANCE = "(vector <#> %(vector)s::halfvec)"
_OF_NAMED = "document = ANY(ARRAY(SELECT id FROM named))"
# Of each table the best of both rankings: sorted there, a server sends no others.
_NEAREST = "(SELECT * FROM {part} WHERE {nearest_of} ORDER BY {nearest} LIMIT 2 * %(count)s)"
_WORDED = "(SELECT * FROM {part} WHERE {worded_of} ORDER BY {words} DESC, document, number LIMIT 2 * %(count)s)"
_OF_ALL = {"nearest_of": "true", "nearest": _DISTANCE, "worded_of": "stems @@ (SELECT query FROM looked_for)"}
# The graph has no such order, and cannot be used: of named documents every passage is compared.
_EXACT = {"nearest_of": _OF_NAMED, "nearest": f"{_DISTANCE} + 0, document, number", "worded_of": _OF_NAMED}
_SCORED = f"document, number, sentences, {_DISTANCE} AS distance, {{words}} AS words"
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
SELECT c.tableoid, c.languages, source, document_sha256, language, about,
    CASE WHEN row_number() OVER (PARTITION BY d.id ORDER BY place) = 1 THEN d.text END,
    sentences, -distance, score
FROM collection c LEFT JOIN"""


def search(parts: Sequence[str], stems: Sequence[str], *, among: bool) -> str:
    """Write the statement for the best passages, of all documents or exactly of those whose sources are ``among``.

    ``parts`` are the tables that the passages are in. The parameters are ``parameters``, and ``among``.
    """
    words, of = _words(stems), _EXACT if among else _OF_ALL
    named = "named AS (SELECT id FROM documents WHERE source = ANY(%(among)s::text[]))"
    rankings = (_NEAREST, _WORDED) if stems else (_NEAREST,)
    best = " UNION ALL ".join(r.format(part=part, words=words, **of) for part in parts for r in rankings)
    found = f"found AS (SELECT DISTINCT ON (document, number) {_SCORED.format(words=words)} FROM ({best}) best)"
    shown = f"{_SHOWN} (hits JOIN documents d ON d.id = document) ON place <= %(count)s ORDER BY place"
    return f"WITH {_ASKED}, {named}, {found}, {_FUSED.format(within='')} {shown}"


def best_of_each(parts: Sequence[str], stems: Sequence[str], *, among: bool) -> str:
    """Write the statement for the best passages of each of the ``documents`` that come next ``after`` a source.

    The parameters are ``parameters``, ``after``, ``documents``, and ``among``.
    """
    only = "AND source = ANY(%(among)s::text[])" if among else ""
    named = f"named AS (SELECT * FROM documents WHERE source > %(after)s {only} ORDER BY source LIMIT %(documents)s)"
    scored = _SCORED.format(words=_words(stems))
    found = " UNION ALL ".join(f"SELECT {scored} FROM {part} WHERE {_OF_NAMED}" for part in parts)
    fused = _FUSED.format(within="PARTITION BY document")
    shown = (
        f"{_SHOWN} (named d LEFT JOIN hits ON document = d.id AND place <= %(count)s) ON true ORDER BY source, place"
    )
    return f"WITH {_ASKED}, {named}, found AS ({found}), {fused} {shown}"


def parameters(vector: Vectors, stems: Sequence[str], count: int) -> dict[str, Any]:
    """Return the parameters that both statements have; stems are of letters, marks and digits alone."""
    numbered = {f"stem{n}": stem for n, stem in enumerate(stems)}
    return {"vector": written(vector), "stems": list(stems), "count": count, "looked_at": _LOOKED_AT, **numbered}


def _words(stems: Sequence[str]) -> str:
    if not stems:
        return "0.0::float8"
    idf = "(SELECT idf FROM asked WHERE stem = %(stem{n})s::text)"
    rank = "ts_rank(stems, %(stem{n})s::text::tsquery)"
    ranks = " + ".join(f"{idf} * {rank}".format(n=n) for n in range(len(stems)))
    return f"({ranks}) / ({1 - _LENGTH} + {_LENGTH}::float8 * length(stems) / (SELECT stems FROM typical))"
