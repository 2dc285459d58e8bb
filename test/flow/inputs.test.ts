/** Inputs: what was given and what comes of it, or the message that says why not. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Input, Json } from '../../src/engine/flow.ts';
import { describe as describeIssue } from '../../src/flow/issues.ts';
import { readFlow } from '../../src/flow/read.ts';
import { resolveInputs, type InputPorts, type InputValue } from '../../src/flow/inputs.ts';

function input(type: string, rules: Input['rules'] = {}, rest: Partial<Input> = {}): Input {
  return { id: 'x', type, required: true, rules, ...rest };
}

async function resolve(
  inputs: readonly Input[],
  given: Readonly<Record<string, unknown>> = {},
  ports: InputPorts = {},
) {
  return resolveInputs({ id: 'f', namespace: 'n', inputs }, new Map(Object.entries(given)), ports);
}

describe('accepted', () => {
  const list = [1n, 2n];
  test.each<[string, Input['rules'], unknown, InputValue]>([
    ['STRING', {}, 'a', 'a'],
    ['STRING', {}, 5, '5'],
    ['STRING', {}, '', ''],
    ['STRING', { validator: 'A\\d+' }, 'A12', 'A12'],
    ['INT', {}, '42', 42n],
    ['INT', { min: 1, max: 5 }, 5, 5n],
    ['FLOAT', {}, '42.42', 42.42],
    ['FLOAT', {}, 3, 3],
    ['BOOL', {}, 'TRUE', true],
    ['BOOL', {}, false, false],
    ['BOOL', {}, 'whatever', false],
    ['DATETIME', {}, '2019-10-06T18:27:49Z', '2019-10-06T18:27:49Z'],
    ['DATETIME', {}, '2019-10-06T18:27:49+02:00', '2019-10-06T16:27:49Z'],
    ['DATE', { after: '2023-01-01', before: '2023-12-31' }, '2023-12-31', '2023-12-31'],
    ['TIME', {}, '18:27:49', '18:27:49'],
    ['DURATION', { min: 'PT10S', max: 'PT20S' }, 'PT20S', 'PT20S'],
    [
      'JSON',
      {},
      '{"a": [1, 1.0, 12345678901234567890]}',
      new Map([['a', [1n, 1, 12345678901234567890n]]]),
    ],
    ['JSON', {}, { a: null }, new Map([['a', null]])],
    ['JSON', {}, '{"__proto__": 1}', new Map([['__proto__', 1n]])],
    [
      'YAML',
      {},
      'a: 1\nb: [x, 2.5]',
      new Map<string, InputValue>([
        ['a', 1n],
        ['b', ['x', 2.5]],
      ]),
    ],
    ['EMAIL', {}, 'a.b@example.org', 'a.b@example.org'],
    ['URI', {}, 'https://example.org/a?b=c', 'https://example.org/a?b=c'],
    ['ARRAY', { itemType: 'INT' }, '[1, 2]', list],
    ['ARRAY', { itemType: 'INT' }, ['1', 2], list],
    ['SELECT', { values: ['a', 'b'] }, 'a', 'a'],
    ['SELECT', { values: [{ label: 'A', value: 'a' }] }, 'a', 'a'],
    ['SELECT', { values: ['a'], allowCustomValue: true }, 'z', 'z'],
    ['ENUM', { values: ['a'] }, 'a', 'a'],
    ['MULTISELECT', { values: ['a', 'b'], itemType: 'STRING' }, '["b"]', ['b']],
    ['FILE', {}, 'kestra:///n/f/x.txt', 'kestra:///n/f/x.txt'],
  ])('%s %j: %j', async (type, rules, given, value) => {
    const { values, issues } = await resolve([input(type, rules)], { x: given });
    expect(issues).toEqual([]);
    expect(values.get('x')).toEqual(value);
  });
});

describe('refused', () => {
  test.each<[string, Input['rules'], unknown, string]>([
    [
      'STRING',
      { validator: 'A\\d+' },
      'foo',
      'it must match the pattern `A\\d+`, but received `foo`',
    ],
    [
      'STRING',
      { validator: 'A\\d+' },
      'xA1',
      'it must match the pattern `A\\d+`, but received `xA1`',
    ],
    ['INT', {}, '4x', 'it must be an integer of 32 bits, but received `4x`'],
    ['INT', {}, '2147483648', 'it must be an integer of 32 bits, but received `2147483648`'],
    ['INT', { min: 10, max: 20 }, '9', 'it must be more than `10`, but received `9`'],
    ['INT', { min: 10, max: 20 }, '21', 'it must be less than `20`, but received `21`'],
    ['FLOAT', { min: 0.1 }, '0.01', 'it must be more than `0.1`, but received `0.01`'],
    ['FLOAT', {}, 'NaN', 'it must be a number, but received `NaN`'],
    [
      'DATE',
      { after: '2023-01-01' },
      '2022-01-01',
      'it must be after `2023-01-01`, but received `2022-01-01`',
    ],
    ['DATE', {}, '2022-02-30', 'it must be a date such as 2026-01-31, but received `2022-02-30`'],
    [
      'TIME',
      { after: '01:00:00' },
      '00:00:01',
      'it must be after `01:00`, but received `00:00:01`',
    ],
    [
      'TIME',
      { before: '11:59:59' },
      '14:00:00',
      'it must be before `11:59:59`, but received `14:00:00`',
    ],
    ['DURATION', { max: 'PT20S' }, 'PT30S', 'It must be less than `PT20S`, but received `PT30S`'],
    ['DURATION', { min: 'PT10S' }, 'PT1S', 'It must be more than `PT10S`, but received `PT1S`'],
    ['JSON', {}, '{', 'it must be valid JSON, but received `{`'],
    ['JSON', {}, '['.repeat(600), 'it must be valid JSON'],
    ['YAML', {}, '[a', 'it must be valid YAML, but received `[a`'],
    ['EMAIL', {}, 'a@b', 'The input must be a valid email, but received `a@b`'],
    ['URI', {}, 'www.example.org', 'Invalid URI format., but received `www.example.org`'],
    [
      'ARRAY',
      { itemType: 'INT' },
      '["s1", "s2"]',
      'Unable to parse array element as `INT` on `s1`, but received `["s1", "s2"]`',
    ],
    ['ARRAY', { itemType: 'INT' }, '5', 'it must be a JSON array, but received `5`'],
    ['SELECT', { values: ['a', 'b'] }, 'z', 'it must match the values `[a, b]`, but received `z`'],
    ['ENUM', { values: ['a'] }, 'z', 'it must match the values `[a]`, but received `z`'],
    ['MULTISELECT', { values: ['a'] }, ['z'], "value `z` doesn't match the values `[a]`"],
    ['FILE', {}, 'hello', 'it must be a file, or the address of one, but received `hello`'],
    [
      'FILE',
      { allowedFileExtensions: ['.CSV'] },
      'kestra:///a.txt',
      'File type not allowed. Accepted extensions: .csv',
    ],
    [
      'SECRET',
      {},
      'word',
      'no encryption key is configured for SECRET inputs, but received `******`',
    ],
  ])('%s %j: %j', async (type, rules, given, message) => {
    const { values, issues } = await resolve([input(type, rules)], { x: given });
    expect(issues.map((issue) => issue.message)).toEqual([
      expect.stringContaining(`Invalid input for \`x\`, ${message}`),
    ]);
    expect(values.has('x')).toBe(false);
  });

  test('a pattern that takes ages elsewhere is matched in linear time', async () => {
    const { issues } = await resolve([input('STRING', { validator: '(a+)+b' })], {
      x: 'a'.repeat(50_000),
    });
    expect(issues).toHaveLength(1);
  });

  test('missing and required', async () => {
    const { issues } = await resolve([input('INT')], {});
    expect(issues).toEqual([
      { code: 'missing-input', input: 'x', message: 'Missing required input:x' },
    ]);
  });
});

describe('resolution', () => {
  test('optional ones are null, undeclared ones dropped, dots nest', async () => {
    const inputs = [
      input('STRING', {}, { id: 'a.b', required: false }),
      input('INT', {}, { id: 'a.c.d' }),
      input('INT', {}, { id: 'a.e' }),
    ];
    const { values, undeclared } = await resolve(inputs, { 'a.c.d': '1', a: { e: 2 }, other: 1 });
    expect(values).toEqual(
      new Map([
        [
          'a',
          new Map<string, InputValue>([
            ['b', null],
            ['c', new Map([['d', 1n]])],
            ['e', 2n],
          ]),
        ],
      ]),
    );
    expect(undeclared).toEqual(['other']);
  });

  test.each<[string, Json, unknown, InputValue]>([
    ['an empty text is a default', '', undefined, ''],
    ['a default counts for what is null', 'd', null, 'd'],
    ['what is given wins', 'd', 'g', 'g'],
    ['a number becomes text', 5, undefined, '5'],
  ])('%s', async (_, defaults, given, value) => {
    const { values } = await resolve(
      [input('STRING', {}, { defaults })],
      given === undefined ? {} : { x: given },
    );
    expect(values.get('x')).toBe(value);
  });

  test('an empty field of a form is no number', async () => {
    const { values } = await resolve([input('INT', {}, { defaults: 7 })], { x: '' });
    expect(values.get('x')).toBe(7n);
  });

  test('expressions see what the input depends on, and nothing else', async () => {
    const seen: unknown[] = [];
    const ports: InputPorts = {
      render: (template, variables) => {
        seen.push([template, variables.get('inputs')]);
        return template.includes('on') ? true : 'rendered';
      },
    };
    const inputs = [
      input(
        'STRING',
        { dependsOn: { inputs: ['b'], condition: '{{ on }}' } },
        { id: 'a', defaults: '{{ d }}' },
      ),
      input('STRING', {}, { id: 'b', defaults: 'B' }),
      input('STRING', {}, { id: 'c', defaults: 'C' }),
      input('SELECT', { expression: '{{ choices }}', autoSelectFirst: true }, { id: 's' }),
    ];
    const { values, issues } = await resolve(inputs, {}, ports);
    const b = new Map([['b', 'B']]);
    expect(seen).toEqual([
      ['{{ on }}', b],
      ['{{ d }}', b],
      ['{{ choices }}', new Map()],
    ]);
    expect(values).toEqual(
      new Map([
        ['b', 'B'],
        ['a', 'rendered'],
        ['c', 'C'],
      ]),
    );
    expect(issues.map(({ input: id, cause }) => [id, cause])).toEqual([
      ['s', 'its expression must render to a list'],
    ]);
  });

  test('the first choice of an expression, where it is wanted', async () => {
    const ports: InputPorts = { render: () => [null, 'one', 2n] };
    const { values } = await resolve(
      [input('SELECT', { expression: '{{ e }}', autoSelectFirst: true })],
      {},
      ports,
    );
    expect(values.get('x')).toBe('one');
  });

  test('what is not enabled has no value, and takes those with it that depend on it', async () => {
    const inputs = [
      input('BOOL', {}, { id: 'on' }),
      input('INT', { dependsOn: { inputs: ['on'], condition: '{{ inputs.on }}' } }, { id: 'n' }),
      input('INT', { dependsOn: { inputs: ['n'] } }, { id: 'm' }),
    ];
    const ports: InputPorts = {
      render: (_, variables) =>
        (variables.get('inputs') as ReadonlyMap<string, InputValue>).get('on') ?? null,
    };
    const { values, issues } = await resolve(inputs, { on: 'false' }, ports);
    expect([values, issues]).toEqual([new Map([['on', false]]), []]);
  });

  test('a condition that cannot be rendered is an issue', async () => {
    const ports: InputPorts = {
      render: () => {
        throw new Error('no such variable');
      },
    };
    const { issues } = await resolve(
      [input('INT', { dependsOn: { inputs: ['x'], condition: '{{ y }}' } })],
      {},
      ports,
    );
    expect(issues.map(({ message }) => message)).toEqual([]);
    const other = input('INT', { dependsOn: { inputs: [], condition: '{{ y }}' } });
    expect((await resolve([other], {}, ports)).issues).toEqual([
      expect.objectContaining({ message: 'Invalid condition: no such variable' }),
    ]);
  });

  test('files are stored, secrets protected', async () => {
    const ports: InputPorts = {
      storeFile: (id, file) => `kestra:///${id}/${file.name}/${file.bytes.length}`,
      protect: (secret) => new Map([['value', `sealed ${secret}`]]),
    };
    const inputs = [input('FILE', {}, { id: 'f' }), input('SECRET', {}, { id: 's' })];
    const given = { f: { name: 'a.txt', bytes: new Uint8Array(3) }, s: 'word' };
    expect((await resolve(inputs, given, ports)).values).toEqual(
      new Map<string, InputValue>([
        ['f', 'kestra:///f/a.txt/3'],
        ['s', new Map([['value', 'sealed word']])],
      ]),
    );
  });

  test('never throws, whatever is given', async () => {
    const types = [
      'STRING',
      'INT',
      'FLOAT',
      'BOOL',
      'DATETIME',
      'DATE',
      'TIME',
      'DURATION',
      'JSON',
      'YAML',
    ];
    const type = fc.constantFrom(
      ...types,
      'EMAIL',
      'URI',
      'ARRAY',
      'SELECT',
      'MULTISELECT',
      'FILE',
      'ENUM',
    );
    await fc.assert(
      fc.asyncProperty(type, fc.oneof(fc.string(), fc.jsonValue()), async (one, given) => {
        const { values, issues } = await resolve([input(one, { itemType: 'INT' })], { x: given });
        expect(values.has('x')).toBe(issues.length === 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('forms, choices and schemas, from the flow on', () => {
  const flowOf = async (inputs: string) => {
    const { flow, issues } = await readFlow(
      `id: f\nnamespace: n\ninputs:\n${inputs}\ntasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: m}]`,
    );
    return { flow, lines: issues.map((issue) => describeIssue(issue)) };
  };
  const outcome = async (inputs: string, given: Readonly<Record<string, unknown>>) => {
    const { flow, lines } = await flowOf(inputs);
    if (flow === undefined) return lines;
    const { values, issues } = await resolveInputs(flow, new Map(Object.entries(given)), {
      render: (template) =>
        template.includes('== true')
          ? given['a'] === 'true'
          : [
              new Map([
                ['label', 'One'],
                ['value', '1'],
              ]),
              null,
              2n,
            ],
    });
    return issues.length > 0 ? issues.map(({ message }) => message) : values;
  };

  test.each<[string, string, Readonly<Record<string, unknown>>, unknown]>([
    [
      'the inputs of a form are nested in it',
      '- {id: person, type: FORM, inputs: [{id: name, type: STRING}, {id: age, type: INT, required: false}]}',
      { 'person.name': 'Ada' },
      new Map([
        [
          'person',
          new Map([
            ['name', 'Ada'],
            ['age', null],
          ]),
        ],
      ]),
    ],
    [
      'a form that depends on something is there only with it',
      '- {id: a, type: BOOL}\n- {id: form, type: FORM, dependsOn: {inputs: [a], condition: "{{ inputs.a == true }}"}, inputs: [{id: b, type: STRING}]}',
      { a: 'false' },
      new Map([['a', false]]),
    ],
    [
      'a form in a form is refused',
      '- {id: one, type: FORM, inputs: [{id: two, type: FORM, inputs: [{id: b, type: STRING}]}]}',
      {},
      ['4:50  invalid-value  "FORM" cannot be there inside of another form.'],
    ],
    [
      'an input without a value asks nothing of those that depend on it',
      '- {id: a, type: STRING, required: false}\n- {id: b, type: STRING, dependsOn: {inputs: [a]}}',
      {},
      new Map([['a', null]]),
    ],
    [
      'rendered choices may have labels, and the first may be the default',
      '- {id: c, type: SELECT, expression: "{{ list }}", autoSelectFirst: true}',
      {},
      new Map([['c', '1']]),
    ],
    [
      'rendered choices are what may be chosen',
      '- {id: c, type: SELECT, expression: "{{ list }}"}',
      { c: '3' },
      ['Invalid input for `c`, it must match the values `[1, 2]`, but received `3`'],
    ],
    [
      'a value that does not fit its schema',
      '- {id: j, type: JSON, jsonSchema: {properties: {n: {minimum: 1}}}}',
      { j: '{"n": 0}' },
      [
        'Invalid input for `j`, it does not fit its schema at `/n`: it must be at least 1, but received `{"n": 0}`',
      ],
    ],
    [
      'a schema that is none',
      '- {id: j, type: JSON, jsonSchema: {type: objekt}}',
      {},
      [
        '4:42  invalid-value  "objekt" is not one of null, boolean, integer, number, string, array, object.',
      ],
    ],
  ])('%s', async (_, inputs, given, expected) => {
    expect(await outcome(inputs, given)).toEqual(expected);
  });
});
