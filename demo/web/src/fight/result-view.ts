import type { FightResult, FightScore } from "../../../gen/fight_pb.js";
import type { Session } from "../session.ts";
import { div, element, span } from "../ui/dom.ts";
import type { Battle } from "./battle.ts";

const titles = { won: "Victory", lost: "Defeat", drawn: "Draw" } as const;
type Outcome = keyof typeof titles;

/** How a fight ended, and what it brought. */
export function resultView(
  session: Session,
  battle: Battle | undefined,
  result: FightResult,
  onLeave: () => void,
): HTMLElement {
  const own = result.scores.find(({ roleId }) => roleId === session.roleId);
  const outcome = outcomeOf(result, battle?.met(session.roleId)?.side, own);
  const back = element("button", {
    className: "button button-large",
    type: "button",
    textContent: "Back to the lobby",
  });
  back.onclick = onLeave;
  queueMicrotask(() => back.focus());
  const panel = element(
    "section",
    { className: `card result result-${outcome}` },
    element("h2", { textContent: titles[outcome] }),
    own !== undefined && ratingLine(session.profile.value.rating, own),
    scoreTable(session, battle, result),
    back,
  );
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", titles[outcome]);
  return div("result-page", panel);
}

/** The rating counts up or down to what it is now. */
function ratingLine(before: number, { ratingChange, powerChange }: FightScore): HTMLElement {
  const value = span("result-rating", String(before));
  const from = performance.now();
  const count = (now: number) => {
    const share = Math.min(1, Math.max(0, (now - from) / 900));
    value.textContent = String(Math.round(before + ratingChange * share));
    if (share < 1) requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  const change = span(`change ${ratingChange < 0 ? "change-down" : "change-up"}`, signed(ratingChange));
  return div(
    "result-line",
    span("label", "Rating"),
    value,
    change,
    powerChange !== 0 && span("muted", `power ${signed(powerChange)}`),
  );
}

/** Who comes back when it is over has no side: it was never seen. */
function outcomeOf({ winner }: FightResult, side: number | undefined, own: FightScore | undefined): Outcome {
  if (winner < 0) return "drawn";
  const won = side === undefined ? (own?.ratingChange ?? 0) > 0 : side === winner;
  return won ? "won" : "lost";
}

function scoreTable(session: Session, battle: Battle | undefined, { scores }: FightResult): HTMLElement {
  const rows = scores.map(({ roleId, kills, deaths }) => {
    // Who was never in sight has no name here.
    const known = roleId === session.roleId ? session.profile.value : battle?.met(roleId);
    const name = known?.name ?? (roleId < 0n ? "A bot" : `Role ${roleId}`);
    const row = element("tr", { className: roleId === session.roleId ? "own" : "" });
    row.append(...[name, String(kills), String(deaths)].map((textContent) => element("td", { textContent })));
    return row;
  });
  const head = element("tr", {});
  head.append(...["Fighter", "Kills", "Deaths"].map((textContent) => element("th", { textContent, scope: "col" })));
  return element("table", { className: "score-table" }, element("thead", {}, head), element("tbody", {}, ...rows));
}

function signed(value: number): string {
  return value < 0 ? `−${-value}` : `+${value}`;
}
