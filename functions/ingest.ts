/** The API behind a Function URL: stores flows, starts executions, shows what became of them. */
import { handle } from 'hono/aws-lambda';
import { createApp } from '../src/api/app.ts';
import { accessFrom } from './access.ts';
import { deployed, report } from './composition.ts';

const { aws, runtime } = deployed();
const app = createApp({
  runtime,
  logs: aws.logs,
  access: accessFrom({
    environment: process.env,
    parameter: aws.parameter,
    now: () => runtime.clock.now(),
  }),
  onError: (error) => report('The API failed', error),
});
const answer = handle(app);

export const handler: typeof answer = async (event, context) => {
  const result = await answer(event, context);
  aws.metrics.flush();
  return result;
};
