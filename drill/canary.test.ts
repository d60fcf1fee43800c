import { readServiceAddresses } from "@m3game/testing/services";
import { expect, test } from "vitest";
import { canaryOver } from "./drills/canary.ts";
import { formatSummary } from "./report/summary.ts";
import { serverNames } from "./world/drill-servers.ts";

const hasServers = serverNames.every((name) => readServiceAddresses()[name] !== undefined);

// In CI a missing server is a failure, which the start then names.
test.skipIf(!hasServers && !process.env.CI)(
  "a good version is promoted, and a bad one aborts by itself",
  async () => {
    const printed: string[] = [];
    const summary = await canaryOver({
      ...{ players: 12, rounds: 1, outageMs: 0, share: "50%", watchMs: 2000, onProgress: () => {} },
      instances: 1,
      functions: ["uid", "club", "clubrole", "online", "role", "gate"],
      stdout: { write: (text) => void printed.push(text) },
    });
    expect(summary.problems, `${formatSummary(summary)}\n${printed.join("")}`).toEqual([]);
  },
  240_000,
);
