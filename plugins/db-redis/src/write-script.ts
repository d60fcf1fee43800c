import { createScript } from "./script.ts";

/** What a write of the script comes back as: below 1, why it was refused, by its place here; else the row's version. */
export const refusals = ["group", "fenced", "exists", "missing", "version"] as const;
/** A claim's fence is newer than the partition knows, and nothing was written: it must rise in all of them first. */
export const unraised = -refusals.length;
/** From here down: minus the place of an error's text behind the results. */
export const firstError = unraised - 1;
/** The whole answer when a table was changed by another app: nothing was written. */
export const staleTable = "stale";

/**
 * Writes groups, all or nothing each. The arguments are one flat list, and the keys another in the same order:
 * - whether a newer fence is refused as `unraised` (1 or 0)
 * - the number of tables; of each its revision and the names of the fields that hold its index members, with keys: the
 *   table, its index by key, and the index of each such field
 * - the number of groups; of each: its fence or nothing, with the key of its claim's fence when there is one; the number
 *   of writes; of each: kind, table, version, what is to be set as pairs, what is to be removed, its member in the index
 *   by key, and pairs of an index and the member in it, with the key of its row. Lists begin with their length.
 *
 * A group is looked at as a whole before anything of it is written, and no command after that can fail.
 */
export const writeScript = createScript(`
local k, a = 0, 0
local function key() k = k + 1 return KEYS[k] end
local function arg() a = a + 1 return ARGV[a] end
local function number() return tonumber(arg()) end
local function skip(count) local from = a + 1 a = a + count return from end

local must_be_raised = arg() == '1'
local tables = {}
for i = 1, number() do
  local t = { key = key(), by_key = key(), revision = number(), indexes = {}, fields = {} }
  for j = 1, number() do t.indexes[j] = key() t.fields[j] = arg() end
  local known = tonumber(redis.call('HGET', t.key, 'revision') or 0)
  if known > t.revision then return '${staleTable}' end
  t.is_new = known < t.revision
  tables[i] = t
end

local function next_group()
  local g = { fence = arg(), writes = {} }
  if g.fence ~= '' then g.fence_key = key() end
  for i = 1, number() do
    local w = { kind = arg(), table = tables[number()], row = key(), version = arg() }
    w.set_count = number() w.set = skip(w.set_count)
    w.remove_count = number() w.remove = skip(w.remove_count)
    w.member = arg()
    w.index_count = number() w.index = skip(w.index_count)
    g.writes[i] = w
  end
  return g
end

local function refusal(w)
  local version = redis.call('HGET', w.row, '_ver')
  if w.kind == 'c' then return version and ${code("exists")} end
  if not version then return ${code("missing")} end
  return version ~= w.version and ${code("version")}
end

local function move(w)
  for i = w.index, w.index + w.index_count - 2, 2 do
    local position, member = tonumber(ARGV[i]), ARGV[i + 1]
    local before = w.kind ~= 'c' and redis.call('HGET', w.row, w.table.fields[position])
    if before ~= member then
      if before then redis.call('ZREM', w.table.indexes[position], before) end
      redis.call('ZADD', w.table.indexes[position], 0, member)
    end
  end
end

local function apply(w)
  if w.table.is_new then
    redis.call('HSET', w.table.key, 'revision', w.table.revision)
    w.table.is_new = false
  end
  if w.kind == 'd' then
    for i, field in ipairs(w.table.fields) do
      local member = redis.call('HGET', w.row, field)
      if member then redis.call('ZREM', w.table.indexes[i], member) end
    end
    redis.call('ZREM', w.table.by_key, w.member)
    redis.call('DEL', w.row)
    local deleted = tonumber(redis.call('HGET', w.table.key, 'deleted') or 0)
    if tonumber(w.version) > deleted then redis.call('HSET', w.table.key, 'deleted', w.version) end
    return tonumber(w.version)
  end
  local version
  if w.kind == 'c' then
    version = tonumber(redis.call('HGET', w.table.key, 'deleted') or 0) + 1
    redis.call('ZADD', w.table.by_key, 0, w.member)
  else
    version = tonumber(w.version) + 1
  end
  move(w)
  if w.remove_count > 0 then redis.call('HDEL', w.row, unpack(ARGV, w.remove, w.remove + w.remove_count - 1)) end
  local text = string.format('%.0f', version)
  if w.set_count > 0 then
    redis.call('HSET', w.row, '_ver', text, unpack(ARGV, w.set, w.set + w.set_count - 1))
  else
    redis.call('HSET', w.row, '_ver', text)
  end
  return version
end

local results, errors = {}, {}
local function answer(g, result) for _ = 1, #g.writes do results[#results + 1] = result end end

local function write(g)
  local known = g.fence ~= '' and redis.call('GET', g.fence_key)
  if known and g.fence < known then return answer(g, ${code("fenced")}) end
  if must_be_raised and g.fence ~= '' and known ~= g.fence then return answer(g, ${unraised}) end
  local refusals, is_refused = {}, false
  for i, w in ipairs(g.writes) do
    refusals[i] = refusal(w)
    is_refused = is_refused or refusals[i]
  end
  if is_refused then
    for i = 1, #g.writes do results[#results + 1] = refusals[i] or ${code("group")} end
    return
  end
  if g.fence ~= '' and known ~= g.fence then redis.call('SET', g.fence_key, g.fence) end
  local versions = {}
  for i, w in ipairs(g.writes) do versions[i] = apply(w) end
  for _, version in ipairs(versions) do results[#results + 1] = version end
end

for i = 1, number() do
  local g = next_group()
  local ok, problem = pcall(write, g)
  if not ok then
    answer(g, ${firstError} - #errors)
    errors[#errors + 1] = type(problem) == 'table' and problem.err or tostring(problem)
  end
end
for _, text in ipairs(errors) do results[#results + 1] = text end
return results
`);

/** What a refusal comes back as. */
export function code(refusal: (typeof refusals)[number]): number {
  return -refusals.indexOf(refusal);
}
