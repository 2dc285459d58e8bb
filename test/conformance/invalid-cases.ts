/**
 * Flows and single objects that must be refused, or accepted.
 *
 * Only that counts: the words are ours. A refusal for a feature that is not there yet proves
 * nothing, and neither does accepting what the reader looks over; both are skipped.
 */
import { stringify } from 'yaml';
import type { Issue } from '../../src/flow/issues.ts';
import { readFlow } from '../../src/flow/read.ts';
import { checkUpdate } from '../../src/flow/update.ts';
import type { InvalidCase } from './cases.ts';
import {
  describeIssues,
  type FlowSources,
  missingIn,
  notLookedAt,
  wrongIn,
} from './flow-sources.ts';
import { type About, failed, passed, type Result, skipped } from './result.ts';

export async function runInvalidFlow(item: InvalidCase, sources: FlowSources): Promise<Result> {
  const about = { id: `invalid/${item.id}`, area: 'invalid flows', source: item.source };
  if (item.previous !== undefined) return runUpdate(item, item.previous, about, sources);
  const { flow, issues } = await sources.read(item.file ?? '');
  const known = issues.filter((issue) => !isUnknownOnPurpose(issue, item));
  if (flow === undefined && known.length < issues.length) return passed(about);
  return judge(about, { isRefused: flow === undefined, isValid: false, issues: known });
}

/** What makes the update illegal is asserted, besides what is wrong with the flow itself. */
async function runUpdate(
  { file = '' }: InvalidCase,
  previous: string,
  about: About,
  sources: FlowSources,
): Promise<Result> {
  const [before, after] = [await sources.read(previous), await sources.read(file)];
  if (before.flow === undefined) return skipped(about, missingIn(before.issues));
  // The file may have other mistakes, for which it would be refused as well.
  const issues = checkUpdate(after.source, before.flow);
  return judge(about, { isRefused: issues.length > 0, isValid: false, issues });
}

/** A type that the case says does not exist is not one that is missing here. */
function isUnknownOnPurpose(issue: Issue, { messages }: InvalidCase): boolean {
  if (issue.code !== 'unknown-task-type') return false;
  return JSON.stringify(messages).includes(`Invalid type: ${issue.type}`);
}

export async function runInvalidObject(item: InvalidCase): Promise<Result> {
  const about = { id: `object/${item.id}`, area: 'invalid objects', source: item.source };
  const { objectType = '', object = {} } = item;
  const embed = Object.hasOwn(embeddings, objectType) ? embeddings[objectType] : undefined;
  if (embed === undefined) return skipped(about, [`object ${objectType}`]);
  const { flow, issues } = await readFlow(stringify({ ...frame, ...embed(object) }));
  return judge(about, { isRefused: flow === undefined, isValid: item.valid === true, issues });
}

function judge(
  about: About,
  {
    isRefused,
    isValid,
    issues,
  }: { readonly isRefused: boolean; readonly isValid: boolean; readonly issues: readonly Issue[] },
): Result {
  const isWrong = wrongIn(issues).length > 0;
  if (isWrong && !isValid) return passed(about);
  const missing = notLookedAt(issues);
  if (!isWrong && missing.length > 0) return skipped(about, missing);
  if (isRefused !== isValid) return passed(about);
  const mismatch = {
    path: 'flow',
    expected: isValid ? 'accepted' : 'refused',
    actual: isRefused ? describeIssues(issues, about.id) : 'accepted',
  };
  return failed(about, [mismatch]);
}

type Embed = (object: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

const log = { id: 'log', type: 'io.kestra.plugin.core.log.Log', message: 'hello' };

const frame = { id: 'embedded', namespace: 'conformance', tasks: [log] };

const trigger = (type: string, object: Readonly<Record<string, unknown>>) => ({
  triggers: [{ id: 'trigger', type: `io.kestra.plugin.core.trigger.${type}`, ...object }],
});

const preconditions = (object: Readonly<Record<string, unknown>>) =>
  trigger('Flow', { preconditions: { id: 'conditions', ...object } });

/** Where in a flow an object of each type stands. */
const embeddings: Readonly<Record<string, Embed>> = {
  retry: (retry) => ({ tasks: [{ ...log, retry }] }),
  input: (input) => ({ inputs: [input] }),
  regex: ({ pattern }) => ({ inputs: [{ id: 'input', type: 'STRING', validator: pattern }] }),
  pluginDefault: (object) => ({ pluginDefaults: [object] }),
  sla: (sla) => ({ sla: [sla] }),
  'task:WorkingDirectory': (object) => ({
    tasks: [{ id: 'folder', type: 'io.kestra.plugin.core.flow.WorkingDirectory', ...object }],
  }),
  'trigger:Schedule': (object) => trigger('Schedule', object),
  'trigger:Webhook': (object) => trigger('Webhook', object),
  timezone: ({ timezone }) => trigger('Schedule', { cron: '0 0 * * *', timezone }),
  timeWindow: (timeWindow) => preconditions({ timeWindow }),
  preconditionFilter: (filter) => preconditions({ where: [{ id: 'where', filters: [filter] }] }),
};
