-- The call log, chain by chain, and the archive of what decisions rested on.

-- at: microseconds since 1970. callee, caller, campaign, reason: blind indexes.
CREATE TABLE call_log (
    writer TEXT NOT NULL,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    key TEXT NOT NULL,
    callee BLOB,
    caller BLOB,
    campaign BLOB,
    reason BLOB,
    sealed BLOB NOT NULL,
    link BLOB NOT NULL,
    PRIMARY KEY (writer, position)
);

CREATE INDEX call_log_at ON call_log (at);

CREATE INDEX call_log_callee ON call_log (callee) WHERE callee IS NOT NULL;

CREATE INDEX call_log_caller ON call_log (caller, at) WHERE caller IS NOT NULL;

CREATE INDEX call_log_campaign ON call_log (campaign, at) WHERE campaign IS NOT NULL;

CREATE INDEX call_log_reason ON call_log (reason, at) WHERE reason IS NOT NULL;

CREATE TABLE writers (
    writer TEXT NOT NULL PRIMARY KEY,
    about TEXT NOT NULL,
    began INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_link BLOB NOT NULL,
    last_link BLOB NOT NULL
);

CREATE TABLE anchors (
    writer TEXT NOT NULL,
    position INTEGER NOT NULL,
    link BLOB NOT NULL,
    at INTEGER NOT NULL,
    key TEXT NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (writer, position)
);

CREATE TABLE archive (
    hash TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body BLOB NOT NULL
);
