/** Line and column of an expression inside the scalar it stands in, whatever the scalar's style. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkFlow } from '../../src/check/check-flow.ts';
import { logging } from './lines.ts';

/** Where `nope` is said to stand, and where it stands. */
async function places(source: string): Promise<{ found: string[]; wanted: string[] }> {
  const { issues } = await checkFlow(source);
  const found = issues
    .filter(({ code }) => code === 'unknown-variable')
    .map(({ line, column }) => `${line}:${column}`);
  const wanted = source
    .split('\n')
    .flatMap((text, index) =>
      Array.from(text.matchAll(/nope/g), (match) => `${index + 1}:${match.index + 1}`),
    );
  return { found, wanted };
}

describe('places', () => {
  test.each([
    ['plain', '{{ nope }}'.replace('{{', 'x {{')],
    ['plain over lines', 'a b\n      c {{ nope }} d\n\n      {{\n      nope }}'],
    ['double quotes', '"a {{ nope }} b"'],
    [
      'double quotes with escapes',
      String.raw`"a \"b\" \u263a \U0001F600 \t\n\x41 {{ nope }} \\ {{ nope }}"`,
    ],
    ['double quotes over lines', '"a \\\n      b  \n\n      {{ nope }}\n      {{ nope }}"'],
    ['single quotes', "'it''s {{ nope }} and ''{{ nope }}'''"],
    ['literal', '|\n      a\n        b {{ nope }}\n\n      {{ nope }}{{ nope }}'],
    ['literal with indicators', '|2-  # a comment {{ x }}\n       {{ nope }}\n'],
    ['folded', '>\n      a b\n      {{ nope }}\n\n\n        c {{ nope }}\n      d {{ nope }}'],
    ['with tag and anchor', '!!str &a "{{ nope }}"'],
    ['a list', '\n      - "{{ nope }}"\n      - |\n        x {{ nope }}'],
    ['a flow list', '["a", "{{ nope }}", \'{{ nope }}\']'],
    ['characters of two units', '"😀 {{ nope }}"'],
  ])('%s', async (_, message) => {
    const { found, wanted } = await places(logging(message));
    expect(wanted.length).toBeGreaterThan(0);
    expect(found).toEqual(wanted);
  });

  test('keys, and what an alias or a default repeats', async () => {
    const { found, wanted } = await places(`id: f
namespace: n
pluginDefaults:
  - type: io.kestra.plugin.core.log.Log
    values: {message: "{{ nope }}"}
tasks:
  - {id: a, type: io.kestra.plugin.core.log.Log}
  - {id: b, type: io.kestra.plugin.core.log.Log}
  - id: c
    type: io.kestra.plugin.core.output.OutputValues
    values: {"a {{ nope }}": &x "{{ nope }}", other: *x, more: {deep: ["{{ nope }}"]}}
`);
    expect(found).toEqual(wanted);
  });

  test('JSON text that is to become a list', async () => {
    const { issues } = await checkFlow(`id: f
namespace: n
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: '["a", "{{ nope }}"]'
    tasks: [{id: b, type: io.kestra.plugin.core.debug.Return}]
`);
    expect(issues.map(({ line, column }) => `${line}:${column}`)).toEqual(['6:24']);
  });

  test('of any text that the writer of YAML can write', async () => {
    const part = fc.oneof(
      fc.constant('{{ nope }}'),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('\n', '  ', '\n\n  ', '"', "'", '#', ': ', '\\', '- '),
    );
    const style = fc.constantFrom(
      'PLAIN',
      'QUOTE_DOUBLE',
      'QUOTE_SINGLE',
      'BLOCK_LITERAL',
      'BLOCK_FOLDED',
    );
    const texts = fc
      .array(part, { maxLength: 12 })
      .map(
        (parts) =>
          `${parts.filter((one) => !/[{}]/.test(one) || one.includes('nope')).join('')}{{ nope }}`,
      );
    const property = fc.asyncProperty(texts, style, async (message, defaultStringType) => {
      const flow = {
        id: 'f',
        namespace: 'n',
        tasks: [{ id: 'a', type: 'io.kestra.plugin.core.log.Log', message }],
      };
      const source = stringify(flow, { defaultStringType, defaultKeyType: 'PLAIN', lineWidth: 40 });
      const { found, wanted } = await places(source);
      // A line break of the folding may fall between the letters of no word.
      expect(found).toEqual(wanted);
    });
    await fc.assert(property, { numRuns: 400 });
  });
});
