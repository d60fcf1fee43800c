import { createScript } from "./script.ts";

/** Key: a claim's fence. Arguments: a fence. 1 when it is the fence now, 0 when a newer one is known. */
export const raiseScript = createScript(`
local known = redis.call('GET', KEYS[1])
if known and ARGV[1] < known then return 0 end
if known ~= ARGV[1] then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
`);

/** Keys: a claim's fence, a row. Arguments: a fence, fields. Raises the fence, then reads; 0 when a newer one is known. */
export const readScript = createScript(`
local known = redis.call('GET', KEYS[1])
if known and ARGV[1] < known then return 0 end
if known ~= ARGV[1] then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('HMGET', KEYS[2], unpack(ARGV, 2))
`);

/** Key: the store. Arguments: the lease store, or nothing to raise the epoch whatever it is. The epoch. */
export const epochScript = createScript(`
if ARGV[1] == '' or redis.call('HGET', KEYS[1], 'lease') ~= ARGV[1] then redis.call('HINCRBY', KEYS[1], 'epoch', 1) end
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'lease', ARGV[1]) end
return redis.call('HGET', KEYS[1], 'epoch')
`);

/** Key: a table's schema. Arguments: the revision that was read, and pairs to set. 0 when it has another one by now. */
export const growScript = createScript(`
if (redis.call('HGET', KEYS[1], 'revision') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return redis.call('HINCRBY', KEYS[1], 'revision', 1)
`);

/** Key: a table in one partition. Arguments: a revision, which its writers must know from now on. */
export const revisionScript = createScript(`
if tonumber(redis.call('HGET', KEYS[1], 'revision') or 0) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'revision', ARGV[1])
end
return 1
`);

/** Keys: a row, an index. Arguments: its version, the field of the member, the member. 0 when it has another version. */
export const indexScript = createScript(`
if redis.call('HGET', KEYS[1], '_ver') ~= ARGV[1] then return 0 end
local before = redis.call('HGET', KEYS[1], ARGV[2])
if before ~= ARGV[3] then
  if before then redis.call('ZREM', KEYS[2], before) end
  redis.call('ZADD', KEYS[2], 0, ARGV[3])
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
return 1
`);
