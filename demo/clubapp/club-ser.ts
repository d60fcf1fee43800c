import { actor } from "m3game";
import { ClubSer } from "../gen/club_pb.js";
import { ClubSlot } from "./club-slot.ts";
import { slotIds } from "./slots.ts";

// Slots live without being called: whoever asks for a club finds it loaded.
export const clubSer = actor(
  ClubSer,
  ClubSlot,
  {
    async clubCreate(slot, { clubId, roleId }) {
      await slot.found(clubId, roleId);
      return {};
    },
    clubRead(slot, { clubId }) {
      const clubDb = slot.club(clubId);
      return clubDb === undefined ? {} : { clubDb };
    },
    async clubDelete(slot, { clubId, roleId }) {
      await slot.cancel(clubId, roleId);
      return {};
    },
    async clubRoleInfo(slot, { clubId, roleId }) {
      const clubRoleDb = await slot.member(clubId, roleId);
      return clubRoleDb === undefined ? {} : { clubRoleDb };
    },
    async clubJoin(slot, { clubId, roleId }) {
      await slot.join(clubId, roleId);
      return {};
    },
    async clubExit(slot, { clubId, roleId }) {
      await slot.leave(clubId, roleId);
      return {};
    },
  },
  { always: slotIds },
);
