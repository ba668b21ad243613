"""Cut what the tests' mock server serves out of Twilio's published specification.

python tools/twilio_spec.py FOLDER      # write tests/twilio_api/openapi.json

FOLDER is `src/services/twilio-api` of the npm package @twilio/cli-core (MIT), unpacked: npm pack @twilio/cli-core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "tests" / "twilio_api" / "openapi.json"
_ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"
PATHS = {
    "twilio_api_v2010.json": [
        f"{_ACCOUNT}/Calls.json",
        f"{_ACCOUNT}/Calls/{{Sid}}.json",
        f"{_ACCOUNT}/Conferences/{{ConferenceSid}}/Participants.json",
        f"{_ACCOUNT}/Messages.json",
        f"{_ACCOUNT}/OutgoingCallerIds.json",
    ],
    "twilio_proxy_v1.json": ["/v1/Services/{ServiceSid}/Sessions"],
    "twilio_studio_v1.json": ["/v1/Flows/{FlowSid}/Engagements", "/v1/Flows/{FlowSid}/Executions"],
    "twilio_studio_v2.json": ["/v2/Flows/{FlowSid}/Executions"],
    "twilio_taskrouter_v1.json": [
        "/v1/Workspaces/{WorkspaceSid}/Tasks/{TaskSid}/Reservations/{Sid}",
        "/v1/Workspaces/{WorkspaceSid}/Workers/{WorkerSid}/Reservations/{Sid}",
    ],
    "twilio_verify_v2.json": ["/v2/Services/{ServiceSid}/Verifications"],
}
_METHODS = ("get", "post")
_PROSE = ("description", "summary", "tags", "x-twilio", "security", "title", "x-maturity", "x-pii")


def bare(found: Any) -> Any:
    """Return a part of the specification without what is only read by people; names of properties are kept whatever they are."""
    if isinstance(found, list):
        return [bare(each) for each in found]
    if not isinstance(found, dict):
        return found
    kept = {}
    for key, value in found.items():
        if key == "properties":
            kept[key] = {name: bare(each) for name, each in value.items()}
        elif key == "examples":
            kept[key] = dict([next(iter(value.items()))]) if isinstance(value, dict) and value else value
        elif key not in _PROSE:
            kept[key] = bare(value)
    return kept


def references(found: Any) -> set[str]:
    """Return the schemas that a part refers to."""
    if isinstance(found, list):
        return {name for each in found for name in references(each)}
    if not isinstance(found, dict):
        return set()
    own = {found["$ref"].rpartition("/")[2]} if isinstance(found.get("$ref"), str) else set()
    return own | {name for each in found.values() for name in references(each)}


def cut(folder: Path) -> dict[str, Any]:
    """Return the cut-down specification, with every host in its paths' `servers`."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for file, wanted in PATHS.items():
        whole = json.loads((folder / file).read_text(encoding="utf-8"))
        for path in wanted:
            item = whole["paths"][path]
            paths[path] = {"servers": item["servers"], **{key: bare(item[key]) for key in _METHODS if key in item}}
            missing = references(paths[path])
            while missing:
                name = missing.pop()
                if name not in schemas:
                    schemas[name] = bare(whole["components"]["schemas"][name])
                    missing |= references(schemas[name])
    return {
        "openapi": "3.0.1",
        "info": {
            "title": "Twilio's public REST API, cut down",
            "version": "1.0.0",
            "x-from": "npm package @twilio/cli-core, src/services/twilio-api, under the MIT License; see LICENSE beside this file",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(str(__doc__))
    OUT.write_text(json.dumps(cut(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")
