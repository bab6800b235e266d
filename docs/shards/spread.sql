-- Spreads the passages of a collection over other servers, by document. To be run in the collection's database, where
-- the servers are known to postgres_fdw (docs/scaling.md shows how) and have their tables (server.sql):
--   psql -v schema=qa_news -v servers='shard1 shard2' -f spread.sql postgresql://qa@host/archive
-- All is done or nothing; readers go on, and writers wait.
BEGIN;
SELECT FROM :"schema".collection FOR UPDATE;
ALTER TABLE :"schema".passages RENAME TO passages_before;
CREATE TABLE :"schema".passages (LIKE :"schema".passages_before) PARTITION BY HASH (document);
SELECT format(
    'CREATE FOREIGN TABLE %1$I.%2$I PARTITION OF %1$I.passages FOR VALUES WITH (MODULUS %3$s, REMAINDER %4$s) '
    'SERVER %5$I OPTIONS (schema_name %1$L, table_name ''passages'')',
    :'schema', 'passages_' || server, count(*) OVER (), number - 1, server
)
FROM unnest(string_to_array(:'servers', ' ')) WITH ORDINALITY AS s (server, number) \gexec
INSERT INTO :"schema".passages SELECT * FROM :"schema".passages_before;
DROP TABLE :"schema".passages_before;
COMMIT;
