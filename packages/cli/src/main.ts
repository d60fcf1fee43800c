#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: from the second start on, code comes compiled and, from TypeScript, stripped of its
// types, which takes a third off the time and a quarter off the memory.
enableCompileCache();
await import("./program.ts");
