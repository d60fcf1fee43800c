import { type Direction, directionOfKeys, directionOfPull, isSteering } from "./steering.ts";
import type { Place } from "./track.ts";

interface Pull {
  readonly pointerId: number;
  /** Where a finger went down; a mouse pulls from the fighter. */
  readonly from: Place | undefined;
  to: Place;
}

const finger = { dead: 8, full: 60 };
const mouse = { dead: 14, full: 60 };

/**
 * Keyboard, mouse and touch. A finger steers by where it moves from where it went down; a mouse by where it is held, seen from the
 * fighter.
 */
export class Controls {
  readonly #canvas: HTMLCanvasElement;
  readonly #onPoint: (pixel: Place) => void;
  readonly #held = new Set<string>();
  readonly #stop = new AbortController();
  #pull: Pull | undefined;

  /** `onPoint`: told where the player clicks or taps. */
  constructor(canvas: HTMLCanvasElement, onPoint: (pixel: Place) => void) {
    this.#canvas = canvas;
    this.#onPoint = onPoint;
    const { signal } = this.#stop;
    addEventListener("keydown", (event) => this.#onKey(event, true), { signal });
    addEventListener("keyup", (event) => this.#onKey(event, false), { signal });
    addEventListener("blur", () => this.#held.clear(), { signal });
    canvas.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, (event) => this.#onUp(event), { signal });
    }
  }

  /** Where the player wants to go; `self` is where the fighter is on the canvas. */
  direction(self: Place): Direction {
    if (this.#pull === undefined) return directionOfKeys(this.#held);
    const { from, to } = this.#pull;
    const { x, y } = from ?? self;
    return directionOfPull(to.x - x, to.y - y, from === undefined ? mouse : finger);
  }

  /** The stick under a finger. */
  get stick(): { readonly from: Place; readonly to: Place } | undefined {
    const { from, to } = this.#pull ?? {};
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  close(): void {
    this.#stop.abort();
  }

  #onKey(event: KeyboardEvent, down: boolean): void {
    if (!isSteering(event.code)) return;
    event.preventDefault();
    if (down) this.#held.add(event.code);
    else this.#held.delete(event.code);
  }

  #onDown(event: PointerEvent): void {
    const to = { x: event.offsetX, y: event.offsetY };
    this.#onPoint(to);
    if (this.#pull !== undefined) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pull = { pointerId: event.pointerId, from: event.pointerType === "mouse" ? undefined : to, to };
  }

  #onMove(event: PointerEvent): void {
    if (this.#pull?.pointerId === event.pointerId) this.#pull.to = { x: event.offsetX, y: event.offsetY };
  }

  #onUp(event: PointerEvent): void {
    if (this.#pull?.pointerId === event.pointerId) this.#pull = undefined;
  }
}
