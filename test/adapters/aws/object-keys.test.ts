import { expect, test } from 'vitest';
import { expiringObjects, objectKey } from '../../../src/adapters/aws/object-keys.ts';
import { keptBlobs } from '../../../src/engine/ports.ts';

test('only what is kept for good lies outside the prefix that expires', () => {
  expect(objectKey('execution/a~b/1.1.outputs')).toBe(
    `${expiringObjects}execution/a=7eb/1.1.outputs`,
  );
  expect(objectKey(`${keptBlobs}kv/company.team/0f`)).toBe('kept/kv/company.team/0f');
  for (const key of ['kept', 'keptlike/x', 'x/kept/y', '../kept/x', `a/${'b/'.repeat(600)}`]) {
    expect(objectKey(key).startsWith(expiringObjects)).toBe(true);
  }
});
