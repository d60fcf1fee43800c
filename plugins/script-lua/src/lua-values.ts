import { type Decoration, type LuaGlobal, type LuaThread, LuaTypeExtension } from "wasmoon";

// Before those of wasmoon itself.
const first = 10;

/** Has bigints go to Lua as 64-bit integers and `null` as `nil`: wasmoon knows neither. */
export function registerValues(global: LuaGlobal): void {
  global.registerTypeExtension(first, new Bigints(global, "bigint"));
  global.registerTypeExtension(first, new Nulls(global, "null"));
}

/** Has integers of Lua come out exactly: as bigints where a number can't hold them. */
export function keepIntegers(thread: LuaThread): void {
  const getValue = thread.getValue.bind(thread);
  thread.getValue = (index, type, userdata) => {
    const { lua, address } = thread;
    if (lua.lua_isinteger(address, index) === 0) return getValue(index, type, userdata);
    const value = lua.lua_tointegerx(address, index, null);
    return BigInt.asIntN(54, value) === value ? Number(value) : value;
  };
}

class Bigints extends LuaTypeExtension<bigint> {
  override isType(): boolean {
    return false;
  }

  override pushValue({ lua, address }: LuaThread, { target }: Decoration<unknown>): boolean {
    if (typeof target !== "bigint") return false;
    if (BigInt.asIntN(64, target) !== target) throw new RangeError(`${target} does not fit into an integer of Lua`);
    lua.lua_pushinteger(address, target);
    return true;
  }

  override close(): void {}
}

class Nulls extends LuaTypeExtension<null> {
  override isType(): boolean {
    return false;
  }

  override pushValue({ lua, address }: LuaThread, { target }: Decoration<unknown>): boolean {
    if (target !== null) return false;
    lua.lua_pushnil(address);
    return true;
  }

  override close(): void {}
}
