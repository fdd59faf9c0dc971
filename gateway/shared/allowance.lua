-- Rates by GCRA and budgets of misses; the sums of gateway/core/allowance.py.  Times are Unix seconds.
--
-- "rule":   KEYS caller's rate, then guess budgets.  ARGV "rule", now, limit and seconds of the rate, then of each budget.
--           Returns 0 answer, 1 notice, 2 silence, 3 vague.
-- "charge": KEYS guess budgets.  ARGV "charge", now, then limit, seconds and amount of each.

local now = tonumber(ARGV[2])

local function clamped(tat, seconds)
  return math.min(math.max(tat, now), now + seconds)
end

local function admits(tat, limit, seconds)
  return clamped(tat, seconds) - now <= seconds - seconds / limit
end

local function charged(tat, limit, seconds, amount)
  return math.min(clamped(tat, seconds) + amount * (seconds / limit), now + seconds)
end

local function keep(key, value, seconds)
  redis.call('SET', key, value, 'PX', math.max(1, math.ceil(seconds * 1000)))
end

local function text(tat)
  return string.format('%.17g', tat)
end

if ARGV[1] == 'charge' then
  for i, key in ipairs(KEYS) do
    local limit, seconds = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
    local tat = charged(tonumber(redis.call('GET', key) or 0), limit, seconds, tonumber(ARGV[3 * i + 2]))
    keep(key, text(tat), tat - now)
  end
  return 0
end

local kept = redis.call('GET', KEYS[1])
local tat, told_at = 0, 0
if kept then
  tat, told_at = kept:match('^(%S+) (%S+)$')
  tat, told_at = tonumber(tat), tonumber(told_at)
end
local limit, seconds = tonumber(ARGV[3]), tonumber(ARGV[4])
local ruling = 0
if admits(tat, limit, seconds) then
  tat = charged(tat, limit, seconds, 1)
else
  tat = clamped(tat, seconds)
  ruling = 2
  if now < told_at or told_at + seconds <= now then
    told_at, ruling = now, 1
  end
end
keep(KEYS[1], text(tat) .. ' ' .. text(told_at), seconds)
if ruling ~= 0 then return ruling end

for i = 2, #KEYS do
  local spent = tonumber(redis.call('GET', KEYS[i]) or 0)
  limit, seconds = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  if not admits(spent, limit, seconds) then
    if spent > now + seconds then keep(KEYS[i], text(now + seconds), seconds) end
    ruling = 3
  end
end
return ruling
