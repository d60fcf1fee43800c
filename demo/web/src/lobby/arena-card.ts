import { MatchFormedSchema, MatchTimedOutSchema } from "../../../gen/role_pb.js";
import type { Session } from "../session.ts";
import { button, div, element, span } from "../ui/dom.ts";
import { toast, toastError } from "../ui/toast.ts";
import type { View } from "../ui/view.ts";
import { radar } from "./radar.ts";

const askAgainMs = 10_000;

/** The way into a fight: looks for an opponent, and calls `onFight` with the fight that was found. */
export function arenaCard({ client, role }: Session, onFight: (fightId: string) => void): View {
  const body = div("card arena");
  const timers: number[] = [];
  const clearTimers = () => {
    for (const timer of timers.splice(0)) clearInterval(timer);
  };

  const showIdle = () => {
    clearTimers();
    body.replaceChildren(
      div("arena-art", radar(false)),
      element("h2", { textContent: "Arena" }),
      element("p", {
        className: "muted",
        textContent: "Open a second tab and fight yourself, or wait: a bot steps in when nobody comes.",
      }),
      button({ label: "Find a fight", className: "button-large", onError: toastError }, join),
    );
  };

  const showQueue = () => {
    const clock = span("arena-clock", "0:00");
    const from = performance.now();
    clearTimers();
    timers.push(
      setInterval(() => {
        clock.textContent = formatTime(performance.now() - from);
      }, 250),
      // A role whose app has died searches no more; one that searches goes on.
      setInterval(() => void askAgain(), askAgainMs),
    );
    body.replaceChildren(
      div("arena-art", radar(true)),
      element("h2", { textContent: "Looking for an opponent" }),
      clock,
      button({ label: "Cancel", className: "button-quiet", onError: toastError }, cancel),
    );
  };

  const join = async () => {
    const { fightId } = await role.roleMatchJoin({});
    if (fightId === "") showQueue();
    else onFight(fightId);
  };

  const askAgain = async () => {
    try {
      const { fightId } = await role.roleMatchJoin({});
      if (fightId !== "" && timers.length > 0) onFight(fightId);
    } catch (error) {
      toastError(error);
      showIdle();
    }
  };

  const cancel = async () => {
    const { fightId } = await role.roleMatchCancel({});
    if (fightId === "") showIdle();
    else onFight(fightId);
  };

  const listeners = [
    client.on(MatchFormedSchema, ({ fightId }) => onFight(fightId)),
    client.on(MatchTimedOutSchema, () => {
      toast("Nobody came. Try again in a moment.");
      showIdle();
    }),
  ];
  showIdle();
  return {
    element: body,
    dispose() {
      clearTimers();
      for (const stop of listeners) stop();
    },
  };
}

function formatTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
