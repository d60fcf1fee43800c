import type { ShownFighter } from "./battle.ts";
import { colorsOf } from "./colors.ts";

/** How large a fighter is drawn, in units of the map. */
const radius = 0.95;
const bar = { width: 3, height: 0.36, above: 1.75 };

export interface FighterContext {
  readonly self: ShownFighter | undefined;
  readonly targetId: bigint;
  readonly range: number;
  readonly now: number;
}

export function drawFighter(context: CanvasRenderingContext2D, fighter: ShownFighter, around: FighterContext): void {
  const { self, targetId, range, now } = around;
  const isSelf = fighter.id === self?.id;
  const isDown = fighter.hp <= 0;
  const { light, dark } = colorsOf(fighter, self);
  context.save();
  context.translate(fighter.x, fighter.y);
  context.globalAlpha = isDown ? 0.25 : 1;
  if (isSelf && !isDown) ring(context, range, "rgb(94 234 212 / 0.22)", 0.06);
  if (fighter.id === targetId) drawReticle(context, now);
  const body = context.createRadialGradient(-0.3, -0.35, 0.1, 0, 0, radius);
  body.addColorStop(0, light);
  body.addColorStop(1, dark);
  context.fillStyle = body;
  context.shadowColor = light;
  context.shadowBlur = isDown ? 0 : 22;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
  context.shadowBlur = 0;
  ring(context, radius, isSelf ? "#ffffff" : light, isSelf ? 0.16 : 0.1);
  if (!isDown) drawHealth(context, fighter, light);
  drawName(context, fighter.name, isSelf);
  context.restore();
}

function ring(context: CanvasRenderingContext2D, radius: number, color: string, width: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** Four arcs that turn around whom the player attacks. */
function drawReticle(context: CanvasRenderingContext2D, now: number): void {
  context.strokeStyle = "#fda4af";
  context.lineWidth = 0.14;
  const turn = now / 700;
  for (let part = 0; part < 4; part++) {
    const from = turn + (part * Math.PI) / 2;
    context.beginPath();
    context.arc(0, 0, radius + 0.5, from, from + 0.8);
    context.stroke();
  }
}

function drawHealth(context: CanvasRenderingContext2D, { hp, maxHp }: ShownFighter, color: string): void {
  const { width, height, above } = bar;
  const share = maxHp > 0 ? Math.min(1, hp / maxHp) : 0;
  context.fillStyle = "rgb(5 8 15 / 0.8)";
  context.beginPath();
  context.roundRect(-width / 2 - 0.08, -above - 0.08, width + 0.16, height + 0.16, 0.24);
  context.fill();
  context.fillStyle = share > 0.3 ? color : "#fbbf24";
  context.beginPath();
  context.roundRect(-width / 2, -above, width * share, height, 0.18);
  context.fill();
}

function drawName(context: CanvasRenderingContext2D, name: string, isSelf: boolean): void {
  context.fillStyle = isSelf ? "#ffffff" : "rgb(233 238 248 / 0.85)";
  context.font = `${isSelf ? 700 : 550} 0.86px system-ui, sans-serif`;
  context.textAlign = "center";
  context.fillText(name, 0, -bar.above - 0.5, 9);
}
