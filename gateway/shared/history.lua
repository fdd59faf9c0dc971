-- Who asked for one code, kept as one packed value, changed in one step.
--
-- KEYS[1]  the code's key
-- ARGV     1 "record" or "forget"   2 uid, 19 digits   3 caller   4 arrived_at   5 now   6 retry_seconds   7 lifetime_ms
--          then, with "record", what the query log knows: 8 queries, 9 callers, and uid, caller, arrived_at, answered_at
--          of each asker ("" while unanswered), by uid.  They are used only if the key is missing.
-- "record" returns nil if the key is missing and nothing of the log was given, else
--          { first_uid, first_at, first_by_me, queries, callers, mine_before, settled_before }
--
-- The value: { first uid, first_at, first caller, queries, callers, { caller = { queries, uid, arrived_at, answered_at,
-- ... } }, { uid, ... } }.  Of each caller the first 16 queries are kept, and of callers the first 64; beyond that they
-- are only counted, each once: the last list holds the latest of their uids.
-- Times are Unix seconds; uids are compared as texts, since a number in Lua holds 53 bits.

local QUERIES_KEPT, CALLERS_KEPT, COUNTED_KEPT = 16, 64, 256
local EMPTY_MS = 60000  -- the log may still show as open a query that was just forgotten: do not ask it for so long
local key, action, uid, caller, arrived_at = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local now, retry_seconds, lifetime_ms = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]

-- Whether one more query of this caller, of whom `mine` is kept or nil, can be kept.
local function has_room(by_caller, mine)
  if mine then return #mine < 1 + 3 * QUERIES_KEPT end
  local kept = 0
  for _ in pairs(by_caller) do kept = kept + 1 end
  return kept < CALLERS_KEPT
end

-- Enter one query; entered again it only counts as answered now, since it is being answered again.
local function enter(state, uid, caller, arrived_at, answered_at)
  if state[1] == '' then
    state[1], state[2], state[3] = uid, arrived_at, caller
  end
  local mine = state[6][caller]
  for i = 2, mine and #mine or 0, 3 do
    if mine[i] == uid then
      mine[i + 2] = answered_at
      return mine
    end
  end
  local room = has_room(state[6], mine)
  if not room then
    for _, counted in ipairs(state[7]) do
      if counted == uid then return mine or { 1 } end
    end
    table.insert(state[7], uid)
    if #state[7] > COUNTED_KEPT then table.remove(state[7], 1) end
  end
  if not mine then
    mine = { 0 }
    state[5] = state[5] + 1
    if room then state[6][caller] = mine end
  end
  state[4] = state[4] + 1
  mine[1] = mine[1] + 1
  if room then
    local last = #mine
    mine[last + 1], mine[last + 2], mine[last + 3] = uid, arrived_at, answered_at
  end
  return mine
end

local function seeded()
  local state = { '', 0, '', 0, 0, {}, {} }
  for i = 10, #ARGV, 4 do
    enter(state, ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]) or now)
  end
  state[4] = math.max(state[4], tonumber(ARGV[8]))
  state[5] = math.max(state[5], tonumber(ARGV[9]))
  return state
end

local function record(state)
  local mine = enter(state, uid, caller, arrived_at, now)
  redis.call('SET', key, cmsgpack.pack(state), 'PX', lifetime_ms)
  local kept, before, settled = false, 0, 0
  for i = 2, #mine, 3 do
    if mine[i] == uid then
      kept = true
    elseif mine[i] < uid then
      before = before + 1
      if mine[i + 2] + retry_seconds <= arrived_at then settled = settled + 1 end
    end
  end
  if not kept then before = mine[1] - 1 end
  local by_me = state[3] == caller and 1 or 0
  return { state[1], string.format('%.17g', state[2]), by_me, state[4], state[5], before, settled }
end

-- Who is first once the first was taken out: the earliest that is left.
local function promote(state)
  state[1], state[2], state[3] = '', 0, ''
  for caller, theirs in pairs(state[6]) do
    for i = 2, #theirs, 3 do
      if state[1] == '' or theirs[i] < state[1] then
        state[1], state[2], state[3] = theirs[i], theirs[i + 1], caller
      end
    end
  end
end

local function take_out(state, mine, i)
  for _ = 1, 3 do table.remove(mine, i) end
  mine[1] = mine[1] - 1
  state[4] = state[4] - 1
  if mine[1] <= 0 then
    state[6][caller] = nil
    state[5] = state[5] - 1
  end
  if state[1] == uid then promote(state) end
  redis.call('SET', key, cmsgpack.pack(state), 'PX', state[4] > 0 and lifetime_ms or EMPTY_MS)
end

local packed = redis.call('GET', key)
if action == 'forget' then
  local state = packed and cmsgpack.unpack(packed)
  local mine = state and state[6][caller] or {}
  for i = 2, #mine, 3 do
    if mine[i] == uid then
      take_out(state, mine, i)
      return 1
    end
  end
  return 0
end
if packed then return record(cmsgpack.unpack(packed)) end
if #ARGV < 9 then return false end
return record(seeded())
