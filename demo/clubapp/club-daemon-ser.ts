import { Code, M3Error, multi } from "m3game";
import { ClubDaemonSer } from "../gen/club_pb.js";
import { ClubEntity } from "./club-entities.ts";
import { ClubSlot } from "./club-slot.ts";

/** What an operator asks of one club app. */
export const clubDaemonSer = multi(ClubDaemonSer, (app) => ({
  async clubKick({ leaseId }) {
    const others = (await app.instances(app.id.service)).filter((instance) => instance.app !== app.id.app);
    const target = others[Math.floor(Math.random() * others.length)];
    if (target === undefined) throw new M3Error(Code.FAILED_PRECONDITION, "no other club app could take the slot");
    await app.actors(ClubSlot).handOver(leaseId, target.app);
    return {};
  },
  async clubList() {
    const slots = app.actors(ClubSlot).list().map(BigInt);
    if (slots.length === 0) return {};
    const { entities } = await app.entities().find(ClubEntity, { where: { slotId: { in: slots } }, limit: 1000 });
    return { clubDbs: entities.map(({ data }) => data) };
  },
}));
