/** For role apps alone: their actors move soon to where they belong. Where fights are the zone decides. */
export const rebalanceSoon = { M3__Server__Actor__RebalanceTime: "2" } as const;
