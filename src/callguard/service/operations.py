"""Every endpoint: its path, its fields, what it answers. The application and its OpenAPI description are both made of this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from callguard.service import asking, health, keeping, placing
from callguard.service.fields import Field, Many, campaigns, forms, languages, scopes
from callguard.service.kinds import Callee, Choice, Flag, Instant, Seconds, Text, Until, Where

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from callguard.service.desk import Desk
    from callguard.service.limits import Limits

    Handler = Callable[[Desk, dict[str, Any], str], Awaitable[Response]]

CALLEE: Final = Field("callee", Callee(), "Whom the call reaches.", required=True)
CALLER: Final = Field(
    "caller", Text("the number that calls, as text", 100), "The number that calls, in any writing.", required=True
)
CAMPAIGN: Final = Field("campaign", Choice("campaigns", campaigns), "What for: a campaign of the policy.", required=True)
AT: Final = Field("at", Instant(), "When, if not now.")
AFTER: Final = Field("after", Instant(), "From when on, if not from now.")
HAPPENED: Final = Field("at", Instant(), "When it happened, if not now; kept as evidence.")
PLACE: Final = Field("place", Where(), "Where the callee is, where that is known better than the number tells.")
LANG: Final = Field("lang", Choice("languages", languages), "The language of `message`: `en` (the default) or `zh`.")
FORM: Final = Field("as", Choice("forms", forms), "`text` answers in a word or two; so does `Accept: text/plain`.")
SCOPE: Final = Field("scope", Choice("scopes", scopes), "What it is for: `enterprise` (the default), a further scope, a campaign.")
PROOF: Final = Field("proof", Text("what proves the consent, as text"), "What proves the callee's consent.", required=True)
SOURCE: Final = Field("source", Text("text"), "Where the refusal comes from; else the name of the token's holder.")
UNTIL: Final = Field("until", Until(), "Its last day, or the instant at which it ends; else it has no end.")
KEY: Final = Field("key", Text("text", 200), "A key of the call's own: asked again with it within 24 hours, it counts once.")
OUTCOME: Final = Field(
    "outcome",
    Text("a name, as `answered`", 100),
    "`answered`, `no-answer`, `busy`, `rejected`, `voicemail`, `failed`, or a name of your own.",
    required=True,
)
KEYS: Final = Field(
    "keys", Text("keys of a telephone, as `9`", 100), "What the callee entered; it may be a refusal, by the policy."
)
DURATION: Final = Field("duration", Seconds(), "How long the call took, in seconds.")
REASONS_ONLY: Final = Field("reasons_only", Flag(), "Whether the answer has the reasons alone.")
QUESTION: Final = (CALLEE, CALLER, CAMPAIGN, AT, PLACE)


@attrs.frozen(kw_only=True)
class Operation:
    """One method of one path; `answers` names a schema of the description by status, `troubles` the codes it may end with."""

    method: Literal["get", "post"]
    path: str
    name: str
    says: str
    handle: Handler
    fields: tuple[Field, ...] = ()
    answers: dict[int, str]
    troubles: tuple[str, ...] = ()
    text: str | None = None  # what it answers as text, where it can
    open: bool = False  # answered without a token, and however many are under way
    consents: bool = False  # only where the service takes them

    @property
    def endpoint(self) -> str:
        """What metrics call it."""
        return self.name


def operations(limits: Limits) -> tuple[Operation, ...]:
    """Return every endpoint."""
    many = (
        Field("callees", Many(CALLEE.kind, limits.questions), "Whom the calls reach, where caller and campaign are the same."),
        Field(
            "questions", Many(QUESTION, limits.questions), "Whole questions; nothing else beside it but `reasons_only` and `lang`."
        ),
        *(attrs.evolve(field, required=False) for field in (CALLER, CAMPAIGN)),
        *(AT, PLACE, LANG, REASONS_ONLY),
    )
    return (
        Operation(
            method="post",
            path="/v1/decide",
            name="decide",
            says="May this call be placed? Nothing is counted or logged.",
            handle=asking.decide,
            fields=(*QUESTION, LANG, FORM),
            answers={200: "Decision"},
            text="`allow`, or `deny` and the reason",
        ),
        Operation(
            method="get",
            path="/v1/decide",
            name="decide-get",
            says="The same, for what can only fetch an address. The callee stands in it, and others may log it: prefer POST.",
            handle=asking.decide,
            fields=(*QUESTION, LANG, FORM),
            answers={200: "Decision"},
            text="`allow`, or `deny` and the reason",
        ),
        Operation(
            method="post",
            path="/v1/decide/many",
            name="decide-many",
            says="Decide many calls: callees that share caller and campaign, or whole questions. Answers come in the same order.",
            handle=asking.decide_many,
            fields=many,
            answers={200: "Decisions"},
        ),
        Operation(
            method="post",
            path="/v1/explain",
            name="explain",
            says="Every rule's finding on one call, and the first instant at which all rules pass.",
            handle=asking.explain,
            fields=(*QUESTION, LANG),
            answers={200: "Explanation"},
        ),
        Operation(
            method="post",
            path="/v1/next-allowed",
            name="next-allowed",
            says="The first instant at which all rules pass; null when no passing of time alone will do.",
            handle=asking.next_allowed,
            fields=(CALLEE, CALLER, CAMPAIGN, AFTER, PLACE, FORM),
            answers={200: "NextAllowed"},
            text="the instant, or `never`",
        ),
        Operation(
            method="post",
            path="/v1/attempts",
            name="attempt",
            says="Decide, count and log a call that is about to be placed. 201: place it, and tell its outcome. 403: do not.",
            handle=placing.attempt,
            fields=(CALLEE, CALLER, CAMPAIGN, PLACE, KEY, LANG, FORM),
            answers={201: "Attempt", 403: "Attempt"},
            troubles=("key",),
            text="`allow` and the attempt's id, or `deny` and the reason",
        ),
        Operation(
            method="post",
            path="/v1/attempts/{id}/outcome",
            name="outcome",
            says="Tell how the call ended, which ends the attempt. What the policy has for a refusal is kept when this answers.",
            handle=placing.outcome,
            fields=(OUTCOME, DURATION, KEYS, FORM),
            answers={200: "Ended"},
            troubles=("no-attempt", "state"),
            text="`kept`",
        ),
        Operation(
            method="post",
            path="/v1/attempts/{id}/release",
            name="release",
            says="Give back the count of a call that never left, which ends the attempt as `failed`.",
            handle=placing.release,
            fields=(FORM,),
            answers={200: "Ended"},
            troubles=("no-attempt", "state"),
            text="`kept`",
        ),
        Operation(
            method="post",
            path="/v1/refuse",
            name="refuse",
            says="Keep a callee's refusal. It lasts when this answers, and the very next question honours it.",
            handle=keeping.refuse,
            fields=(CALLEE, SCOPE, SOURCE, HAPPENED, FORM),
            answers={200: "Kept"},
            troubles=("state",),
            text="`kept`",
        ),
        Operation(
            method="post",
            path="/v1/lift",
            name="lift",
            says="End a callee's refusals of one scope, by proof of newer consent.",
            handle=keeping.lift,
            fields=(CALLEE, SCOPE, PROOF, FORM),
            answers={200: "Kept"},
            troubles=("state", "consents-off"),
            text="`kept`",
            consents=True,
        ),
        Operation(
            method="post",
            path="/v1/consent",
            name="consent",
            says="Keep a callee's consent; it never ends a refusal.",
            handle=keeping.consent,
            fields=(CALLEE, SCOPE, PROOF, UNTIL, FORM),
            answers={200: "Kept"},
            troubles=("state", "consents-off"),
            text="`kept`",
            consents=True,
        ),
        Operation(
            method="post",
            path="/v1/consent/withdraw",
            name="withdraw",
            says="End all of a callee's consents of one scope.",
            handle=keeping.withdraw,
            fields=(CALLEE, SCOPE, FORM),
            answers={200: "Kept"},
            troubles=("state",),
            text="`kept`",
        ),
        Operation(
            method="get",
            path="/health/live",
            name="live",
            says="Whether the process answers.",
            handle=health.live,
            answers={200: "Live"},
            open=True,
        ),
        Operation(
            method="get",
            path="/health/ready",
            name="ready",
            says="Whether calls may be allowed here: not while state is stale, the log cannot be written, or it stops.",
            handle=health.ready,
            answers={200: "Ready", 503: "Ready"},
            open=True,
        ),
        Operation(
            method="get",
            path="/metrics",
            name="metrics",
            says="Counters in the text format of Prometheus; no number stands in them.",
            handle=health.metrics,
            answers={200: "Metrics"},
        ),
        Operation(
            method="get",
            path="/openapi.json",
            name="openapi",
            says="This description, with the campaigns and scopes of the policy in force.",
            handle=health.description,
            answers={200: "Description"},
        ),
    )
