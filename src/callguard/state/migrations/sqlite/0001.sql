-- The log of records, and the attempts that count.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO meta (key, value) VALUES ('database', lower(hex(randomblob(16))));

INSERT INTO meta (key, value) VALUES ('created', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));

-- Names of scopes, keys of callers, names of lists: whatever a record is about beside its number.
CREATE TABLE scopes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- what: the id of the scope times 8, and 1 refusal, 2 imported refusal, 3 lift, 4 consent, 5 withdrawal, 6 status, 7 list version.
-- at, stored: microseconds since 1970. With a key, number and note are within sealed.
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    what INTEGER NOT NULL,
    number INTEGER,
    sealed BLOB,
    at INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    note TEXT,
    crc INTEGER NOT NULL
);

-- kind: 1 an attempt that counts, 2 the count of attempt `of` given back.
CREATE TABLE attempts (
    seq INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    number INTEGER,
    sealed BLOB,
    campaign TEXT,
    caller TEXT,
    at INTEGER NOT NULL,
    key TEXT,
    of INTEGER
);

CREATE INDEX attempts_at ON attempts (at);

CREATE INDEX attempts_key ON attempts (key) WHERE key IS NOT NULL;

CREATE UNIQUE INDEX attempts_of ON attempts (of) WHERE of IS NOT NULL;

CREATE VIEW refusals AS
SELECT seq, number, name AS scope, at, stored, json_extract(note, '$.source') AS source, what % 8 = 2 AS imported
FROM records JOIN scopes ON scopes.id = what / 8 WHERE what % 8 IN (1, 2);

CREATE VIEW lifts AS
SELECT seq, number, name AS scope, at, stored, json_extract(note, '$.proof') AS proof
FROM records JOIN scopes ON scopes.id = what / 8 WHERE what % 8 = 3;

CREATE VIEW consents AS
SELECT seq, number, name AS scope, at, stored, json_extract(note, '$.proof') AS proof, json_extract(note, '$.until') AS until, what % 8 = 5 AS withdrawn
FROM records JOIN scopes ON scopes.id = what / 8 WHERE what % 8 IN (4, 5);

CREATE VIEW caller_statuses AS
SELECT seq, name AS caller, at, stored, json_extract(note, '$.status') AS status
FROM records JOIN scopes ON scopes.id = what / 8 WHERE what % 8 = 6;

CREATE VIEW list_versions AS
SELECT seq, name AS list, at, stored, json_extract(note, '$.digest') AS digest, json_extract(note, '$.numbers') AS numbers
FROM records JOIN scopes ON scopes.id = what / 8 WHERE what % 8 = 7;
