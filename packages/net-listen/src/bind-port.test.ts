import { expect, test } from "vitest";
import { bindPort, hostPort } from "./bind-port.ts";

test("an IPv6 address is bracketed", () => {
  expect([hostPort("::1", 80), hostPort("127.0.0.1", 80), hostPort("app.example", 80)]).toEqual([
    "[::1]:80",
    "127.0.0.1:80",
    "app.example:80",
  ]);
});

test("a port in use is PORT_IN_USE", async () => {
  await using bound = await bindPort("127.0.0.1", 0, () => {});
  const again = bindPort("127.0.0.1", bound.port, () => {});
  await expect(again).rejects.toMatchObject({ reason: "PORT_IN_USE" });
  await expect(again).rejects.toThrow(`127.0.0.1:${bound.port}`);
});

test("an address of another machine is PLUGIN_FAILED", async () => {
  await expect(bindPort("192.0.2.1", 0, () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
});

test("a closed port can be bound again; closing twice does nothing", async () => {
  const first = await bindPort("127.0.0.1", 0, () => {});
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await using second = await bindPort("127.0.0.1", first.port, () => {});
  expect(second.port).toBe(first.port);
});
