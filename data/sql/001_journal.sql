-- No keys and no indexes: DuckDB 1.5 had index corruption, and scans by sequence are fast without.
CREATE TABLE journal (
    seq BIGINT NOT NULL,
    time TIMESTAMP NOT NULL,
    actor VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    key VARCHAR NOT NULL,
    payload VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

-- How far each projection has folded the journal, and with which version of its rule.
CREATE TABLE projection (
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    upto BIGINT NOT NULL
);

-- The number of the last migration.
CREATE TABLE store (
    schema INTEGER NOT NULL
);
