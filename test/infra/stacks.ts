/** The stacks of `infra/`, synthesised in the test's own process with empty bundles. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { type Bundles, functionNames } from '../../infra/bundle.ts';
import { readOptions } from '../../infra/options.ts';
import { OrchestratorStack } from '../../infra/orchestrator-stack.ts';
import { SamplesStack } from '../../infra/samples-stack.ts';

interface Stacks {
  readonly app: App;
  readonly orchestrator: OrchestratorStack;
  readonly samples: SamplesStack;
}

/** With the feature flags of `cdk.json`, which only the CLI reads by itself. */
export function makeStacks(context: Readonly<Record<string, string>> = {}): Stacks {
  const { context: flags } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const outdir = mkdtempSync(path.join(tmpdir(), 'baton-infra-'));
  const app = new App({ outdir, context: { ...flags, ...context } });
  const options = readOptions(app.node);
  const bundles = emptyBundles();
  const orchestrator = new OrchestratorStack(app, 'Baton', { bundles, options });
  const samples = new SamplesStack(app, 'BatonSamples', { bundles, options, orchestrator });
  return { app, orchestrator, samples };
}

function emptyBundles(): Bundles {
  const root = mkdtempSync(path.join(tmpdir(), 'baton-bundles-'));
  const entries = functionNames.map((name) => {
    const directory = path.join(root, name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'index.mjs'), 'export const handler = () => {};\n');
    return [name, { directory, initBytes: 0 }] as const;
  });
  return Object.fromEntries(entries) as unknown as Bundles;
}
