import { standardRules } from "../../../fightapp/battle-rules.ts";
import type { FightResult } from "../../../gen/fight_pb.js";
import { netPanel } from "../net/net-panel.ts";
import type { Session } from "../session.ts";
import { div, element } from "../ui/dom.ts";
import { toastError } from "../ui/toast.ts";
import type { View } from "../ui/view.ts";
import type { Battle, ShownFighter } from "./battle.ts";
import { toMap } from "./camera.ts";
import { colorsOf } from "./colors.ts";
import { Controls } from "./controls.ts";
import { Effects } from "./effects.ts";
import { FightLink } from "./fight-link.ts";
import { Hud } from "./hud.ts";
import { Painter } from "./painter.ts";
import { resultView } from "./result-view.ts";
import { enemyAt, inReach, pickTarget } from "./target.ts";

const { sight, range } = standardRules;
const shakeMs = 250;

/** A fight: what is to be seen of it, and what the player wants in it. `onLeave` is told when the player wants to go. */
export function fightView(session: Session, fightId: string, onLeave: () => void): View {
  const canvas = element("canvas", { className: "fight-canvas" });
  canvas.setAttribute("aria-label", "The fight");
  const painter = new Painter(canvas);
  const hud = new Hud();
  const net = netPanel(session);
  const body = div("fight", canvas, hud.element, net.element);
  const effects = new Effects();
  let known: readonly ShownFighter[] = [];
  let chosen = 0n;
  let hurtAt = Number.NEGATIVE_INFINITY;
  let frame = 0;

  const selfOf = () => known.find(({ id }) => id === session.roleId);
  const controls = new Controls(canvas, (pixel) => {
    const self = selfOf();
    if (self !== undefined) chosen = enemyAt(toMap(painter.camera, pixel), self, known) ?? chosen;
  });
  const link = new FightLink(session, fightId, { onOver: end, onLost: lose });

  function play(battle: Battle, now: number): void {
    const { hits, fallen } = battle.advance(link.tickAt(now));
    known = battle.fighters;
    const self = selfOf();
    const find = (id: bigint) => known.find((fighter) => fighter.id === id);
    for (const { sourceId, targetId, damage } of hits) {
      const [source, target] = [find(sourceId), find(targetId)];
      if (source === undefined || target === undefined) continue;
      effects.hit(source, target, damage, colorsOf(source, self).light, now);
      if (targetId === session.roleId) hurtAt = now;
    }
    for (const fighter of fallen.map(find)) {
      if (fighter === undefined) continue;
      effects.fall(fighter, colorsOf(fighter, self).light, now);
      const last = hits.findLast(({ targetId }) => targetId === fighter.id);
      if (last !== undefined) hud.tellFall(battle.met(last.sourceId)?.name ?? "Somebody", fighter.name);
    }
    const targetId = self === undefined ? 0n : pickTarget(self, known, chosen);
    if (self !== undefined) {
      const { scale, x, y } = painter.camera;
      const pixel = { x: self.x * scale + x, y: self.y * scale + y };
      link.want({ move: controls.direction(pixel), targetId: inReach(self, known, targetId, range) }, now);
    }
    hud.update(self, battle);
    const shake = Math.max(0, 1 - (now - hurtAt) / shakeMs);
    painter.draw(
      {
        ...{ map: battle, sight, range, fighters: known, selfId: session.roleId, targetId, shake },
        ...{ effects: effects.at(now), stick: controls.stick },
      },
      now,
    );
  }

  function loop(now: number): void {
    frame = requestAnimationFrame(loop);
    if (link.battle !== undefined) play(link.battle, now);
  }

  function stop(): void {
    cancelAnimationFrame(frame);
    link.close();
    controls.close();
  }

  function end(result: FightResult): void {
    stop();
    body.append(resultView(session, link.battle, result, onLeave));
    // What the fight brought is in the role by now, or soon.
    session.refresh().catch(toastError);
  }

  function lose(error: unknown): void {
    toastError(error);
    onLeave();
  }

  frame = requestAnimationFrame(loop);
  return {
    element: body,
    dispose() {
      stop();
      net.dispose();
    },
  };
}
