export { shapeSentinel, shapeSentinel as default } from "./shape-sentinel.ts";
