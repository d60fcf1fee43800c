import { readServiceAddresses } from "@m3game/testing/services";
import { expect, test } from "vitest";
import { rollingOver } from "./drills/rolling.ts";
import { formatSummary } from "./report/summary.ts";
import { serverNames } from "./world/drill-servers.ts";

const hasServers = serverNames.every((name) => readServiceAddresses()[name] !== undefined);
const functions = ["uid", "club", "clubrole", "online", "role", "gate"];
// Each was started first, so those with leaders lead.
const restarted = /\.(uid|club|online|role|gate)\.1$/;

// In CI a missing server is a failure, which the start then names.
test.skipIf(!hasServers && !process.env.CI)(
  "apps are restarted under load, and no call fails",
  async () => {
    const printed: string[] = [];
    const summary = await rollingOver(
      {
        ...{ players: 8, rounds: 1, outageMs: 0, onProgress: () => {} },
        stdout: { write: (text) => void printed.push(text) },
      },
      functions,
      ({ id }) => restarted.test(id),
    );
    expect(summary.problems, `${formatSummary(summary)}\n${printed.join("")}`).toEqual([]);
  },
  240_000,
);
