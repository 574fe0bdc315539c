#!/usr/bin/env node
import { runCli } from './core.js';
await runCli(process.argv.slice(2));
