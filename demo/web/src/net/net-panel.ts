import type { ClientState } from "@m3game/client";
import type { Session } from "../session.ts";
import { div, span } from "../ui/dom.ts";
import type { View } from "../ui/view.ts";
import { RoundTrips } from "./round-trips.ts";

const askEveryMs = 2000;
const width = 96;
const height = 22;

/** Which apps serve this player, and how long a call takes to the role's app and back. */
export function netPanel(session: Session): View {
  const dot = span("net-dot");
  const gate = span("net-app", "…");
  const role = span("net-app", "…");
  const time = span("net-time", "…");
  const { graph, line } = makeGraph();
  const trips = new RoundTrips();

  const ask = async () => {
    const from = performance.now();
    const { appId, gateId } = await session.role.roleGetInfo({}, { timeoutMs: askEveryMs });
    trips.add(performance.now() - from);
    gate.textContent = shorten(gateId);
    role.textContent = shorten(appId);
    time.textContent = `${(trips.last ?? 0).toFixed(1)} ms`;
    line.setAttribute("points", trips.points(width, height));
  };
  const showState = (state: ClientState) => {
    dot.className = `net-dot net-${state.state}`;
    dot.title = state.state;
    if (state.state !== "online") time.textContent = "offline";
  };
  showState(session.client.state);
  const stop = session.client.onState(showState);
  // What fails is asked again; the panel shows that the connection is gone.
  const timer = setInterval(() => ask().catch(() => {}), askEveryMs);
  ask().catch(() => {});
  return {
    element: div("net", dot, row("gate", gate), row("role", role), graph, time),
    dispose() {
      clearInterval(timer);
      stop();
    },
  };
}

function makeGraph() {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const graph = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  graph.setAttribute("viewBox", `0 -1 ${width} ${height + 2}`);
  graph.setAttribute("class", "net-graph");
  graph.append(line);
  return { graph, line };
}

function row(label: string, value: HTMLElement): HTMLElement {
  return div("net-row", span("label", label), value);
}

/** `demo.world1.role.2` is `role.2`. */
function shorten(appId: string): string {
  return appId.split(".").slice(2).join(".");
}
