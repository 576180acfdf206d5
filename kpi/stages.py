"""The words that the ledger speaks: event kinds, holders, states, stages, and why an event cannot be.

The order of each tuple is the code that arrays carry; both judges (vectorised and scalar) use these and nothing else.
"""

from kpi.bilingual import law_words
from kpi.rules_schema import STAGE_IDS

KINDS = (
    "sent", "received", "info_requested", "info_supplied", "refused", "withdrawn", "merged", "passed_on",
    "designation_requested", "designated", "dispatched", "accepted", "returned_wrong", "forwarded",
    "coordination_returned", "coordination_result", "extended", "completed", "result", "approved", "sent_back",
    "published", "rated", "feedback", "clarified",
)  # fmt: skip
"""Kinds of effective events; `voided` only says that another row never was and is gone before judging."""

HOLDERS = ("", "ioc", "lead", "leader", "coordinating", "sender", "province")
STATUSES = ("open", "done", "refused", "withdrawn", "passed_on", "merged")
ENDINGS = ("", "approved", "returned_wrong", "reassigned", "refused", "withdrawn", "passed_on", "merged")
PARTS = ("lead", "coordinating")
OUTCOMES = ("", "on_time", "late", "none")
URGENCIES = ("normal", "urgent", "instant")
STAGES = STAGE_IDS

SPINE = ("receive", "dispatch", "handle", "approve", "publish", "clarify")
"""Stages that a report is shown to pass even where the text sets no limit ("không quy định")."""
LEAD_STAGES = (
    "accept", "instant_confirm", "handle", "approve", "consolidate", "designated", "urgent_update", "instant_result",
)  # fmt: skip
"""Stages that a lead unit has open at most once at a time, cut short when the report leaves it."""
RESULT_STAGES = ("handle", "consolidate", "designated", "urgent_update", "instant_result")
"""Stages that a result or its approval ends, and that run on when the IOC sends the result back."""

UNIT_ACTS = (
    "accepted", "returned_wrong", "forwarded", "coordination_returned", "coordination_result", "extended",
    "completed", "result", "approved", "clarified",
)  # fmt: skip
"""Events that must name the acting unit."""
TARGETED = ("dispatched", "forwarded", "designated")
"""Events that must name a target unit."""
IOC_ACTS = (
    "received", "refused", "merged", "passed_on", "designation_requested", "designated", "dispatched", "sent_back",
    "published",
)  # fmt: skip
"""Events whose acting unit is the report's IOC."""
LATEST_RATING = 3

_FIELDS = {
    "urgency": "urgency", "sent_outside": "sent_at", "kind": "kind", "report": "report_id", "at_outside": "at",
    "before_sent": "at", "sent_differs": "at", "acting": "acting_unit_code", "target": "target_unit_code",
    "committed": "committed_at", "rating": "rating", "duplicate_of": "duplicate_of", "closed": "kind",
    "received_already": "kind", "same_unit": "target_unit_code", "not_lead": "acting_unit_code",
    "not_coordinating": "acting_unit_code", "not_holder": "acting_unit_code", "accepted_already": "kind",
    "waiting": "kind", "not_waiting": "kind", "not_province": "kind", "coordination_open": "kind",
    "forwarded_already": "target_unit_code", "result_waits": "kind", "completed_already": "kind",
    "no_result": "kind", "not_approved": "kind", "published_already": "kind", "no_feedback": "kind",
}  # fmt: skip
REASONS: dict[str, tuple[str, str]] = {
    reason: (field, law_words()[f"rejected.{reason}"]["vi"]) for reason, field in _FIELDS.items()
}
"""Why an event (or a report) cannot be: the offending field, and what to do in Vietnamese, as the
quarantine keeps it; both languages: kpi/words/rejected.yaml."""
REASON_IDS = tuple(REASONS)
