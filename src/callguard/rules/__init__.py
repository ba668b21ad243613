"""The law as functions, in the order of the reasons; and what users need to write rules of their own."""

from __future__ import annotations

from typing import Final

from callguard.model import FOREVER
from callguard.rules.callee import consent_evidence, do_not_call_after_refusal, invalid_number, listed, protected_number
from callguard.rules.caller import (
    caller_not_in_campaign,
    no_overseas_forwarding_of_400,
    number_channel,
    number_filing_30_days,
    number_legal_source,
    number_reclaimed,
    number_usage_plan,
    scope_of_96,
)
from callguard.rules.filing import (
    ai_business_filing,
    biometric_filing,
    cross_border_telecom_qualification,
    finance_marketing_filing,
    hk_mo_tw_filing,
    mvno_realtime_record_filing,
)
from callguard.rules.hours import campaign_window, marketing_hours, subject_tutoring_rest_day_ban
from callguard.rules.licence import (
    call_center_licence,
    call_center_licence_validity,
    drug_licence,
    education_licence,
    enterprise_blacklisted,
    finance_sector_licence,
    icp_licence,
    licence_before_operation,
    local_licence_province_scope,
    medical_device_licence,
    medical_institution_licence,
)
from callguard.rules.limits import no_malicious_or_harassing_calls, number_usage_plan_volume
from callguard.rules.local import place_consent, place_days, place_limits
from callguard.rules.place import region_blocked
from callguard.rules.rule import Call, Deny, Pass, Rule, rule
from callguard.rules.upkeep import state_stale, usage_log

__all__ = ["FOREVER", "RULES", "Call", "Deny", "Pass", "Rule", "rule"]

RULES: Final[tuple[Rule, ...]] = (
    invalid_number,
    protected_number,
    do_not_call_after_refusal,
    listed,
    consent_evidence,
    place_consent,
    number_legal_source,
    caller_not_in_campaign,
    number_reclaimed,
    number_channel,
    number_filing_30_days,
    number_usage_plan,
    scope_of_96,
    no_overseas_forwarding_of_400,
    enterprise_blacklisted,
    call_center_licence,
    icp_licence,
    call_center_licence_validity,
    licence_before_operation,
    local_licence_province_scope,
    finance_sector_licence,
    education_licence,
    medical_institution_licence,
    medical_device_licence,
    drug_licence,
    finance_marketing_filing,
    ai_business_filing,
    biometric_filing,
    cross_border_telecom_qualification,
    hk_mo_tw_filing,
    mvno_realtime_record_filing,
    region_blocked,
    subject_tutoring_rest_day_ban,
    place_days,
    marketing_hours,
    campaign_window,
    no_malicious_or_harassing_calls,
    place_limits,
    number_usage_plan_volume,
    state_stale,
    usage_log,
)
