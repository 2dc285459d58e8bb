/**
 * `baton eval`: what an expression gives and why, with the variables of a file or of an execution
 * that is stored. Nothing is run and nothing is written.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { readJson } from '../../expression/json.ts';
import { hasExpression } from '../../expression/render.ts';
import { isMap, type Value, type ValueMap } from '../../expression/value.ts';
import { nearest } from '../../flow/nearest.ts';
import { hostOf } from '../../runtime/host.ts';
import { type Standpoint, standpointOf } from '../../runtime/standpoint.ts';
import {
  type Command,
  directoryOption,
  onlyPositional,
  textOf,
  UserError,
  type Values,
} from '../command.ts';
import { evaluation } from '../evaluation.ts';
import { clock, localSettings, openReader, random, type Reader } from '../local.ts';

export default {
  usage: `baton eval EXPRESSION         show what an expression gives (-: read it from standard input)
  --context FILE              with the variables of a JSON file
  --execution ID              with those of a stored execution, at its end
  --execution ID --task PATH  at one of its task runs, such as each[2]/fetch
  --trace                     with every part of it, in order of evaluation`,
  options: {
    ...directoryOption,
    context: { type: 'string', short: 'c' },
    execution: { type: 'string', short: 'e' },
    task: { type: 'string', short: 't' },
    trace: { type: 'boolean' },
  },
  async run(positionals, values) {
    const template = await templateOf(onlyPositional(positionals, "an expression, as '{{ … }}'"));
    const execution = textOf(values, 'execution');
    if (execution === undefined) {
      return evaluate(template, await fileStandpoint(values), values);
    }
    if (textOf(values, 'context') !== undefined) {
      throw new UserError('give either --context or --execution');
    }
    const reader = await openReader(values);
    try {
      const standpoint = await storedStandpoint(reader, execution, textOf(values, 'task'));
      return await evaluate(template, standpoint, values);
    } finally {
      await reader.close();
    }
  },
} satisfies Command;

async function templateOf(given: string): Promise<string> {
  const template = given === '-' ? await text(process.stdin) : given;
  if (hasExpression(template)) return template;
  throw new UserError(`there is no expression in it; write '{{ ${template.trim()} }}'`);
}

async function evaluate(template: string, at: Standpoint, values: Values): Promise<number> {
  const { shown, failure } = await evaluation(template, at, {
    isTraced: values['trace'] === true,
    secrets: Object.values(localSettings().secrets),
  });
  for (const line of shown) process.stdout.write(`${line}\n`);
  for (const line of failure ?? []) process.stderr.write(`${line}\n`);
  return failure === undefined ? 0 : 1;
}

async function fileStandpoint(values: Values): Promise<Standpoint> {
  if (textOf(values, 'task') !== undefined) throw new UserError('--task needs --execution');
  const file = textOf(values, 'context');
  const variables = file === undefined ? new Map<string, Value>() : await readContext(file);
  const flow = variables.get('flow');
  const namespace = isMap(flow) ? flow.get('namespace') : undefined;
  const surroundings = { clock, random, settings: localSettings(), blobs: noFiles };
  return {
    variables,
    host: hostOf(surroundings, { namespace: typeof namespace === 'string' ? namespace : '' }),
  };
}

/** Variables of a file come without an internal store. */
const noFiles = {
  recordBytesMax: 0,
  put: () => Promise.reject(new Error('nothing is written here')),
  get: () => Promise.resolve(undefined),
  size: () => Promise.resolve(undefined),
  delete: () => Promise.reject(new Error('nothing is deleted here')),
};

async function readContext(file: string): Promise<ValueMap> {
  let context: Value;
  try {
    context = readJson(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${(error as Error).message}`);
  }
  if (isMap(context)) return context;
  throw new UserError(`${file} must be a JSON object: its keys are the variables`);
}

async function storedStandpoint(
  reader: Reader,
  id: string,
  task: string | undefined,
): Promise<Standpoint> {
  const execution = await reader.runtime.store.readExecution(id);
  if (!execution) throw new UserError(`there is no execution ${id} in ${reader.directory}`);
  const found = await standpointOf(reader.runtime, execution, task);
  if ('variables' in found) return found;
  throw new UserError(noTaskRun(task ?? '', found.taskRuns));
}

const namesShownMax = 20;

function noTaskRun(task: string, paths: readonly string[]): string {
  if (paths.length === 0) return 'no task has run in this execution';
  const isTaskId = paths.some((path) => path.endsWith(`/${task}`));
  const near = nearest(task, paths);
  const list = paths.slice(0, namesShownMax).map((path) => `\n  ${path}`);
  const rest = paths.length > namesShownMax ? `\n  … and ${paths.length - namesShownMax} more` : '';
  const names = `${list.join('')}${rest}`;
  if (isTaskId) return `"${task}" has run more than once; name one run:${names}`;
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `no task run has the path "${task}".${hint} There are:${names}`;
}
