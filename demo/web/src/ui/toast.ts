import { div } from "./dom.ts";

const shownMs = 4000;

/** Shows a line for a moment. */
export function toast(text: string, kind: "info" | "error" = "info"): void {
  let stack = document.querySelector(".toasts");
  if (stack === null) {
    stack = div("toasts");
    stack.setAttribute("role", "status");
    document.body.append(stack);
  }
  const line = div(`toast toast-${kind}`, text);
  stack.append(line);
  setTimeout(() => line.remove(), shownMs);
}

/** Shows what went wrong, as the player should read it. */
export function toastError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  toast(text.charAt(0).toUpperCase() + text.slice(1), "error");
}
