import { createScript } from "./script.ts";
import { code, firstError, staleTable, unraised } from "./write-script.ts";

/**
 * Does what `writeScript` does for groups that are one create or one update each, of one table that has no index but that by
 * key, all with the same fields: nearly all writes are of this kind, and are made in a third of the time. Keys: the table, its
 * index by key, then for each row its claim's fence and the row itself. Arguments: whether a newer fence is refused as
 * `unraised` (1 or 0), the table's revision, c or u, the number of fields, their names; then for each row its fence, its member
 * in the index by key or its version, and its values. A group without a claim has an empty fence, and the table for its key.
 */
export const rowsScript = createScript(`
local must_be_raised, revision, is_create, width = ARGV[1] == '1', tonumber(ARGV[2]), ARGV[3] == 'c', tonumber(ARGV[4])
local table_key, by_key = KEYS[1], KEYS[2]
local state = redis.call('HMGET', table_key, 'revision', 'deleted')
local known_revision = tonumber(state[1] or 0)
if known_revision > revision then return '${staleTable}' end
local first_version = tonumber(state[2] or 0) + 1

-- The arguments of HSET, of which only the row, its version and the values change.
local set = { 'HSET', '', '_ver', '' }
for i = 1, width do set[3 + 2 * i] = ARGV[4 + i] end

local function write(fence_key, row, at)
  local fence, named = ARGV[at], ARGV[at + 1]
  local known = fence
  if fence ~= '' then
    known = redis.call('GET', fence_key)
    if known and fence < known then return ${code("fenced")} end
    if must_be_raised and known ~= fence then return ${unraised} end
  end
  local found = redis.call('HGET', row, '_ver')
  local version = first_version
  if is_create then
    if found then return ${code("exists")} end
  else
    if found ~= named then return found and ${code("version")} or ${code("missing")} end
    version = tonumber(named) + 1
  end
  if known ~= fence then redis.call('SET', fence_key, fence) end
  if known_revision < revision then
    redis.call('HSET', table_key, 'revision', revision)
    known_revision = revision
  end
  if is_create then redis.call('ZADD', by_key, 0, named) end
  set[2] = row
  set[4] = string.format('%.0f', version)
  for i = 1, width do set[4 + 2 * i] = ARGV[at + 1 + i] end
  redis.call(unpack(set))
  return version
end

local results, errors = {}, {}
local at = 5 + width
for k = 3, #KEYS, 2 do
  local ok, result = pcall(write, KEYS[k], KEYS[k + 1], at)
  if not ok then
    errors[#errors + 1] = type(result) == 'table' and result.err or tostring(result)
    result = ${firstError} - (#errors - 1)
  end
  results[#results + 1] = result
  at = at + 2 + width
end
for _, text in ipairs(errors) do results[#results + 1] = text end
return results
`);
