// Loaded first into each thread of an app: its wall clock then jumps back and forth by an hour, all the time.
const hourMs = 3_600_000;
const stepMs = 700;
const realNow = Date.now;

Date.now = () => realNow() + ((Math.floor(performance.now() / stepMs) % 3) - 1) * hourMs;
