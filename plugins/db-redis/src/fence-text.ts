import type { Fence } from "m3game";

/** Of a fixed width, so that fences compare as their texts do: numbers in Lua are not exact. */
export function fenceText({ epoch, counter }: Fence): string {
  return `${part(epoch)} ${part(counter)}`;
}

function part(value: bigint): string {
  return String(value).padStart(19, "0");
}
