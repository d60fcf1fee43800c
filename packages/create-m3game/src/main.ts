#!/usr/bin/env node
import { runCommandLine } from "./command-line.ts";

const { argv, versions, stdout, stderr } = process;
process.exitCode = await runCommandLine({ argv: argv.slice(2), version: versions.node, stdout, stderr });
