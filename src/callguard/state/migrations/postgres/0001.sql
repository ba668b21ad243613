-- The log of records, and the attempts that count.

CREATE SCHEMA IF NOT EXISTS callguard;

CREATE TABLE callguard.meta (
    key text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

INSERT INTO callguard.meta (key, value) VALUES ('database', replace(gen_random_uuid()::text, '-', ''));

INSERT INTO callguard.meta (key, value)
VALUES ('created', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));

-- Names of scopes, keys of callers, names of lists: whatever a record is about beside its number.
CREATE TABLE callguard.scopes (
    id integer NOT NULL PRIMARY KEY,
    name text NOT NULL UNIQUE
);

-- what: the id of the scope times 8, and 1 refusal, 2 imported refusal, 3 lift, 4 consent, 5 withdrawal, 6 status, 7 list version.
-- at, stored: microseconds since 1970. With a key, number and note are within sealed.
CREATE TABLE callguard.records (
    seq bigint NOT NULL PRIMARY KEY,
    what integer NOT NULL,
    number bigint,
    sealed bytea,
    at bigint NOT NULL,
    stored bigint NOT NULL,
    note text,
    crc bigint NOT NULL
);

-- kind: 1 an attempt that counts, 2 the count of attempt `of` given back.
CREATE TABLE callguard.attempts (
    seq bigint NOT NULL PRIMARY KEY,
    kind smallint NOT NULL,
    number bigint,
    sealed bytea,
    campaign text,
    caller text,
    at bigint NOT NULL,
    key text,
    of bigint
);

CREATE INDEX attempts_at ON callguard.attempts (at);

CREATE INDEX attempts_key ON callguard.attempts (key) WHERE key IS NOT NULL;

CREATE UNIQUE INDEX attempts_of ON callguard.attempts (of) WHERE of IS NOT NULL;

CREATE VIEW callguard.refusals AS
SELECT seq, number, name AS scope, at, stored, note::json ->> 'source' AS source, what % 8 = 2 AS imported
FROM callguard.records JOIN callguard.scopes ON scopes.id = what / 8 WHERE what % 8 IN (1, 2);

CREATE VIEW callguard.lifts AS
SELECT seq, number, name AS scope, at, stored, note::json ->> 'proof' AS proof
FROM callguard.records JOIN callguard.scopes ON scopes.id = what / 8 WHERE what % 8 = 3;

CREATE VIEW callguard.consents AS
SELECT seq, number, name AS scope, at, stored, note::json ->> 'proof' AS proof, (note::json ->> 'until')::double precision AS until,
    what % 8 = 5 AS withdrawn
FROM callguard.records JOIN callguard.scopes ON scopes.id = what / 8 WHERE what % 8 IN (4, 5);

CREATE VIEW callguard.caller_statuses AS
SELECT seq, name AS caller, at, stored, note::json ->> 'status' AS status
FROM callguard.records JOIN callguard.scopes ON scopes.id = what / 8 WHERE what % 8 = 6;

CREATE VIEW callguard.list_versions AS
SELECT seq, name AS list, at, stored, note::json ->> 'digest' AS digest, (note::json ->> 'numbers')::bigint AS numbers
FROM callguard.records JOIN callguard.scopes ON scopes.id = what / 8 WHERE what % 8 = 7;
