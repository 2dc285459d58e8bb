/** cdk-nag's AwsSolutions pack over both stacks; exceptions stand at the constructs they concern. */
import { App, Stack, Validations } from 'aws-cdk-lib/core';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeStacks } from './stacks.ts';

test.each([
  ['as in production', {}],
  ['for a trial', { removal: 'destroy' }],
])('AwsSolutions finds nothing: %s', (_, context) => {
  const { app } = makeStacks(context);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});

test('the pack does speak up', () => {
  const app = new App({ outdir: mkdtempSync(path.join(tmpdir(), 'baton-infra-')) });
  new Bucket(new Stack(app, 'Careless'), 'Bucket');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow('AwsSolutions-S10');
});
