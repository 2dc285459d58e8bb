/** Flows that use a stored secret and a SECRET input in every place a flow has for a text. */
import { inflateRawSync, zstdDecompressSync } from 'node:zlib';

export const stored = 'kept/beside+9f31:2b "x"';
export const given = 'given-by-caller-77a0';
const core = 'io.kestra.plugin.core';

const child = `
id: child
namespace: company.team
inputs:
  - {id: token, type: SECRET}
  - {id: plain, type: STRING}
tasks:
  - {id: same, type: ${core}.debug.Return, format: "{{ inputs.token }}-{{ inputs.plain }}"}
outputs:
  - {id: back, type: SECRET, value: "{{ inputs.token }}"}
  - {id: plainly, type: STRING, value: "{{ inputs.plain }}"}
`;

/** Started by the end of the other, with what that one has put out. */
const listener = `
id: listener
namespace: company.team
inputs: [{id: got, type: STRING, required: false}]
tasks:
  - {id: again, type: ${core}.debug.Return, format: "{{ trigger.outputs.plain }} {{ inputs.got }}"}
  - {id: log, type: ${core}.log.Log, message: "{{ trigger.outputs.plain }} {{ inputs.got }}"}
triggers:
  - id: upstream
    type: ${core}.trigger.Flow
    dependsOn: [{flowId: everywhere, states: [FAILED]}]
    inputs: {got: "{{ trigger.outputs.plain }} {{ secret('API') }}"}
    labels: {made: "{{ secret('API') }}"}
`;

const webhook = `
id: hook
namespace: company.team
inputs: [{id: got, type: STRING}]
tasks: [{id: log, type: ${core}.log.Log, message: "{{ inputs.got }}"}]
outputs: [{id: got, type: STRING, value: "{{ inputs.got }}"}]
triggers:
  - id: call
    type: ${core}.trigger.Webhook
    key: "key-{{ secret('API') | sha256 }}"
    wait: true
    returnOutputs: true
    inputs: {got: "{{ trigger.body.who }} {{ secret('API') }}"}
`;

