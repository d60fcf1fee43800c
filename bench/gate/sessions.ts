/** How many sessions the cases have. */
export const counts = { echo: 1000, few: 100, members: 9000, idle: 19_000 } as const;
