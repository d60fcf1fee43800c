import type { Place } from "./track.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How the map lies on the canvas: `pixel = unit * scale + offset`. */
export interface Camera {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

// Fighters that are smaller can't be told apart any more.
const smallestScale = 15;

/** What of the canvas is to stay free. */
export interface Margin {
  readonly top: number;
  readonly bottom: number;
  readonly side: number;
}

/** Shows the whole map, or, where it would be too small, what is around `focus`. */
export function cameraFor(map: Size, canvas: Size, margin: Margin, focus: Place): Camera {
  const free = { width: canvas.width - 2 * margin.side, height: canvas.height - margin.top - margin.bottom };
  const scale = Math.max(smallestScale, Math.min(free.width / map.width, free.height / map.height));
  return {
    scale,
    x: offset(map.width * scale, free.width, focus.x * scale) + margin.side,
    y: offset(map.height * scale, free.height, focus.y * scale) + margin.top,
  };
}

export function toMap({ scale, x, y }: Camera, pixel: Place): Place {
  return { x: (pixel.x - x) / scale, y: (pixel.y - y) / scale };
}

/** Centred where it fits; otherwise the focus is in the middle, as long as nothing beyond the edge would be seen. */
function offset(length: number, free: number, focus: number): number {
  if (length <= free) return (free - length) / 2;
  return Math.min(0, Math.max(free - length, free / 2 - focus));
}
