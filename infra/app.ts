/** `cdk synth` and `cdk deploy` start here (see `cdk.json`). Choices: `infra/options.ts`. */
import { App } from 'aws-cdk-lib/core';
import { bundleFunctions } from './bundle.ts';
import { readOptions } from './options.ts';
import { OrchestratorStack } from './orchestrator-stack.ts';
import { SamplesStack } from './samples-stack.ts';

const app = new App();
const options = readOptions(app.node);
const bundles = await bundleFunctions();

const orchestrator = new OrchestratorStack(app, 'Baton', { bundles, options });
new SamplesStack(app, 'BatonSamples', { bundles, options, orchestrator });
