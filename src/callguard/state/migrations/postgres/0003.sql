-- What a checkpoint of refusals leaves out, found without reading all of the log.

CREATE INDEX records_besides ON callguard.records (seq) WHERE what % 8 > 2;
