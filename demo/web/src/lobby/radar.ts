const rings = [18, 36, 54];

/** Crossed blades in a ring, or a radar that turns while somebody looks for an opponent. */
export function radar(turning: boolean): SVGSVGElement {
  const svg = make("svg", { viewBox: "-60 -60 120 120", class: turning ? "radar radar-on" : "radar" });
  svg.append(...rings.map((r) => make("circle", { r: String(r), class: "radar-ring" })));
  if (turning) svg.append(make("path", { d: "M0 0 L0 -54 A54 54 0 0 1 46.8 -27 Z", class: "radar-beam" }));
  else svg.append(blade(45), blade(-45));
  return svg;
}

function blade(angle: number): SVGElement {
  return make("path", {
    d: "M0 -40 L4 -32 L3 14 L10 18 L3 20 L2.5 34 L-2.5 34 L-3 20 L-10 18 L-3 14 L-4 -32 Z",
    class: "radar-blade",
    transform: `rotate(${angle})`,
  });
}

function make<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
