#!/usr/bin/env node
// Plain JavaScript, so that an old Node reads far enough to say what to do.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const bundled = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(main);
} else if (existsSync(bundled)) {
  const { status, signal } = spawnSync(bundled, [main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    `Baton needs Node 24; this is ${process.version}. Run "npm ci" first: it brings one.\n`,
  );
  process.exitCode = 2;
}
