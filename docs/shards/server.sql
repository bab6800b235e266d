-- Makes the table for a part of a collection's passages. To be run on each of the servers that the passages go to:
--   psql -v schema=qa_news -v dimensions=384 -f server.sql postgresql://qa@shard1/archive
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA :"schema";
CREATE TABLE :"schema".passages (
    document bigint, number int,
    sentences int[] NOT NULL, stems tsvector NOT NULL, vector halfvec(:dimensions) NOT NULL,
    PRIMARY KEY (document, number)
);
CREATE INDEX passages_stems ON :"schema".passages USING gin (stems) WITH (fastupdate = off);
