import { labelRatio, rowLabelled } from "../harness/ratios.ts";
import type { Row, Target } from "../harness/result.ts";

const minTurnShare = 0.6;
const minRemoteShare = 0.8;
const maxIdleBytes = 1024;

/** What is promised of actors, as far as the rows can tell. */
export function actorTargets(rows: readonly Row[]): readonly Target[] {
  const targets: Target[] = [];
  for (const actors of [10_000, 1]) {
    for (const limit of ["limit", "limit+codec"]) {
      const share = labelRatio(rows, ({ opsPerSec }) => opsPerSec, `turn@${actors}`, `${limit}@${actors}`);
      if (share === undefined) continue;
      targets.push({
        text: `turns of ${actors} actors reach at least ${minTurnShare} of ${limit}`,
        measured: share.toFixed(2),
        met: share >= minTurnShare,
      });
    }
  }
  const remote = labelRatio(rows, ({ opsPerSec }) => opsPerSec, "actor-tcp@256", "multi-tcp@256");
  if (remote !== undefined) {
    targets.push({
      text: `calls to actors of another process reach at least ${minRemoteShare} of those to a multi server`,
      measured: remote.toFixed(2),
      met: remote >= minRemoteShare,
    });
  }
  for (const label of ["idle@100000", "idle-player@100000", "idle@1000000", "idle-player@1000000"]) {
    const bytes = rowLabelled(rows, label)?.more?.["beside data"];
    if (bytes === undefined) continue;
    targets.push({
      text: `an idle actor (${label}) takes at most ${maxIdleBytes} bytes beside its data`,
      measured: `${bytes.toFixed(0)} bytes`,
      met: bytes <= maxIdleBytes,
    });
  }
  return targets;
}
