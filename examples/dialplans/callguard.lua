-- FreeSWITCH: every outbound call is asked for before it is bridged. Needs mod_lua and mod_curl.
-- The sidecar:  callguard serve --listen 127.0.0.1:8731
--
--   <extension name="outbound">
--     <condition field="destination_number" expression="^(\+?[0-9]+)$">
--       <action application="lua" data="callguard.lua $1 spring-course sofia/gateway/trunk/$1"/>
--     </condition>
--   </extension>
--
-- No answer, or a wrong one: the call is not placed.

local service = "http://127.0.0.1:8731"
local callee, campaign, target = argv[1], argv[2], argv[3]

local function encoded(text)
  return (tostring(text):gsub("[^%w%-_.~]", function(sign) return string.format("%%%02X", sign:byte()) end))
end

-- mod_curl decodes what is posted once before it sends it, so each value is encoded twice.
local function post(path, fields)
  local parts = {"as=text"}
  for name, value in pairs(fields) do
    parts[#parts + 1] = name .. "=" .. encoded(encoded(value))
  end
  local command = service .. path .. " content-type application/x-www-form-urlencoded post " .. table.concat(parts, "&")
  return freeswitch.API():execute("curl", command) or ""
end

local answer = post("/v1/attempts", {
  callee = callee,
  caller = session:getVariable("effective_caller_id_number") or session:getVariable("caller_id_number") or "",
  campaign = campaign,
  key = session:get_uuid(),
})
local attempt = answer:match("^allow ([%w_-]+)%s*$")

if not attempt then
  session:setVariable("callguard", answer:match("^deny [%w-]+") or "no answer")
  session:hangup("CALL_REJECTED")
  return
end

session:setAutoHangup(false)
session:execute("bridge", target)

local outcomes = {
  SUCCESS = "answered", NORMAL_CLEARING = "answered", NO_ANSWER = "no-answer", ALLOTTED_TIMEOUT = "no-answer",
  ORIGINATOR_CANCEL = "no-answer", USER_BUSY = "busy", CALL_REJECTED = "rejected",
}
local cause = session:getVariable("originate_disposition") or ""
post("/v1/attempts/" .. attempt .. "/outcome", {outcome = outcomes[cause] or "failed"})
session:hangup()
