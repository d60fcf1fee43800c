import { div, span } from "./dom.ts";

/** The name of the game as it is drawn. */
export function logo(): HTMLElement {
  return div("logo", span("logo-mark", "M3"), span("logo-word", "Arena"));
}
