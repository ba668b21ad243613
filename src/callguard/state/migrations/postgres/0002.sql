-- The call log, chain by chain, and the archive of what decisions rested on.

-- at: microseconds since 1970. callee, caller, campaign, reason: blind indexes.
CREATE TABLE callguard.call_log (
    writer text NOT NULL,
    position bigint NOT NULL,
    at bigint NOT NULL,
    key text NOT NULL,
    callee bytea,
    caller bytea,
    campaign bytea,
    reason bytea,
    sealed bytea NOT NULL,
    link bytea NOT NULL,
    PRIMARY KEY (writer, position)
);

CREATE INDEX call_log_at ON callguard.call_log (at);

CREATE INDEX call_log_callee ON callguard.call_log (callee) WHERE callee IS NOT NULL;

CREATE INDEX call_log_caller ON callguard.call_log (caller, at) WHERE caller IS NOT NULL;

CREATE INDEX call_log_campaign ON callguard.call_log (campaign, at) WHERE campaign IS NOT NULL;

CREATE INDEX call_log_reason ON callguard.call_log (reason, at) WHERE reason IS NOT NULL;

-- a row of a writer who is at work changes with every commit: room for its next versions on the same page
CREATE TABLE callguard.writers (
    writer text NOT NULL PRIMARY KEY,
    about text NOT NULL,
    began bigint NOT NULL,
    count bigint NOT NULL,
    first_link bytea NOT NULL,
    last_link bytea NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE callguard.anchors (
    writer text NOT NULL,
    position bigint NOT NULL,
    link bytea NOT NULL,
    at bigint NOT NULL,
    key text NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (writer, position)
);

CREATE TABLE callguard.archive (
    hash text NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    body bytea NOT NULL
);
