-- Spreads the passages of a collection over other servers, by document. To be run in the collection's database, where
-- the servers are known to postgres_fdw (docs/scaling.md shows how) and have their tables (server.sql):
--   psql -v schema=qa_news -v servers='shard1 shard2' -f spread.sql postgresql://qa@host/archive
-- All is done or nothing. Writers wait; readers wait for its last moment alone. To be run by the role that owns the
-- collection; rights that were given to others are to be given again, and what has the collection open opened again.
BEGIN;
SELECT FROM :"schema".collection FOR UPDATE;
CREATE TABLE :"schema".spread (LIKE :"schema".passages) PARTITION BY HASH (document);
SELECT format(
    'CREATE FOREIGN TABLE %1$I.%2$I PARTITION OF %1$I.spread FOR VALUES WITH (MODULUS %3$s, REMAINDER %4$s) '
    'SERVER %5$I OPTIONS (schema_name %1$L, table_name ''passages'')',
    :'schema', 'passages_' || server, count(*) OVER (), number - 1, server
)
FROM unnest(string_to_array(:'servers', ' ')) WITH ORDINALITY AS s (server, number) \gexec
INSERT INTO :"schema".spread SELECT * FROM :"schema".passages;
DROP TABLE :"schema".passages;
ALTER TABLE :"schema".spread RENAME TO passages;
COMMIT;
