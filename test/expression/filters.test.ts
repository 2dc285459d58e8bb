/** Filters and functions, as tables; numbers, dates and data formats each have a group. */
import { describe, expect, it } from 'vitest';
import { noHost } from '../../src/expression/host.ts';
import { outcome, scope, table } from './rendering.ts';

describe('text filters', () => {
  table(`
    {{ 'hello' | abbreviate(4) }} {{ 'hello' | capitalize }} {{ 'two words' | title }} => h... Hello Two Words
    {{ "it's" | escapeChar('shell') }} {{ '  x ' | trim }} {{ 'Ärger im Büro!' | slugify }} => it'\\''s x arger-im-buro
    {{ 'a.b.c' | substringBefore('.') }} {{ 'a.b.c' | substringAfterLast('.') }} => a c
    {{ 'a\\nb' | indent(2) }} => a\\n  b
    {{ gone | default('d') }} {{ '' | default('d') }} {{ 0 | default('d') }} => d d 0
    {{ 'x y' | urlencode }} {{ 'x+y' | urldecode }} {{ 'ü' | base64encode }} {{ 'w7w=' | base64decode }} => x+y x y w7w= ü
    {{ nothing | upper }}{{ nothing | split(',') }}. => .
    {{ city | abbreviate(foo=1) }} => ! argument: The following named argument does not exist: foo
    {{ city | upper(1) }} {{ 5 | string }} => LYON 5
  `);
});

describe('regular expressions', () => {
  table(`
    {{ 'a1b2' | split('[0-9]') }} {{ 'a,b,,' | split(',') }} {{ 'a,b,,' | split(',', -1) }} => ["a","b"] ["a","b"] ["a","b","",""]
    {{ 'abc' | split('') }} {{ 'a,b,c' | split(',', 2) }} => ["a","b","c"] ["a","b,c"]
    {{ 'a.b' | replace({'.': '-'}) }} {{ 'a.b' | replace({'.': '-'}, true) }} => a-b ---
    {{ 'x1' | replace({'([a-z])([0-9])': '$2$1'}, regexp=true) }} {{ 'abc' | replace({'b': '$&'}) }} => 1x a$&c
    {{ 'id 42' | regexExtract('([0-9]+)', 1) }} {{ 'id' | regexMatch('^d') }} {{ 'a1' | regexReplace('[0-9]', '#') }} => 42 false a#
    {{ 'a' | regexMatch('(?=a)') }} => ! evaluation: Invalid regular expression
    {{ 'a' | split('[') }} => ! evaluation: Invalid regular expression
  `);
});

describe('collections', () => {
  table(`
    {{ digits | sort }} {{ digits | rsort }} {{ digits | reverse }} => [1,2,3] [3,2,1] [2,1,3]
    {{ digits | first }} {{ 'abc' | last }} {{ blank | first }}. {{ digits | length }} => 3 c . 3
    {{ digits | chunk(2) }} {{ [[1], [2, [3]]] | flatten }} {{ [1, 1.0, 'a'] | distinct }} => [[3,1],[2]] [1,2,[3]] [1,"a"]
    {{ person.home | keys }} {{ person.home | values }} {{ digits | keys }} => ["town"] ["Metz"] [0,1,2]
    {{ digits | slice(1) }} {{ 'hello' | slice(1, 3) }} => [1,2] el
    {{ digits | slice(1, 9) }} => ! evaluation: toIndex must be smaller
    {{ {'a': 1} | merge({'a': 2, 'b': 3}) }} {{ [1] | merge([2]) }} => {"a":2,"b":3} [1,2]
    {{ [1, null, 'a'] | join('-') }} => 1-null-a
    {{ [1, 'a'] | sort }} => ! evaluation: ClassCastException
  `);
});

describe('numbers', () => {
  table(`
    {{ '12' | number + 1 }} {{ '1.5' | number }} {{ '0x1F' | number }} {{ '12' | number('DOUBLE') }} => 13 1.5 31 12.0
    {{ 1234567.891 | numberFormat('#,##0.00') }} {{ 0.5 | numberFormat('0%') }} {{ 7 | numberFormat('000') }} => 1,234,567.89 50% 007
    {{ 2.5 | numberFormat('0') }} {{ 0.1 | numberFormat('#.##') }} {{ -3 | numberFormat('0;(0)') }} => 2 0.1 (3)
    {{ -2 | abs }} {{ max(1, 2.5, null) }} {{ min() }}. => 2 2.5 .
    {{ '' | number }} => ! evaluation: A blank string is not a valid number
  `);
});

