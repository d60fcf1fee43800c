import type { Size } from "./camera.ts";
import { type Colors, foe, friend } from "./colors.ts";
import type { Place } from "./track.ts";

type Canvas = CanvasRenderingContext2D;

const cell = 4;
const corner = 1.2;

/** The floor: a grid, a middle to fight for, where the sides come from, and a glowing edge. `home`: the player's side. */
export function drawArena(canvas: Canvas, size: Size, home: "left" | "right"): void {
  const { width, height } = size;
  const middle = { x: width / 2, y: height / 2 };
  const floor = canvas.createRadialGradient(middle.x, middle.y, 0, middle.x, middle.y, width * 0.6);
  floor.addColorStop(0, "#18223b");
  floor.addColorStop(1, "#0b101d");
  canvas.fillStyle = floor;
  outline(canvas, size);
  canvas.fill();
  drawGrid(canvas, size);
  drawBase(canvas, { x: width * 0.1, y: middle.y }, home === "left" ? friend : foe);
  drawBase(canvas, { x: width * 0.9, y: middle.y }, home === "left" ? foe : friend);
  drawMiddle(canvas, middle, height * 0.28);
  drawEdge(canvas, size);
}

/** Darkens what lies beyond the player's sight. */
export function drawFog(canvas: Canvas, size: Size, { x, y }: Place, sight: number): void {
  const fog = canvas.createRadialGradient(x, y, sight * 0.82, x, y, sight * 1.1);
  fog.addColorStop(0, "rgb(5 8 15 / 0)");
  fog.addColorStop(1, "rgb(5 8 15 / 0.6)");
  canvas.fillStyle = fog;
  outline(canvas, size);
  canvas.fill();
}

function outline(canvas: Canvas, { width, height }: Size): void {
  canvas.beginPath();
  canvas.roundRect(0, 0, width, height, corner);
}

function drawGrid(canvas: Canvas, { width, height }: Size): void {
  canvas.lineWidth = 0.05;
  canvas.strokeStyle = "rgb(148 170 220 / 0.1)";
  canvas.beginPath();
  for (let x = cell; x < width; x += cell) {
    canvas.moveTo(x, 0);
    canvas.lineTo(x, height);
  }
  for (let y = cell; y < height; y += cell) {
    canvas.moveTo(0, y);
    canvas.lineTo(width, y);
  }
  canvas.stroke();
}

function drawBase(canvas: Canvas, { x, y }: Place, { light }: Colors): void {
  canvas.save();
  canvas.globalAlpha = 0.16;
  const glow = canvas.createRadialGradient(x, y, 0, x, y, 5);
  glow.addColorStop(0, light);
  glow.addColorStop(1, "transparent");
  canvas.fillStyle = glow;
  canvas.fillRect(x - 5, y - 5, 10, 10);
  canvas.globalAlpha = 0.4;
  canvas.strokeStyle = light;
  canvas.lineWidth = 0.1;
  canvas.beginPath();
  for (let side = 0; side < 6; side++) {
    const angle = (side * Math.PI) / 3;
    canvas.lineTo(x + 3 * Math.cos(angle), y + 3 * Math.sin(angle));
  }
  canvas.closePath();
  canvas.stroke();
  canvas.restore();
}

function drawMiddle(canvas: Canvas, { x, y }: Place, radius: number): void {
  canvas.strokeStyle = "rgb(148 170 220 / 0.17)";
  canvas.lineWidth = 0.12;
  for (const share of [0.36, 1]) {
    canvas.beginPath();
    canvas.arc(x, y, radius * share, 0, 2 * Math.PI);
    canvas.stroke();
  }
  canvas.lineWidth = 0.35;
  for (let part = 0; part < 4; part++) {
    const from = Math.PI / 4 + (part * Math.PI) / 2 - 0.22;
    canvas.beginPath();
    canvas.arc(x, y, radius * 1.09, from, from + 0.44);
    canvas.stroke();
  }
}

function drawEdge(canvas: Canvas, size: Size): void {
  canvas.save();
  canvas.lineWidth = 0.2;
  canvas.strokeStyle = "rgb(94 234 212 / 0.55)";
  canvas.shadowColor = "#2dd4bf";
  canvas.shadowBlur = 24;
  outline(canvas, size);
  canvas.stroke();
  canvas.restore();
}
