import { element } from "./dom.ts";

/** A picture of its own for each role: two colours and the first letter of its name. */
export function avatar(roleId: bigint, name: string): HTMLElement {
  const hue = hueOf(roleId);
  const made = element("div", { className: "avatar", textContent: (name.trim()[0] ?? "?").toUpperCase() });
  made.style.background = `linear-gradient(135deg, hsl(${hue} 75% 58%), hsl(${(hue + 55) % 360} 70% 38%))`;
  made.setAttribute("aria-hidden", "true");
  return made;
}

/** Neighbours get colours that lie far apart. */
function hueOf(id: bigint): number {
  return (Number(id % 1000n) * 137) % 360;
}
