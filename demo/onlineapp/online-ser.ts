import { Code, ledBy, M3Error, multi } from "m3game";
import { OnlineSer } from "../gen/online_pb.js";
import { leaseHandlers } from "./lease-handlers.ts";
import { OnlineLeases } from "./online-leases.ts";
import { OnlineRows } from "./online-rows.ts";
import { Presence } from "./presence.ts";

// One table of who has what: the elected leader keeps it.
export const onlineSer = ledBy("online", OnlineSer, async ({ claim, signal }, app) => {
  const rows = await OnlineRows.open(app.entities().ownedBy(claim), app.id.world);
  const leases = await OnlineLeases.start(rows, { log: app.log, signal });
  const presence = new Presence(app.id);
  const storeName = await app.leases.storeName();
  return multi(OnlineSer, {
    ...leaseHandlers(leases, storeName),

    async onlineCreate({ roleId, appId, incarnation }) {
      const ref = { app: appId, incarnation };
      const [holder] = (await leases.acquire(ref, [presence.claimOf(roleId)])) ?? [];
      if (holder === undefined) {
        throw new M3Error(Code.FAILED_PRECONDITION, `${appId} has no session: its config needs lease_online`);
      }
      if (holder.session.app === appId) return { counter: holder.counter };
      throw new M3Error(Code.ALREADY_EXISTS, `role ${roleId} is online on ${holder.session.app}`);
    },

    async onlineRead({ roleId }) {
      const holder = await leases.holder(presence.claimOf(roleId));
      if (holder === undefined) return {};
      const { app, incarnation } = holder.session;
      return { appId: app, incarnation, counter: holder.counter };
    },

    async onlineDelete({ roleId, appId, counter }) {
      const id = presence.claimOf(roleId);
      const holder = await leases.holder(id);
      if (holder?.session.app !== appId) return {};
      await leases.release(holder.session, { id, counter: counter === 0n ? holder.counter : counter });
      return {};
    },

    async onlineList({ appId, afterRoleId, limit }) {
      await leases.settled();
      const session = leases.table.live({ app: appId, incarnation: "" }, performance.now());
      const roles = session === undefined ? [] : presence.rolesOf(session);
      const sorted = roles.filter((roleId) => roleId > afterRoleId).sort((a, b) => (a < b ? -1 : 1));
      return { roleIds: sorted.slice(0, limit || 100) };
    },

    async onlineCount() {
      await leases.settled();
      const apps = leases.table.sessions.map((session) => ({
        appId: session.app,
        roles: presence.rolesOf(session).length,
      }));
      return { apps };
    },
  });
});
