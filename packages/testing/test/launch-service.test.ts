import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithService, launchService } from "@m3game/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { type ServiceName, serviceDefinitions } from "../src/services.ts";

const isUp = (name: ServiceName, address: string) =>
  serviceDefinitions[name].probe(address, AbortSignal.timeout(20_000)).then(
    () => true,
    () => false,
  );

for (const name of ["nats", "consul", "redis", "etcd"] as const) {
  describeWithService(name, `a ${name} of a test's own`, (shared) => {
    test("is apart from the shared one, stops, starts at the same address, and is gone when disposed", async () => {
      const service = await launchService(name);
      expect(service.address).not.toBe(shared);
      expect(await isUp(name, service.address)).toBe(true);
      await service.stop();
      expect(await isUp(name, service.address)).toBe(false);
      await service.stop();
      await service.start();
      await service.start();
      expect(await isUp(name, service.address)).toBe(true);
      await service[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
      expect(await isUp(name, service.address)).toBe(false);
    });
  });
}

describeWithService("redis", "a server that does not start", () => {
  test("is an error that shows the end of its output, and nothing is left of it", async () => {
    // Of this test's own: other tests start servers meanwhile.
    const folder = mkdtempSync(join(tmpdir(), "m3game-launch-"));
    vi.stubEnv("TMPDIR", folder);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    const launch = launchService("redis", { args: ["--no-such-option", "1"] });
    await expect(launch).rejects.toThrow(
      /^redis-server did not start: it ended\. Its output ends with:\n.*no-such-option/s,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
