import type { Size } from "./camera.ts";
import type { Place } from "./track.ts";

const cell = 4;

/** The floor: a grid, a middle to fight for, and a glowing edge. */
export function drawArena(context: CanvasRenderingContext2D, { width, height }: Size): void {
  const floor = context.createRadialGradient(width / 2, height / 2, 0, width / 2, height / 2, width * 0.6);
  floor.addColorStop(0, "#151d33");
  floor.addColorStop(1, "#0b101d");
  context.fillStyle = floor;
  context.beginPath();
  context.roundRect(0, 0, width, height, 1.2);
  context.fill();

  context.lineWidth = 0.05;
  context.strokeStyle = "rgb(148 170 220 / 0.1)";
  context.beginPath();
  for (let x = cell; x < width; x += cell) line(context, { x, y: 0 }, { x, y: height });
  for (let y = cell; y < height; y += cell) line(context, { x: 0, y }, { x: width, y });
  context.stroke();

  context.lineWidth = 0.12;
  context.strokeStyle = "rgb(148 170 220 / 0.16)";
  for (const radius of [height * 0.12, height * 0.3]) {
    context.beginPath();
    context.arc(width / 2, height / 2, radius, 0, 2 * Math.PI);
    context.stroke();
  }

  context.save();
  context.lineWidth = 0.2;
  context.strokeStyle = "rgb(94 234 212 / 0.55)";
  context.shadowColor = "#2dd4bf";
  context.shadowBlur = 24;
  context.beginPath();
  context.roundRect(0, 0, width, height, 1.2);
  context.stroke();
  context.restore();
}

/** Darkens what lies beyond the player's sight. */
export function drawFog(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  { x, y }: Place,
  sight: number,
): void {
  const fog = context.createRadialGradient(x, y, sight * 0.82, x, y, sight * 1.1);
  fog.addColorStop(0, "rgb(5 8 15 / 0)");
  fog.addColorStop(1, "rgb(5 8 15 / 0.62)");
  context.fillStyle = fog;
  context.beginPath();
  context.roundRect(0, 0, width, height, 1.2);
  context.fill();
}

function line(context: CanvasRenderingContext2D, from: Place, to: Place): void {
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
}
