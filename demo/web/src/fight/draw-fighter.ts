import type { ShownFighter } from "./battle.ts";
import { colorsOf } from "./colors.ts";

type Canvas = CanvasRenderingContext2D;

/** How large a fighter is drawn, in units of the map. */
const radius = 1.1;
const bar = { width: 3, height: 0.36, above: 2.15 };

export interface FighterContext {
  readonly self: ShownFighter | undefined;
  readonly targetId: bigint;
  readonly range: number;
  readonly now: number;
}

export function drawFighter(
  canvas: Canvas,
  fighter: ShownFighter,
  { self, targetId, range, now }: FighterContext,
): void {
  const isSelf = fighter.id === self?.id;
  const isDown = fighter.hp <= 0;
  const { light, dark } = colorsOf(fighter, self);
  if (!isDown) drawTrail(canvas, fighter, light);
  canvas.save();
  canvas.translate(fighter.x, fighter.y);
  canvas.globalAlpha = isDown ? 0.22 : 1;
  if (isSelf && !isDown) drawRange(canvas, range);
  if (fighter.id === targetId) drawReticle(canvas, now);
  canvas.save();
  canvas.rotate(fighter.heading);
  drawBody(canvas, light, dark, isDown);
  ring(canvas, radius, isSelf ? "#ffffff" : light, isSelf ? 0.15 : 0.09);
  canvas.restore();
  if (!isDown) drawHealth(canvas, fighter, light);
  drawName(canvas, fighter.name, isSelf);
  canvas.restore();
}

function drawTrail(canvas: Canvas, { x, y, trail }: ShownFighter, color: string): void {
  canvas.save();
  canvas.fillStyle = color;
  for (const [age, place] of trail.entries()) {
    // One who stands still has no trail, and one who has just jumped has none either.
    const distance = Math.hypot(place.x - x, place.y - y);
    if (distance < 0.2 || distance > 4) continue;
    canvas.globalAlpha = 0.16 * (1 - age / trail.length);
    canvas.beginPath();
    canvas.arc(place.x, place.y, radius * (1 - age * 0.12), 0, 2 * Math.PI);
    canvas.fill();
  }
  canvas.restore();
}

/** A disc with a bright edge in front and two blades at its sides. */
function drawBody(canvas: Canvas, light: string, dark: string, isDown: boolean): void {
  canvas.fillStyle = light;
  canvas.shadowColor = light;
  canvas.shadowBlur = isDown ? 0 : 20;
  for (const side of [-1, 1]) {
    canvas.beginPath();
    canvas.moveTo(-0.5, side * 0.95);
    canvas.quadraticCurveTo(0.6, side * 1.95, 1.8, side * 0.8);
    canvas.quadraticCurveTo(0.8, side * 1.3, 0.35, side * 1.05);
    canvas.fill();
  }
  const body = canvas.createRadialGradient(0.3, 0, 0.1, 0, 0, radius);
  body.addColorStop(0, light);
  body.addColorStop(0.55, dark);
  body.addColorStop(1, "#0b1220");
  canvas.fillStyle = body;
  canvas.beginPath();
  canvas.arc(0, 0, radius, 0, 2 * Math.PI);
  canvas.fill();
  canvas.shadowBlur = 0;
  canvas.strokeStyle = "#ffffff";
  canvas.lineWidth = 0.16;
  canvas.lineCap = "round";
  canvas.beginPath();
  canvas.arc(0, 0, radius * 0.58, -0.75, 0.75);
  canvas.stroke();
}

function ring(canvas: Canvas, around: number, color: string, width: number): void {
  canvas.strokeStyle = color;
  canvas.lineWidth = width;
  canvas.beginPath();
  canvas.arc(0, 0, around, 0, 2 * Math.PI);
  canvas.stroke();
}

function drawRange(canvas: Canvas, range: number): void {
  const fill = canvas.createRadialGradient(0, 0, range * 0.6, 0, 0, range);
  fill.addColorStop(0, "rgb(94 234 212 / 0)");
  fill.addColorStop(1, "rgb(94 234 212 / 0.07)");
  canvas.fillStyle = fill;
  canvas.beginPath();
  canvas.arc(0, 0, range, 0, 2 * Math.PI);
  canvas.fill();
  canvas.setLineDash([0.5, 0.5]);
  ring(canvas, range, "rgb(94 234 212 / 0.28)", 0.06);
  canvas.setLineDash([]);
}

/** Four arcs that turn around whom the player attacks. */
function drawReticle(canvas: Canvas, now: number): void {
  canvas.strokeStyle = "#fda4af";
  canvas.lineWidth = 0.14;
  const turn = now / 700;
  for (let part = 0; part < 4; part++) {
    const from = turn + (part * Math.PI) / 2;
    canvas.beginPath();
    canvas.arc(0, 0, radius + 0.75, from, from + 0.8);
    canvas.stroke();
  }
}

function drawHealth(canvas: Canvas, { hp, maxHp }: ShownFighter, color: string): void {
  const { width, height, above } = bar;
  const share = maxHp > 0 ? Math.min(1, hp / maxHp) : 0;
  canvas.fillStyle = "rgb(5 8 15 / 0.85)";
  canvas.beginPath();
  canvas.roundRect(-width / 2 - 0.09, -above - 0.09, width + 0.18, height + 0.18, 0.26);
  canvas.fill();
  canvas.fillStyle = share > 0.3 ? color : "#fbbf24";
  canvas.beginPath();
  canvas.roundRect(-width / 2, -above, Math.max(height, width * share), height, 0.18);
  canvas.fill();
}

function drawName(canvas: Canvas, name: string, isSelf: boolean): void {
  canvas.fillStyle = isSelf ? "#ffffff" : "rgb(233 238 248 / 0.85)";
  canvas.font = `${isSelf ? 700 : 600} 0.9px system-ui, sans-serif`;
  canvas.textAlign = "center";
  canvas.fillText(name, 0, -bar.above - 0.55, 9);
}
