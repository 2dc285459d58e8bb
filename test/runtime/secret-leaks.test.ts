/** A run that uses secrets wherever a flow can without putting them out: none is kept or sent in clear. */
import { generateKeySync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { type EchoServer, startEchoServer } from '../tasks/http/echo-server.ts';

const stored = 'kept-beside-9f31';
const given = 'given-by-caller-77a0';

let engine: EmbeddedEngine;
let server: EchoServer;
let sent: string;
let view: ExecutionView;
beforeAll(async () => {
  server = await startEchoServer();
  engine = await startEmbedded({}, { encryptionKey: generateKeySync('aes', { length: 256 }) });
  const secrets = { company: { API: stored } };
  writeFileSync(join(engine.directory, 'secrets.json'), JSON.stringify(secrets));
  const send = vi.spyOn(engine.runtime.queue, 'send');
  await storeFlow(
    engine.runtime,
    `
id: child
namespace: company.team
inputs: [{id: token, type: SECRET}]
tasks: [{id: same, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.token | length }}"}]
outputs: [{id: back, type: SECRET, value: "{{ inputs.token }}"}]`,
  );
  const { flow } = await storeFlow(
    engine.runtime,
    `
id: parent
namespace: company.team
inputs: [{id: token, type: SECRET}]
tasks:
  - id: ask
    type: io.kestra.plugin.core.http.Request
    uri: ${server.origin}/ok
    method: POST
    headers: {X-Key: "{{ secret('API') }}", X-Own: "{{ inputs.token }}"}
    body: "{{ secret('API') }}"
    options:
      logs: [REQUEST_HEADERS, REQUEST_BODY]
      auth: {type: BASIC, username: ada, password: "{{ secret('API') }}"}
  - id: call
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: child
    wait: true
    inputs: {token: "{{ inputs.token }}"}
  - id: other
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: child
    wait: true
    inputs: {token: "{{ secret('API') }}"}
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - {id: log, type: io.kestra.plugin.core.log.Log, message: "{{ secret('API') | base64encode }} {{ inputs.token | upper | lower }}"}
  - {id: wrong, type: io.kestra.plugin.core.debug.Return, format: "{{ secret('API') | number }}", allowFailure: true}
  - {id: fail, type: io.kestra.plugin.core.execution.Fail, errorMessage: "{{ inputs.token }} {{ secret('API') }}"}
outputs: [{id: kept, type: SECRET, value: "{{ secret('API') }}"}]`,
  );
  const { inputs } = await resolveFlowInputs(engine.runtime, flow, { token: given });
  if (!inputs) throw new Error('the inputs are fine');
  const { execution } = await startExecution(engine.runtime, { flow, inputs });
  await engine.whenEnded(execution.id);
  await engine.idle();
  view = (await viewExecution(engine.runtime, execution.id)) as ExecutionView;
  sent = send.mock.calls.flatMap(([messages]) => messages.map(({ body }) => body)).join('\n');
}, 60_000);
afterAll(async () => {
  server.close();
  await engine.close();
});

test('the flow went all the way, and the server got the clear values', () => {
  const ends = view.taskRuns.map(({ taskId, state }) => `${taskId} ${state}`);
  expect(ends).toContain('ask SUCCESS');
  expect(ends).toContain('call SUCCESS');
  expect(ends).toContain('other SUCCESS');
  expect(ends).toContain('fail FAILED');
  const { headers, body } = server.last();
  expect([headers['x-key'], headers['x-own'], body.toString()]).toEqual([stored, given, stored]);
});

test.each([
  ['stored', stored],
  ['given', given],
])('no clear value of the one that is %s is on disk, in a message or in the view', (_, value) => {
  const files = readdirSync(engine.directory, { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && file.name !== 'secrets.json',
  );
  const disk = files
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join('\n');
  expect(disk).toContain('********');
  expect(sent).toContain('aes_encrypted');
  const encodings = [value, btoa(value), btoa(`ada:${value}`), value.toUpperCase()];
  for (const text of [disk, sent, JSON.stringify(view)]) {
    for (const form of encodings) expect([form, text.includes(form)]).toEqual([form, false]);
  }
});