describe('dates', () => {
  table(`
    {{ meeting | date('yyyy-MM-dd HH:mm') }} {{ meeting | date('iso', timeZone='Asia/Tokyo') }} => 2024-05-06 05:08 2024-05-06T14:08:09.500000+09:00
    {{ meeting | date("EEE d MMMM ''yy", 'Europe/Paris') }} {{ meeting | date('VV z XXX') }} => Mon 6 May '24 UTC UTC Z
    {{ '3 Feb 2024 4:05 PM' | date('iso_sec', existingFormat='d MMM yyyy h:mm a') }} => 2024-02-03T16:05:00Z
    {{ '2024-01-31' | dateAdd(1, 'MONTHS', 'yyyy-MM-dd') }} {{ 0 | date('sql_seq') }} => 2024-02-29 1970-01-01 00:00:00
    {{ meeting | timestamp }} {{ meeting | timestampMilli }} {{ meeting | timestampNano }} => 1714972089 1714972089500 1714972089500000000
    {{ now() }} {{ now(format='yyyy') }} => 2023-11-14T22:13:20.000000Z 2023
    {{ isWeekend('2024-06-08') }} {{ dayOfWeek(meeting) }} {{ isDateBefore('2024-01-01', '2024-01-02') }} => true MONDAY true
    {{ isDayWeekInMonth('2024-06-30', 'SUNDAY', 'LAST') }} {{ isLastWorkingDay('2024-06-28') }} => true true
    {{ meeting | date('bogus') }} => ! evaluation: Unknown pattern letter
    {{ 'x' | date }} => ! evaluation: Text 'x' could not be parsed
    {{ meeting | dateAdd(1, 'days') }} => ! evaluation: No enum constant
  `);
});

describe('data formats', () => {
  table(`
    {{ fromJson('{"a":[1,1.0,null]}') }} {{ json('[9007199254740993]') }} => {"a":[1,1.0,null]} [9007199254740993]
    {{ fromJson('{x}') }} => ! evaluation: Invalid json: Unexpected character
    {{ yaml('a: yes') }} {{ yaml('- 010') }} {{ yaml('y: 2024-01-01') }} => {"a":true} [8] {"y":"2024-01-01"}
    {{ person.home | yaml }} => town: Metz\\n
    {{ fromIon('{a: 1, b: [x, "y"]}') }} {{ fromIon('{a: 1} {a: 2}', allRows=true) }} {{ person.home | toIon }} {{ 1.5 | toIon }} => {"a":1,"b":["x","y"]} [{"a":1},{"a":2}] {town:"Metz"} 1.5e0
    {{ person | jq('.tags[]') }} {{ '[1,2]' | jq('map(. + 1)') }} => ["x","y"] [[2,3]]
    {{ person | jq('.[') }} => ! evaluation: jq failed
    {{ 'abc' | md5 }} => 900150983cd24fb0d6963f7d28e17f72
    {{ 'abc' | sha1 }} => a9993e364706816aba3e25717850c26c9cd0d89d
    {{ 'abc' | sha256 }} => ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
    {{ 'abc' | sha512 | abbreviate(19) }} => ddaf35a193617aba...
  `);
});

describe('random and loops', () => {
  table(`
    {{ randomInt(2, 6) }} {{ nanoId(3, 'abcd') }} {{ id() | length }} {{ ksuid() | length }} => 3 bbb 22 27
    {{ uuid() }} => 40404040-4040-4040-8040-404040404040
    {{ randomInt(3, 1) }} => ! evaluation: upper is less than lower
    {{ loopOutputs([{'item': {'iteration': 1}, 'outputs': {'v': 2}}, {'item': {'iteration': 0}, 'outputs': {'v': 1}}], 'v') }} => [1,2]
    {{ secret('K') }} => ! host: The function 'secret' is not available here
    {{ secret() }} => ! argument: The 'secret' function expects an argument 'key'.
    {{ encrypt('k') }} => ! argument: The 'encrypt' function expects two arguments 'key' and 'plaintext'.
  `);
});

describe('the host', () => {
  it('decides the zone of dates', async () => {
    const host = { ...noHost, timeZone: 'America/New_York' };
    const text = await outcome("{{ [meeting] }} {{ '2024-05-06' | date('iso_sec') }}", {
      ...scope,
      host,
    });
    expect(text).toBe('["2024-05-06T01:08:09.5-04:00"] 2024-05-06T00:00:00-04:00');
  });

  it('gets the arguments of its functions by name, and only those given', async () => {
    const seen: unknown[] = [];
    const host = {
      ...noHost,
      call: (name: string, args: ReadonlyMap<string, unknown>) => {
        seen.push([name, ...args]);
        return 'v';
      },
    };
    expect(
      await outcome("{{ kv('k', errorOnMissing=true) ~ secret(key='s') }}", { ...scope, host }),
    ).toBe('vv');
    expect(seen).toEqual([
      ['kv', ['key', 'k'], ['errorOnMissing', true]],
      ['secret', ['key', 's']],
    ]);
  });
});
