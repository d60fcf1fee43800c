const { subject } = await import(`./rpc/${process.argv[2]}.ts`);
const n = Number(process.argv[3] ?? 256),
  secs = Number(process.argv[4] ?? 5);
const info = await subject.serve();
const issue = await subject.connect(info);
let count = 0;
const end = performance.now() + secs * 1000;
let c0 = process.cpuUsage(),
  t0 = performance.now(),
  k0 = 0;
await new Promise<void>((res) => {
  let open = n;
  for (let i = 0; i < n; i++) {
    const next = (e?: unknown) => {
      if (e) throw e;
      count++;
      if (performance.now() > end) {
        if (--open === 0) res();
        return;
      }
      issue(next);
    };
    issue(next);
  }
  setTimeout(() => {
    c0 = process.cpuUsage();
    t0 = performance.now();
    k0 = count;
  }, 1000);
});
const c = process.cpuUsage(c0);
const k = count - k0;
console.log(
  process.argv[2],
  n,
  ((k / (performance.now() - t0)) * 1000).toFixed(0),
  "ops/s",
  ((c.user + c.system) / k).toFixed(2),
  "us/op",
);
process.exit(0);
