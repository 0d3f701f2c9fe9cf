-- One step of a sandbox in Valkey: look what is new, append, put, remove or compact.
--
-- KEYS: meta, sandboxes (by last use), the sandbox's head, its changes, its journal.
-- ARGV: as `_Step` in valkey.py has them. Each change begins with the id of its batch.
local step, name, channel = ARGV[1], ARGV[2], ARGV[3]
local token, number, known = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local batch, made, clears = ARGV[7], ARGV[8], ARGV[9] == '1'
local cleared, entry = tonumber(ARGV[10]), tonumber(ARGV[11])
local idle, most = tonumber(ARGV[12]), tonumber(ARGV[13])
local capacity, room = tonumber(ARGV[14]), tonumber(ARGV[15])
local ran, holds_until, exact = tonumber(ARGV[16]), tonumber(ARGV[17]), ARGV[18] == '1'
local server, hold = ARGV[19], tonumber(ARGV[20])
local changes, entries, forgotten = tonumber(ARGV[21]), tonumber(ARGV[22]), tonumber(ARGV[23])
local first = 24

-- the date, in microseconds, which goes on from where it was when the machine's is set back
local time = redis.call('TIME')
local clock = redis.call('HMGET', KEYS[1], 'date', 'lag')
local last, lag = tonumber(clock[1] or '0'), tonumber(clock[2] or '0')
local date = time[1] * 1000000 + time[2] + lag
if date < last then
  redis.call('HSET', KEYS[1], 'lag', string.format('%.0f', lag + last - date))
  date = last
end
local text = string.format('%.0f', date)
redis.call('HSET', KEYS[1], 'date', text)

local function forget(gone)
  local key = 'jobtwin:' .. gone
  redis.call('DEL', key, key .. ':changes', key .. ':journal')
  redis.call('ZREM', KEYS[2], gone)
end

if idle > 0 then
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], 0, date - idle, 'LIMIT', 0, 8)) do
    if gone ~= 'default' then forget(gone) end
  end
end

local head = redis.call(
  'HMGET', KEYS[3], 'token', 'number', 'base', 'entries', 'bytes', 'cleared', 'batch',
  'told', 'held', 'held_until')
local present, latest = head[1] or '', head[7] or ''
local at, base = tonumber(head[2] or '0'), tonumber(head[3] or '0')
local total, bytes = tonumber(head[4] or '0'), tonumber(head[5] or '0')
local clearings = tonumber(head[6] or '0')

if head[9] and head[9] ~= server and date < tonumber(head[10]) then return {text, -1} end

if step == 'remove' then
  if present == '' then return {text, 0} end
  forget(name)
  redis.call('PUBLISH', channel, 'removed')
  return {text, 1}
end

local stored, news, isFull = 1, false, false
if step == 'put' and present == made then
  return {text, 1}  -- it was sent again, since the answer to the first time was lost
elseif step == 'put' or made ~= '' then
  if step == 'put' or present == '' then
    if present == '' and most > 0 and name ~= 'default' and redis.call('ZCARD', KEYS[2]) >= most then
      isFull = true
      stored = 0
    else
      if present ~= '' then forget(name) end
      present, at, base, total, bytes = made, 0, 0, forgotten, 0
      -- no journal that a server knows can be mistaken for this one: its token is another
      redis.call('HSET', KEYS[3], 'token', made, 'base', '0', 'cleared', clearings)
      redis.call('ZADD', KEYS[2], text, name)
      token, number, known, latest = made, 0, batch, batch
    end
  else
    stored = 0
  end
elseif changes > 0 then
  if present == '' or present ~= token or at ~= number or latest ~= known then stored = 0 end
  if holds_until >= 0 and date >= holds_until then stored = 0 end
  if exact and tonumber(head[8] or '0') > ran then stored = 0 end
end

if step == 'compact' then
  if stored == 1 then
    redis.call('DEL', KEYS[4])
    redis.call('RPUSH', KEYS[4], ARGV[first])
    redis.call('HSET', KEYS[3], 'base', at - 1)
  end
  return {text, stored}
end

local writes = stored == 1 and present ~= '' and present == token
if writes and changes > 0 then
  for one = first, first + changes - 1 do redis.call('RPUSH', KEYS[4], ARGV[one]) end
  at = at + changes
  number, known, latest = at, batch, batch
  redis.call('HSET', KEYS[3], 'number', at, 'batch', batch)
  news = true
end
if writes and clears then
  redis.call('DEL', KEYS[5])
  total, bytes, clearings = 0, 0, clearings + 1
  news = true
end
if writes and entries > 0 then
  for one = first + changes, first + changes + entries - 1 do
    redis.call('RPUSH', KEYS[5], ARGV[one])
    bytes = bytes + #ARGV[one]
  end
  total = total + entries
  local kept = redis.call('LLEN', KEYS[5])
  while kept > capacity or bytes > room do
    bytes = bytes - #redis.call('LPOP', KEYS[5])
    kept = kept - 1
  end
  news = true
end
if writes and (clears or entries > 0) then
  redis.call('HSET', KEYS[3], 'entries', total, 'bytes', bytes, 'cleared', clearings)
end
if present ~= '' then redis.call('HSET', KEYS[3], 'told', text) end
if hold > 0 and present ~= '' then
  redis.call('HSET', KEYS[3], 'held', server, 'held_until', string.format('%.0f', date + hold))
elseif head[9] then
  redis.call('HDEL', KEYS[3], 'held', 'held_until')
end
if news then redis.call('PUBLISH', channel, 'news') end
if idle > 0 and present ~= '' then redis.call('ZADD', KEYS[2], text, name) end

local new, requests = {}, {}
if present ~= '' and (present ~= token or number ~= at or known ~= latest) then
  local from = number - base - 1  -- the last change that the server knows, if it is there still
  if present == token and from >= 0 and number < at then
    new = redis.call('LRANGE', KEYS[4], from, -1)
    if string.sub(new[1], 1, #known) == known then table.remove(new, 1) else from = -1 end
  else
    from = -1
  end
  if from < 0 then new = redis.call('LRANGE', KEYS[4], 0, -1) end
end
if entry >= 0 and present ~= '' then
  local kept = redis.call('LLEN', KEYS[5])
  local from = 0
  if present == token and cleared == clearings and entry <= total then
    from = math.max(0, kept - (total - entry))
  end
  requests = redis.call('LRANGE', KEYS[5], from, -1)
end
return {text, stored, present, at, latest, at - base, new, clearings, total, requests, isFull and 1 or 0}
