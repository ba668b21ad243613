"""The requests of Telnyx that place no call, and those that are denied unless they are allowed by name."""

from __future__ import annotations

from typing import Final

from callguard.dialers.routes import requests

HARMLESS: Final[dict[str, str]] = {
    **requests(
        "POST",
        "/queues /queues/{} /texml/Accounts/{}/Queues /texml/Accounts/{}/Queues/{}",
        "a queue of calls that are there",
    ),
    **requests(
        "PATCH",
        "/queues/{}/calls/{}",
        "a queue of calls that are there",
    ),
    **requests(
        "POST",
        "/calls/{}/actions/ai_assistant_join /calls/{}/actions/ai_assistant_stop /calls/{}/actions/bridge"
        " /calls/{}/actions/conversation_relay_stop /calls/{}/actions/enqueue /calls/{}/actions/fork_start"
        " /calls/{}/actions/fork_stop /calls/{}/actions/gather /calls/{}/actions/gather_stop"
        " /calls/{}/actions/gather_using_audio /calls/{}/actions/gather_using_speak /calls/{}/actions/hangup"
        " /calls/{}/actions/leave_queue /calls/{}/actions/pay /calls/{}/actions/playback_start"
        " /calls/{}/actions/playback_stop /calls/{}/actions/record_pause /calls/{}/actions/record_resume"
        " /calls/{}/actions/record_start /calls/{}/actions/record_stop /calls/{}/actions/reject"
        " /calls/{}/actions/siprec_start /calls/{}/actions/siprec_stop /calls/{}/actions/speak"
        " /calls/{}/actions/streaming_stop /calls/{}/actions/suppression_start /calls/{}/actions/suppression_stop"
        " /calls/{}/actions/switch_supervisor_role /calls/{}/actions/transcription_start"
        " /calls/{}/actions/transcription_stop /conferences /conferences/{}/actions/end"
        " /conferences/{}/actions/gather_using_audio /conferences/{}/actions/hold /conferences/{}/actions/join"
        " /conferences/{}/actions/leave /conferences/{}/actions/mute /conferences/{}/actions/play"
        " /conferences/{}/actions/record_pause /conferences/{}/actions/record_resume /conferences/{}/actions/record_start"
        " /conferences/{}/actions/record_stop /conferences/{}/actions/speak /conferences/{}/actions/stop"
        " /conferences/{}/actions/unhold /conferences/{}/actions/unmute /conferences/{}/actions/update"
        " /room_sessions/{}/actions/end /room_sessions/{}/actions/kick /room_sessions/{}/actions/mute"
        " /room_sessions/{}/actions/unmute /texml/Accounts/{}/Calls/{}/Recordings.json"
        " /texml/Accounts/{}/Calls/{}/Recordings/{}.json /texml/Accounts/{}/Calls/{}/Siprec.json"
        " /texml/Accounts/{}/Calls/{}/Siprec/{}.json /texml/Accounts/{}/Calls/{}/Streams.json"
        " /texml/Accounts/{}/Calls/{}/Streams/{}.json /texml/Accounts/{}/Conferences/{}"
        " /texml/Accounts/{}/Conferences/{}/Participants/{}",
        "acts on calls that are there, and calls nobody",
    ),
    **requests(
        "PUT",
        "/calls/{}/actions/client_state_update",
        "acts on calls that are there, and calls nobody",
    ),
    **requests(
        "PATCH",
        "/conferences/{}/participants/{}",
        "acts on calls that are there, and calls nobody",
    ),
    **requests(
        "POST",
        "/10dlc/brand /10dlc/brand/{}/2faEmail /10dlc/brand/{}/externalVetting /10dlc/brand/{}/smsOtp"
        " /10dlc/campaign/acceptSharing/{} /10dlc/campaign/{}/appeal /10dlc/campaignBuilder"
        " /10dlc/phoneNumberAssignmentByProfile /10dlc/phone_number_campaigns /alphanumeric_sender_ids /email_blocks"
        " /email_blocks/import /email_domains /email_domains/{}/rotate_dkim /email_domains/{}/verify"
        " /email_domains/{}/webhooks /email_inboxes /email_inboxes/{}/drafts /email_inboxes/{}/drafts/{}/send"
        " /email_inboxes/{}/filters /email_inboxes/{}/messages/{}/actions/forward"
        " /email_inboxes/{}/messages/{}/actions/reply /email_inboxes/{}/messages/{}/actions/reply_all"
        " /email_inboxes/{}/messages/{}/drafts /email_inboxes/{}/messages/{}/labels /email_inboxes/{}/threads/{}/labels"
        " /email_messages /email_messages/batch /email_templates /email_templates/{}/render /email_unsubscribe_groups"
        " /email_unsubscribe_groups/{}/suppressions /email_validations /email_validations/batch"
        " /machine-payments/account-credit /messages /messages/alphanumeric_sender_id /messages/group_mms"
        " /messages/long_code /messages/number_pool /messages/rcs /messages/schedule /messages/short_code"
        " /messages/whatsapp /messaging/rcs/bulk_capabilities /messaging_hosted_number_orders"
        " /messaging_hosted_number_orders/eligibility_numbers_check"
        " /messaging_hosted_number_orders/{}/actions/file_upload /messaging_hosted_number_orders/{}/validation_codes"
        " /messaging_numbers_bulk_updates /messaging_profiles/{}/actions/regenerate_secret"
        " /messaging_profiles/{}/autoresp_configs /messaging_tollfree/verification/requests /rcs/agents"
        " /rcs/agents/{}/launch /rcs/agents/{}/submit /rcs/agents/{}/test_devices /rcs/brands /rcs/brands/{}/submit"
        " /verifications/by_phone_number/{}/actions/verify /verifications/sms /verifications/whatsapp"
        " /verifications/{}/actions/verify /verify_profiles /verify_profiles/templates /whatsapp/message_templates"
        " /whatsapp/phone_numbers/{}/profile/photo",
        "messages, mail and their codes: calls nobody",
    ),
    **requests(
        "PUT",
        "/10dlc/brand/{} /10dlc/brand/{}/externalVetting /10dlc/brand/{}/revet /10dlc/brand/{}/smsOtp /10dlc/campaign/{}"
        " /10dlc/phone_number_campaigns/{} /email_inboxes/{}/drafts/{} /email_inboxes/{}/filters /email_templates/{}"
        " /messaging/rcs/test_number_invite/{}/{} /messaging_profiles/{}/autoresp_configs/{}",
        "messages, mail and their codes: calls nobody",
    ),
    **requests(
        "PATCH",
        "/10dlc/partner_campaigns/{} /email_domains/{} /email_domains/{}/webhooks/{} /email_inboxes/{}/drafts/{}"
        " /email_inboxes/{}/messages/{} /email_messages/{}/schedule /email_templates/{} /email_unsubscribe_groups/{}"
        " /messaging/rcs/agents/{} /messaging_hosted_numbers/{} /messaging_tollfree/verification/requests/{}"
        " /rcs/agents/{} /rcs/brands/{} /short_codes/{} /verify_profiles/templates/{} /verify_profiles/{}"
        " /whatsapp/business_accounts/{}/settings /whatsapp/phone_numbers/{}/conversational_components"
        " /whatsapp/phone_numbers/{}/profile /whatsapp/user_data /whatsapp_message_templates/{}",
        "messages, mail and their codes: calls nobody",
    ),
    **requests(
        "POST",
        "/ai/assistants/{}/instructions/enhance /ai/assistants/{}/tags /ai/audio/transcriptions /ai/avatars /ai/clusters"
        " /ai/collections /ai/collections/{}/sources /ai/conversations /ai/conversations/insight-groups"
        " /ai/conversations/insight-groups/{}/insights/{}/assign /ai/conversations/insights /ai/embeddings"
        " /ai/embeddings/similarity-search /ai/embeddings/url /ai/fine_tuning/jobs /ai/fine_tuning/jobs/{}/cancel"
        " /ai/memory/namespaces /ai/memory/namespaces/{}/profiles/{}/ingest /ai/memory/namespaces/{}/profiles/{}/recall"
        " /ai/memory/namespaces/{}/profiles/{}/remember /ai/memory/namespaces/{}/profiles/{}/summary/preview"
        " /ai/openai/chat/completions /ai/openai/embeddings /ai/summarize /ai/typesafe/v1/systemone"
        " /llm_token_gateway/token_groups /llm_token_gateway/token_keys /pronunciation_dicts /text-to-speech/speech"
        " /voice_clones /voice_clones/from_upload /voice_designs /web_search /web_search/contents /web_search/research",
        "asks a model, or says what an assistant knows and how it sounds",
    ),
    **requests(
        "PUT",
        "/ai/collections/{}/settings /ai/collections/{}/sources /ai/conversations/insight-groups/{}"
        " /ai/conversations/insights/{} /ai/conversations/{}",
        "asks a model, or says what an assistant knows and how it sounds",
    ),
    **requests(
        "PATCH",
        "/ai/avatars/{} /ai/collections/{} /ai/collections/{}/settings /ai/memory/namespaces/{}/settings"
        " /llm_token_gateway/token_groups/{} /llm_token_gateway/token_keys/{} /pronunciation_dicts/{} /voice_clones/{}"
        " /voice_designs/{}",
        "asks a model, or says what an assistant knows and how it sounds",
    ),
    **requests(
        "POST",
        "/addresses /addresses/actions/validate /addresses/{}/actions/accept_suggestions /advanced_orders /billing_groups"
        " /bundle_pricing/user_bundles/bulk /call_reasons/validate /comments"
        " /credential_connections/{}/actions/check_registration_status /custom_storage_credentials/{}"
        " /customer_service_records /customer_service_records/phone_number_coverages /documents"
        " /dynamic_emergency_addresses /dynamic_emergency_endpoints /enterprises /enterprises/{}/branded_calling"
        " /enterprises/{}/dir /enterprises/{}/reputation /enterprises/{}/reputation/remediation"
        " /enterprises/{}/verify_email /enterprises/{}/verify_email/confirm /external_connections/{}/uploads/refresh"
        " /faxes/{}/actions/cancel /faxes/{}/actions/refresh /global_ip_assignments /global_ip_health_checks /global_ips"
        " /inexplicit_number_orders /infringement_claims/{}/contest /integration_secrets /ledger_billing_group_reports"
        " /legacy/reporting/batch_detail_records/messaging /legacy/reporting/batch_detail_records/speech_to_text"
        " /legacy/reporting/batch_detail_records/voice /legacy/reporting/usage_reports/messaging"
        " /legacy/reporting/usage_reports/number_lookup /legacy/reporting/usage_reports/voice"
        " /managed_accounts/{}/actions/disable /media /networks /networks/{}/default_gateway /notification_profiles"
        " /number_block_orders /number_order_phone_numbers/{}/requirement_group /number_orders /number_reservations"
        " /number_reservations/{}/actions/extend /numbers_features /oauth/introspect"
        " /organizations/users/{}/actions/remove /payment/stored_payment_transactions"
        " /phone_number_blocks/jobs/delete_phone_number_block /phone_numbers/csv_downloads"
        " /phone_numbers/jobs/delete_phone_numbers /phone_numbers/jobs/update_emergency_settings"
        " /phone_numbers/{}/actions/enable_emergency /portability_checks /porting/events/{}/republish"
        " /porting/loa_configurations /porting/loa_configurations/preview /porting/reports /porting_orders"
        " /porting_orders/{}/actions/activate /porting_orders/{}/actions/cancel /porting_orders/{}/actions/confirm"
        " /porting_orders/{}/actions/share /porting_orders/{}/additional_documents"
        " /porting_orders/{}/associated_phone_numbers /porting_orders/{}/comments /porting_orders/{}/phone_number_blocks"
        " /porting_orders/{}/phone_number_extensions /porting_orders/{}/verification_codes/verify"
        " /portouts/events/{}/republish /portouts/reports /portouts/{}/comments /portouts/{}/supporting_documents"
        " /private_wireless_gateways /public_internet_gateways /recordings/actions/delete /reports/mdr_usage_reports"
        " /requirement_groups /requirement_groups/{}/submit_for_approval /room_compositions /rooms"
        " /rooms/{}/actions/generate_join_client_token /rooms/{}/actions/refresh_client_token"
        " /sim_card_data_usage_notifications /sim_card_groups /sim_card_groups/{}/actions/remove_private_wireless_gateway"
        " /sim_card_groups/{}/actions/remove_wireless_blocklist /sim_card_groups/{}/actions/set_private_wireless_gateway"
        " /sim_card_groups/{}/actions/set_wireless_blocklist /sim_card_order_preview /sim_card_orders"
        " /sim_cards/actions/bulk_disable_voice /sim_cards/actions/bulk_set_public_ips"
        " /sim_cards/actions/validate_registration_codes /sim_cards/{}/actions/disable"
        " /sim_cards/{}/actions/disable_voice /sim_cards/{}/actions/remove_public_ip /sim_cards/{}/actions/set_public_ip"
        " /spend_limits /storage/buckets/{}/{}/presigned_url /storage/cloudfs"
        " /storage/cloudfs/{}/actions/rotate-meta-token /storage/kvs /storage/migration_sources /storage/migrations"
        " /storage/migrations/{}/actions/stop /storage/sqldbs /storage/sqldbs/{}/actions/query"
        " /sub_number_orders/{}/requirement_group /sub_number_orders_report /tailscale_subnet_routers"
        " /terms_of_service/branded_calling/agree /terms_of_service/number_reputation/agree /texml/secrets"
        " /uac_connections/{}/actions/check_registration_status /user_addresses /virtual_cross_connects"
        " /wireguard_interfaces /wireguard_peers /wireless/detail_records_reports /wireless_blocklists"
        " /x402/credit_account /x402/credit_account/quote",
        "orders, numbers, networks, storage, payment and reports: calls nobody",
    ),
    **requests(
        "PUT",
        "/channel_zones/{} /custom_storage_credentials/{} /enterprises/{} /media/{} /storage/buckets/{}/ssl_certificate"
        " /storage/kvs/{}/keys/{}",
        "orders, numbers, networks, storage, payment and reports: calls nobody",
    ),
    **requests(
        "PATCH",
        "/advanced_orders/{}/requirement_group /billing_groups/{} /comments/{}/read /dir/{} /documents/{}"
        " /enterprises/{}/reputation/frequency /enterprises/{}/reputation/webhook /global_ip_assignments/{}"
        " /inbound_channels /managed_accounts/{} /managed_accounts/{}/update_global_channel_limit /networks/{}"
        " /notification_profiles/{} /number_order_phone_numbers/{} /number_orders/{} /payment/auto_recharge_prefs"
        " /phone_numbers/{}/actions/bundle_status_change /phone_numbers/{}/messaging /porting/loa_configurations/{}"
        " /porting_orders/{} /porting_orders/{}/activation_jobs/{} /portouts/{}/{} /requirement_groups/{} /rooms/{}"
        " /sim_card_data_usage_notifications/{} /sim_card_groups/{} /spend_limits/{} /storage/cloudfs/{}"
        " /sub_number_orders/{} /sub_number_orders/{}/cancel /tailscale_subnet_routers/{} /virtual_cross_connects/{}"
        " /wireguard_peers/{} /wireless_blocklists/{}",
        "orders, numbers, networks, storage, payment and reports: calls nobody",
    ),
}
UNKNOWN: Final[dict[str, str]] = {
    **requests(
        "POST",
        "/calls/{}/actions/conversation_relay_start /calls/{}/actions/send_dtmf /calls/{}/actions/send_sip_info"
        " /conferences/{}/actions/send_dtmf",
        "digits or SIP on a line that is open may dial on",
    ),
    **requests(
        "POST",
        "/access_ip_address /access_ip_ranges /actions/purchase/esims /actions/register/sim_cards"
        " /authentication_providers /credential_connections /dialogflow_connections/{} /external_connections"
        " /external_connections/{}/uploads /external_connections/{}/uploads/{}/retry /fqdn_connections /fqdns"
        " /ip_connections /ips /managed_accounts /managed_accounts/{}/actions/enable /mobile_push_credentials"
        " /mobile_voice_connections /oauth/grants /oauth/register /oauth/token /oauth_clients"
        " /operator_connect/actions/refresh /outbound_voice_profiles /sim_cards/actions/bulk_enable_voice"
        " /sim_cards/{}/actions/enable /sim_cards/{}/actions/enable_voice /sim_cards/{}/actions/set_standby"
        " /siprec_connectors /telephony_credentials /telephony_credentials/{}/token /traffic_policy_profiles"
        " /uac_connections",
        "opens or changes a way to dial that does not pass here",
    ),
    **requests(
        "PUT",
        "/dialogflow_connections/{} /oauth_clients/{} /siprec_connectors/{}",
        "opens or changes a way to dial that does not pass here",
    ),
    **requests(
        "PATCH",
        "/authentication_providers/{} /credential_connections/{} /external_connections/{}"
        " /external_connections/{}/locations/{} /external_connections/{}/phone_numbers/{} /fqdn_connections/{}"
        " /fqdn_connections/{}/fqdn_authentication /fqdns/{} /ip_connections/{} /ips/{} /mobile_voice_connections/{}"
        " /outbound_voice_profiles/{} /telephony_credentials/{} /traffic_policy_profiles/{} /uac_connections/{}"
        " /whatsapp/phone_numbers/{}/calling_routing /whatsapp/phone_numbers/{}/calling_settings",
        "opens or changes a way to dial that does not pass here",
    ),
    **requests(
        "POST",
        "/phone_numbers/jobs/update_phone_numbers /phone_numbers/{}/voicemail /porting_orders/phone_number_configurations",
        "says to whom calls are forwarded",
    ),
    **requests(
        "PATCH",
        "/mobile_phone_numbers/{} /phone_numbers/{} /phone_numbers/{}/voice /phone_numbers/{}/voicemail /sim_cards/{}",
        "says to whom calls are forwarded",
    ),
    **requests(
        "POST",
        "/ai/anthropic/v1/messages /ai/assistants/tests /ai/assistants/tests/test-suites/{}/runs"
        " /ai/assistants/tests/{}/runs /ai/assistants/{}/chat /ai/assistants/{}/chat/sms /ai/assistants/{}/chat/whatsapp"
        " /ai/assistants/{}/tools/{}/test /ai/conversations/{}/message /ai/missions/{}/runs"
        " /ai/missions/{}/runs/{}/cancel /ai/missions/{}/runs/{}/events /ai/missions/{}/runs/{}/pause"
        " /ai/missions/{}/runs/{}/plan /ai/missions/{}/runs/{}/plan/steps /ai/missions/{}/runs/{}/resume"
        " /ai/missions/{}/runs/{}/telnyx-agents /ai/openai/responses /calls/{}/actions/ai_assistant_add_messages",
        "has an assistant act, which may call",
    ),
    **requests(
        "PUT",
        "/ai/assistants/tests/{}",
        "has an assistant act, which may call",
    ),
    **requests(
        "PATCH",
        "/ai/missions/{}/runs/{} /ai/missions/{}/runs/{}/plan/steps/{}",
        "has an assistant act, which may call",
    ),
    **requests(
        "POST",
        "/ai/assistants /ai/assistants/import /ai/assistants/{} /ai/assistants/{}/canary-deploys /ai/assistants/{}/clone"
        " /ai/assistants/{}/restore /ai/assistants/{}/versions/{} /ai/assistants/{}/versions/{}/promote /ai/mcp_servers"
        " /ai/missions /ai/missions/{}/clone /ai/missions/{}/knowledge-bases /ai/missions/{}/mcp-servers"
        " /ai/missions/{}/tools /ai/tools",
        "says whom an assistant calls by itself",
    ),
    **requests(
        "PUT",
        "/ai/assistants/{}/canary-deploys /ai/assistants/{}/tools/{} /ai/mcp_servers/{} /ai/missions/{}"
        " /ai/missions/{}/knowledge-bases/{} /ai/missions/{}/mcp-servers/{} /ai/missions/{}/tools/{}",
        "says whom an assistant calls by itself",
    ),
    **requests(
        "PATCH",
        "/ai/tools/{}",
        "says whom an assistant calls by itself",
    ),
    **requests(
        "POST",
        "/dir/{}/bpo_loa /dir/{}/comments /dir/{}/loa /dir/{}/phone_numbers /dir/{}/references /dir/{}/submit"
        " /dir/{}/verify_email /dir/{}/verify_email/confirm /enterprises/{}/reputation/external_verification"
        " /enterprises/{}/reputation/loa /enterprises/{}/reputation/numbers /enterprises/{}/reputation/numbers/refresh"
        " /enterprises/{}/reputation/numbers/{}/ownership_confirm /external_requirements/{}/sub_number_orders/{}"
        " /phone_numbers/actions/verify_ownership /porting_orders/{}/action_requirements/{}/initiate"
        " /whatsapp/business_accounts/{}/phone_numbers /whatsapp/hosted_signups"
        " /whatsapp/phone_numbers/{}/resend_verification /whatsapp/phone_numbers/{}/verify",
        "may have a number called, to verify it",
    ),
    **requests(
        "PUT",
        "/dir/{}/infringement_update",
        "may have a number called, to verify it",
    ),
    **requests(
        "PATCH",
        "/dir/{}/references/{}/{} /enterprises/{}/reputation/loa",
        "may have a number called, to verify it",
    ),
    **requests(
        "POST",
        "/meeting_sessions /meeting_sessions/{}/actions/send_chat /meeting_sessions/{}/actions/speak"
        " /meeting_sessions/{}/actions/stop_speaking /meeting_sessions/{}/artifacts",
        "sends an assistant to a meeting, which may be dialled",
    ),
    **requests(
        "PATCH",
        "/meeting_sessions/{}",
        "sends an assistant to a meeting, which may be dialled",
    ),
    **requests(
        "POST",
        "/bot_challenge /bot_signup /bot_signup/resend_magic_link",
        "runs what may call",
    ),
    **requests(
        "PUT",
        "/compute/funcs/{}/logs/export",
        "runs what may call",
    ),
    **requests(
        "POST",
        "/verified_numbers/{}/actions/verify",
        "makes a number one that calls may come from",
    ),
    **requests(
        "POST",
        "/notification_channels /notification_settings",
        "has Telnyx itself call, with what it notifies of",
    ),
    **requests(
        "PATCH",
        "/notification_channels/{}",
        "has Telnyx itself call, with what it notifies of",
    ),
    **requests(
        "POST",
        "/call_control_applications /fax_applications /texml_applications",
        "says who decides what calls do",
    ),
    **requests(
        "PATCH",
        "/call_control_applications/{} /fax_applications/{} /texml_applications/{}",
        "says who decides what calls do",
    ),
}
