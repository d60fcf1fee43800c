import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findFreePort } from "../src/services.ts";

// So many that some would be found twice.
const count = 400;

test("a port is found once, by whatever process asks", async () => {
  const ports = new Set(await Promise.all(Array.from({ length: count }, findFreePort)));
  expect(ports.size).toBe(count);
  const module = new URL("../src/services.ts", import.meta.url).href;
  const script = `import { findFreePorts } from ${JSON.stringify(module)}; console.log(JSON.stringify(await findFreePorts(${count})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  const others = new Set<number>(JSON.parse(stdout));
  expect(others.size).toBe(count);
  expect([...others].filter((port) => ports.has(port))).toEqual([]);
});
