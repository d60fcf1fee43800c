/** How many TCP connections this process has open, counting both ends of one within it. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}
