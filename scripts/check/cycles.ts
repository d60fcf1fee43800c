/** Which nodes each node points to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** One shortest cycle of each knot of nodes that reach each other: `[a, b, c]` stands for a → b → c → a. */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const covered = new Set<string>();
  for (const start of [...graph.keys()].sort()) {
    if (covered.has(start)) continue;
    const cycle = shortestCycle(graph, start);
    if (!cycle || cycle.some((node) => covered.has(node))) continue;
    for (const node of cycle) covered.add(node);
    cycles.push(cycle);
  }
  return cycles;
}

/** The shortest way from `start` back to itself, by breadth-first search. */
function shortestCycle(graph: Graph, start: string): readonly string[] | undefined {
  const reachedFrom = new Map<string, string>();
  let frontier = [start];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const node of frontier) {
      for (const target of graph.get(node) ?? []) {
        if (target === start) return pathTo(node, start, reachedFrom);
        if (reachedFrom.has(target)) continue;
        reachedFrom.set(target, node);
        next.push(target);
      }
    }
    frontier = next;
  }
  return undefined;
}

function pathTo(end: string, start: string, reachedFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [end];
  for (let node = end; node !== start; ) {
    const previous = reachedFrom.get(node);
    if (previous === undefined) break;
    path.unshift(previous);
    node = previous;
  }
  return path;
}