const main = (origin: string): string => `
id: everywhere
namespace: company.team
inputs:
  - {id: token, type: SECRET}
  - {id: made, type: STRING, defaults: "Bearer {{ secret('API') }}"}
variables: {written: "{{ secret('API') }}"}
tasks:
  - {id: value, type: ${core}.debug.Return, format: "{{ secret('API') }} and {{ inputs.token }} {{ inputs.made }}"}
  - {id: next, type: ${core}.debug.Return, format: "{{ outputs.value.value }}"}
  - {id: coded, type: ${core}.debug.Return, format: "{{ outputs.value.value | base64encode }} {{ secret('API') | urlencode }}"}
  - {id: length, type: ${core}.debug.Return, format: "{{ outputs.value.value | length }} {{ outputs.next.value == outputs.value.value }}"}
  - id: log
    type: ${core}.log.Log
    message:
      - "plain {{ outputs.value.value }} {{ render(vars.written) }}"
      - "coded {{ outputs.coded.value }}"
      - "split {{ secret('API') | slice(0, 9) }}\\n   {{ secret('API') | slice(9) }}"
  - id: ask
    type: ${core}.http.Request
    uri: "${origin}/ok?key={{ secret('API') | urlencode }}"
    method: POST
    headers: {X-Key: "{{ secret('API') }}", X-Own: "{{ inputs.token }}"}
    body: "{{ secret('API') }}"
    options:
      logs: [REQUEST_HEADERS, REQUEST_BODY, RESPONSE_HEADERS, RESPONSE_BODY]
      auth: {type: BASIC, username: ada, password: "{{ secret('API') }}"}
  - {id: refused, type: ${core}.http.Request, uri: "http://ada:{{ secret('API') | urlencode }}@169.254.169.254/{{ inputs.token }}", allowFailure: true}
  - {id: unknown, type: ${core}.http.Request, uri: "no address {{ secret('API') }}", allowFailure: true}
  - {id: labels, type: ${core}.execution.Labels, labels: {key: "{{ secret('API') }}", own: "{{ inputs.token }}"}}
  - {id: pair, type: ${core}.kv.Set, key: kept, value: "{{ secret('API') }} {{ inputs.token }}"}
  - {id: unpair, type: ${core}.kv.Get, key: kept}
  - {id: paired, type: ${core}.debug.Return, format: "{{ kv('kept') }}"}
  - {id: variables, type: ${core}.execution.SetVariables, variables: {one: "{{ secret('API') }}", deep: {two: ["{{ inputs.token }}"]}}}
  - {id: varied, type: ${core}.log.Log, message: "{{ vars.one }} {{ vars.deep.two }}"}
  - id: call
    type: ${core}.flow.Subflow
    namespace: company.team
    flowId: child
    wait: true
    inputs: {token: "{{ inputs.token }}", plain: "{{ secret('API') }}"}
    labels: {of: "{{ secret('API') }}"}
  - {id: called, type: ${core}.debug.Return, format: "{{ outputs.call.outputs.plainly }}"}
  - id: each
    type: ${core}.flow.ForEach
    values: ["{{ secret('API') }}", "{{ inputs.token }}", plain]
    concurrencyLimit: 2
    tasks:
      - {id: member, type: ${core}.debug.Return, format: "{{ taskrun.value }} {{ outputs.value.value }}"}
      - {id: after, type: ${core}.log.Log, message: "{{ outputs.member[taskrun.value].value }}"}
  - id: templated
    type: ${core}.templating.TemplatedTask
    spec: |
      type: ${core}.debug.Return
      format: '{{ secret("API") }}'
  - {id: wrong, type: ${core}.debug.Return, format: "{{ secret('API') | number }}", allowFailure: true}
  - {id: worse, type: ${core}.debug.Return, format: "{{ fromJson(secret('API')) }}", allowFailure: true}
  - {id: worst, type: ${core}.debug.Return, format: "{{ [1] | jq(secret('API')) }}", allowFailure: true}
  - {id: parted, type: ${core}.debug.Return, format: "{{ inputs.made }}", timeout: "{{ secret('API') }}", allowFailure: true}
  - {id: fail, type: ${core}.execution.Fail, errorMessage: "{{ inputs.token }} {{ secret('API') }} {{ secret('API') | base64encode }}"}
outputs:
  - {id: kept, type: SECRET, value: "{{ secret('API') }}"}
  - {id: plain, type: STRING, value: "{{ secret('API') }} {{ inputs.token }}"}
  - {id: data, type: JSON, value: '{{ {"a": [secret("API")]} }}'}
`;

export const flows = (origin: string): readonly string[] => [
  child,
  listener,
  webhook,
  main(origin),
];

/** Each spelling in which a value would be known. */
function spellings(value: string): readonly string[] {
  const coded = [0, 1, 2].map((before) =>
    Buffer.from('u'.repeat(before) + value)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(before === 0 ? 0 : 4, -1),
  );
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    encodeURIComponent(value).toLowerCase(),
    value.toUpperCase(),
    Buffer.from(value).toString('hex'),
    ...coded,
  ];
}

/** What is found is told by where it stands, and what stands there. */
export function leaksIn(text: string): readonly string[] {
  return [stored, given].flatMap((value) =>
    spellings(value).flatMap((form) => {
      const at = text.indexOf(form);
      return at < 0
        ? []
        : [`${form} in …${text.slice(Math.max(0, at - 80), at + form.length + 40)}…`];
    }),
  );
}

/** Bytes at rest as text, and unpacked where they are packed (src/runtime/pack.ts). */
export function opened(bytes: Uint8Array): string {
  const texts = [Buffer.from(bytes).toString('latin1')];
  for (const open of [inflateRawSync, zstdDecompressSync]) {
    try {
      texts.push(open(bytes).toString('utf8'));
    } catch {
      // Not packed in that way.
    }
  }
  return texts.join('\n');
}
