import { storeFlow } from '../../api/flows.ts';
import { Problem } from '../../api/problem.ts';
import { failureOfChecks, runChecks } from '../../runtime/checks.ts';
import { resolveFlowInputs } from '../../runtime/inputs.ts';
import { startExecution } from '../../runtime/start.ts';
import { viewExecution } from '../../runtime/view.ts';
import { type Command, directoryOption, onlyPositional, textOf, UserError } from '../command.ts';
import { costReport } from '../cost-report.ts';
import { inputOption, inputsOf } from '../inputs.ts';
import { type Local, openLocal } from '../local.ts';
import { showProgress } from '../progress.ts';
import { readSource } from './check.ts';

export default {
  usage:
    'baton run FILE [--input k=v]… run a flow here and wait for its end (--cost: count operations)\n' +
    '  --force: also where the check finds errors in its expressions',
  options: {
    ...directoryOption,
    ...inputOption,
    cost: { type: 'boolean' },
    force: { type: 'boolean' },
    quiet: { type: 'boolean', short: 'q' },
  },
  async run(positionals, values) {
    const source = await readSource(onlyPositional(positionals, 'a flow file'));
    const print = (line: string): void => {
      if (values['quiet'] !== true) process.stderr.write(`${line}\n`);
    };
    const progress = showProgress(print);
    const local = await openLocal({
      directory: textOf(values, 'directory') ?? '.baton',
      watcher: progress,
      onLog: progress.log,
    });
    try {
      const force = values['force'] === true;
      const id = await start(local, source, { given: inputsOf(values), force, print });
      print(`execution ${id}`);
      // One that has to wait for somebody else does not end here.
      await Promise.race([progress.whenEnded(id), local.deliveries.idle(), local.failed]);
      await local.runtime.store.settled();
      // Counted before the execution is read back to be shown.
      const counts = local.meter.counts(id);
      const view = await viewExecution(local.runtime, id);
      if (view?.outputs !== undefined)
        process.stdout.write(`${JSON.stringify(view.outputs, null, 2)}\n`);
      const state = view?.state;
      const duration = view?.durationMs === undefined ? '' : ` in ${view.durationMs} ms`;
      print(`${state} ${id}${duration}`);
      if (values['cost'] === true) process.stdout.write(`${costReport(counts)}\n`);
      return state === 'FAILED' || state === 'KILLED' || state === 'CANCELLED' ? 1 : 0;
    } finally {
      await local.close();
    }
  },
} satisfies Command;

interface Start {
  readonly given: Record<string, string>;
  readonly force: boolean;
  readonly print: (line: string) => void;
}

async function start(
  local: Local,
  source: string,
  { given, force, print }: Start,
): Promise<string> {
  try {
    const { flow, warnings } = await storeFlow(local.runtime, source, { force });
    for (const { line, column, severity, code, message } of warnings) {
      print(`${severity} ${line}:${column}  ${code}  ${message}`);
    }
    if (flow.disabled) throw new UserError(`flow ${flow.namespace}.${flow.id} is disabled`);
    const resolved = await resolveFlowInputs(local.runtime, flow, given);
    if (!resolved.inputs) {
      throw new UserError(resolved.issues.map(({ message }) => message).join('\n'));
    }
    const { inputs, undeclared } = resolved;
    const checked = await runChecks(local.runtime, flow, inputs);
    const complaints = checked.failed.map(({ message }) => message);
    if (checked.verdict === 'block') throw new UserError(complaints.join('\n'));
    for (const complaint of complaints) print(`check: ${complaint}`);
    const { execution } = await startExecution(local.runtime, {
      flow,
      inputs,
      undeclared,
      ...(checked.verdict === 'fail' && { failure: failureOfChecks(checked) }),
    });
    return execution.id;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const issues = error.issues.map(
      ({ line, column, severity, code, message }) =>
        `\n  ${line}:${column}  ${code}${severity === 'warning' ? ' (warning)' : ''}  ${message}`,
    );
    const message = error.message.replace('`force`', '`--force`');
    throw new UserError(`${message}${issues.join('')}`);
  }
}
