/** What is printed once the demo runs, with its gates at `host:port`. */
export function whatToTry(gates: readonly string[]): string {
  return `The gates are at ${gates.join(" and ")}. In a second terminal:

  npm run -s demo -- Test1                     one player's path: log in, change the role, look at it
  npm run -s demo -- Test2                     a club is made and cancelled
  npm run -s demo -- MutilTest1 --seconds 100  10000 players take the path of Test1

Ctrl-C stops them.
`;
}
