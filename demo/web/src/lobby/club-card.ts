import type { ClubDB } from "../../../gen/club_data_pb.js";
import type { Session } from "../session.ts";
import { button, div, element, span } from "../ui/dom.ts";
import { toast, toastError } from "../ui/toast.ts";
import type { View } from "../ui/view.ts";
import { clubName } from "./club-name.ts";

const pageSize = 6;

/** The player's club, or those that can be joined. */
export function clubCard(session: Session): View {
  const body = div("card club");
  const unwatch = session.clubId.watch(async (clubId) => {
    try {
      const content = clubId === 0n ? await clubList(session) : await ownClub(session, clubId);
      if (session.clubId.value === clubId) body.replaceChildren(...content);
    } catch (error) {
      toastError(error);
    }
  });
  return { element: body, dispose: unwatch };
}

async function ownClub(session: Session, clubId: bigint): Promise<readonly Node[]> {
  const { clubDb } = await session.role.roleGetClubInfo({});
  const isOwner = clubDb?.ownerId === session.roleId;
  const act = (label: string, work: () => Promise<unknown>) =>
    button({ label, className: "button-quiet", onError: toastError }, async () => {
      await work();
      await session.refresh();
    });
  return [
    head("Your club"),
    div(
      "club-own",
      crest(clubId),
      div("club-who", element("h3", { textContent: clubName(clubId) }), span("muted", `#${clubId}`)),
    ),
    element("p", {
      className: "muted",
      textContent: isOwner
        ? "You founded it. Once its other members have left you may close it."
        : `Founded by role ${clubDb?.ownerId}.`,
    }),
    isOwner
      ? act("Close the club", () => session.role.roleCancelClub({}))
      : act("Leave the club", () => session.role.roleExitClub({})),
  ];
}

async function clubList(session: Session): Promise<readonly Node[]> {
  const rows = div("club-rows");
  const more = button({ label: "More clubs", className: "button-quiet", onError: toastError }, () => load());
  let cursor = "";
  const load = async () => {
    const page = await session.role.roleGetClubList({ cursor, limit: pageSize });
    rows.append(...page.clubDbs.map((club) => clubRow(session, club)));
    cursor = page.cursor;
    more.hidden = cursor === "";
  };
  await load();
  if (rows.childElementCount === 0)
    rows.append(element("p", { className: "muted", textContent: "There is no club yet. Found the first one." }));
  const found = button({ label: "Found a club", onError: toastError }, async () => {
    const { clubId } = await session.role.roleCreateClub({});
    toast(`You founded the ${clubName(clubId)}.`);
    await session.refresh();
  });
  return [head("Clubs", found), rows, more];
}

function clubRow(session: Session, { clubId }: ClubDB): HTMLElement {
  const join = button({ label: "Join", className: "button-small button-quiet", onError: toastError }, async () => {
    await session.role.roleJoinClub({ clubId });
    toast(`Welcome to the ${clubName(clubId)}.`);
    await session.refresh();
  });
  return div(
    "club-row",
    crest(clubId),
    div("club-who", span("club-name", clubName(clubId)), span("muted", `#${clubId}`)),
    join,
  );
}

function crest(clubId: bigint): HTMLElement {
  const made = div("crest");
  made.style.setProperty("--hue", String((Number(clubId % 1000n) * 61) % 360));
  return made;
}

function head(title: string, ...children: readonly Node[]): HTMLElement {
  return div("card-head", element("h2", { textContent: title }), ...children);
}
