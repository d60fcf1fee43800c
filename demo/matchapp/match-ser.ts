import { Code, type HostApp, ledBy, M3Error, multi, players } from "m3game";
import { MatchSer } from "../gen/match_pb.js";
import { MatchFormedSchema } from "../gen/role_pb.js";
import { ZoneSer } from "../gen/zone_pb.js";
import { matchConfig } from "./match-config.ts";
import { sidesOf } from "./match-entity.ts";
import { type Match, Matches } from "./matches.ts";
import { Matchmaker } from "./matchmaker.ts";

// Only one may decide who fights whom: the elected leader does.
export const matchSer = ledBy("match", MatchSer, async ({ claim, signal }, app) => {
  const config = matchConfig.parse(app.config);
  const matchmaker = Matchmaker.start({
    rules: {
      sideSize: config.SideSize,
      rangeStart: config.RangeStart,
      rangePerSecond: config.RangePerSecond,
      rangeMost: config.RangeMost,
      incompleteAfterMs: config.BotAfter * 1000,
    },
    timeOutMs: config.TimeOut * 1000,
    silentTimeOutMs: config.SilentTimeOut * 1000,
    maxTickets: config.MaxTickets,
    matches: await Matches.load(app.entities().ownedBy(claim)),
    place: async ({ id, tickets }) => {
      await app.client(ZoneSer).zonePlace({ fightId: id, sides: sidesOf(tickets) }, { signal });
    },
    tell: (match) => tell(app, match),
    log: app.log,
    metrics: app.metrics,
    signal,
  });
  return multi(MatchSer, {
    async matchJoin({ ticket, waitedMs }) {
      if (ticket === undefined) throw new M3Error(Code.INVALID_ARGUMENT, "ticket is missing");
      return matchmaker.join(ticket, waitedMs);
    },
    matchCancel: async ({ ticketId }) => ({ matchId: await matchmaker.cancel(ticketId) }),
    async matchEnd({ matchId }) {
      await matchmaker.end(matchId);
      return {};
    },
    matchReport: () => matchmaker.report(),
  });
});

/** Whoever is not there, or did not get it, hears of the match when it asks again. */
async function tell(app: HostApp, { id, tickets }: Match): Promise<void> {
  const sides = sidesOf(tickets);
  const members = sides.flatMap((side) => side.members).filter(({ bot }) => !bot);
  const told = members.map(async ({ roleId }) => {
    await players(app).push(String(roleId), MatchFormedSchema, { fightId: id, sides });
  });
  for (const { status, ...outcome } of await Promise.allSettled(told)) {
    if (status === "rejected") app.log.debug("a member could not be told of its match", { match: id, ...outcome });
  }
}
