import type { ShownFighter } from "./battle.ts";
import { type Camera, cameraFor, type Size } from "./camera.ts";
import { drawArena, drawFog } from "./draw-arena.ts";
import { drawEffects } from "./draw-effects.ts";
import { drawFighter } from "./draw-fighter.ts";
import type { Effect } from "./effects.ts";
import type { Place } from "./track.ts";

/** What is to be seen at one moment. */
export interface Scene {
  readonly map: Size;
  /** How far the player sees and hits. */
  readonly sight: number;
  readonly range: number;
  readonly fighters: readonly ShownFighter[];
  readonly selfId: bigint;
  readonly targetId: bigint;
  readonly effects: readonly Effect[];
  /** How much of a hit on the player is still felt, 0 to 1. */
  readonly shake: number;
  readonly stick: { readonly from: Place; readonly to: Place } | undefined;
}

// What the texts above and below take.
const margin = { top: 92, side: 20, bottom: 52 };
const narrowMargin = { top: 92, side: 10, bottom: 128 };
const narrowBelow = 700;

/** Draws a fight on a canvas, which it keeps as large as it is shown. */
export class Painter {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #focus: Place = { x: 0, y: 0 };
  #camera: Camera = { scale: 1, x: 0, y: 0 };

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser has no 2D canvas");
    this.canvas = canvas;
    this.#context = context;
  }

  /** As the last picture was drawn. */
  get camera(): Camera {
    return this.#camera;
  }

  draw(scene: Scene, now: number): void {
    const size = this.#resize();
    const self = scene.fighters.find(({ id }) => id === scene.selfId);
    // Where it was last, while it is not there.
    this.#focus = self ?? this.#focus;
    this.#camera = cameraFor(scene.map, size, size.width < narrowBelow ? narrowMargin : margin, this.#focus);
    const { scale, x, y } = this.#camera;
    const context = this.#context;
    context.save();
    context.clearRect(0, 0, size.width, size.height);
    context.translate(x + Math.sin(now / 17) * 7 * scene.shake, y + Math.cos(now / 23) * 7 * scene.shake);
    context.scale(scale, scale);
    drawArena(context, scene.map, (self?.side ?? 0) === 0 ? "left" : "right");
    for (const fighter of scene.fighters) drawFighter(context, fighter, { ...scene, self, now });
    drawEffects(context, scene.effects, now);
    if (self !== undefined) drawFog(context, scene.map, self, scene.sight);
    context.restore();
    if (scene.shake > 0) drawHurt(context, size, scene.shake);
    if (scene.stick !== undefined) drawStick(context, scene.stick);
  }

  #resize(): Size {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = devicePixelRatio;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { width, height };
  }
}

/** A red edge of the picture when the player is hit. */
function drawHurt(context: CanvasRenderingContext2D, { width, height }: Size, strength: number): void {
  const edge = context.createRadialGradient(
    ...([width / 2, height / 2, height * 0.35] as const),
    ...([width / 2, height / 2, Math.hypot(width, height) / 2] as const),
  );
  edge.addColorStop(0, "rgb(244 63 94 / 0)");
  edge.addColorStop(1, `rgb(244 63 94 / ${(0.45 * strength).toFixed(3)})`);
  context.fillStyle = edge;
  context.fillRect(0, 0, width, height);
}

function drawStick(
  context: CanvasRenderingContext2D,
  { from, to }: { readonly from: Place; readonly to: Place },
): void {
  context.strokeStyle = "rgb(255 255 255 / 0.35)";
  context.lineWidth = 2;
  for (const [{ x, y }, radius] of [
    [from, 46],
    [to, 20],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}
