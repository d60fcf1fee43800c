/** The apps of one function. */
export interface AppGroup {
  readonly func: string;
  readonly instances: number;
  /** Actors of all of them: what has a claim, players' sessions too. */
  readonly actors: number;
  /** The functions whose instances these apps follow: those that they call, and their own. */
  readonly follows: readonly string[];
}

export type Cluster = readonly AppGroup[];

/** A game with gates, players and clubs: of the apps 20, 60 and 20 %, of the actors 30, 60 and 10 %. */
export function gameCluster(apps: number, actors: number): Cluster {
  const share = (func: string, ofApps: number, ofActors: number, follows: readonly string[]): AppGroup => ({
    ...{ func, follows },
    instances: Math.max(2, Math.round(apps * ofApps)),
    actors: Math.round(actors * ofActors),
  });
  return [
    share("gate", 0.2, 0.3, ["gate", "role"]),
    share("role", 0.6, 0.6, ["gate", "role", "club"]),
    share("club", 0.2, 0.1, ["gate", "role", "club"]),
  ];
}

export function totalOf(cluster: Cluster, key: "instances" | "actors"): number {
  return cluster.reduce((sum, group) => sum + group[key], 0);
}

/** How many apps follow the instances of a function. */
export function followersOf(cluster: Cluster, func: string): number {
  return totalOf(
    cluster.filter(({ follows }) => follows.includes(func)),
    "instances",
  );
}

/** The app ids of a function, as the registry has them. */
export function appIds(func: string, instances: number): readonly string[] {
  return Array.from({ length: instances }, (_, index) => `prod.world1.${func}.${index + 1}`);
}
