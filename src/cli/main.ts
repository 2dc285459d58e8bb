/**
 * The command line. Exit codes: 0 fine, 1 the execution failed, 2 the input was wrong.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { UserError } from './command.ts';

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `Baton needs Node 24; this is ${process.version}. Use the npm scripts or "npx baton".\n`,
  );
  process.exit(2);
}

// What is loaded from here on is compiled, and its types are stripped, once for each version of a
// file: more than half of the time a command takes to start. Where it cannot be kept nothing is.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/baton'));

const commands: Readonly<Record<string, () => Promise<{ default: Command }>>> = {
  run: () => import('./commands/run.ts'),
  check: () => import('./commands/check.ts'),
  get: () => import('./commands/get.ts'),
  resume: () => import('./commands/resume.ts'),
  pause: () => import('./commands/pause.ts'),
  kill: () => import('./commands/kill.ts'),
  restart: () => import('./commands/restart.ts'),
  replay: () => import('./commands/replay.ts'),
  'set-state': () => import('./commands/set-state.ts'),
  labels: () => import('./commands/labels.ts'),
  delete: () => import('./commands/delete.ts'),
  unqueue: () => import('./commands/unqueue.ts'),
  'force-run': () => import('./commands/force-run.ts'),
  logs: () => import('./commands/logs.ts'),
  eval: () => import('./commands/eval.ts'),
  dev: () => import('./commands/dev.ts'),
  demo: () => import('./commands/demo.ts'),
};

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    return usage(name === undefined ? 2 : 0);
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    process.stderr.write(
      `baton: "${name}" is not a command. Commands: ${Object.keys(commands).join(', ')}\n`,
    );
    return 2;
  }
  try {
    const { default: command } = await load();
    if (rest.includes('--help')) {
      process.stdout.write(`${command.usage}\n`);
      return 0;
    }
    const { values, positionals } = parse(command, rest);
    return await command.run(positionals, values);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`baton ${name}: ${error.message}\n`);
    return 2;
  }
}

function parse(command: Command, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: command.options, allowPositionals: true });
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n${command.usage}`);
  }
}

async function usage(code: number): Promise<number> {
  const lines = ['Usage: baton COMMAND …', ''];
  for (const load of Object.values(commands))
    lines.push(`  ${(await load()).default.usage.split('\n')[0]}`);
  (code === 0 ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  return code;
}
