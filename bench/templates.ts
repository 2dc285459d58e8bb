/** Small templates as flows have them, in each engine's own words where they differ. */
export interface Subject {
  readonly ours: string;
  /** Stock nunjucks; left out where it cannot say it. */
  readonly nunjucks?: string;
  readonly liquid?: string;
  readonly expected: string;
}

export const context = {
  name: 'Ida',
  count: 7,
  ratio: 2.5,
  flag: true,
  digits: [3, 1, 2],
  inputs: { user: { name: 'Ida', city: null }, day: '2024-05-06' },
  outputs: { fetch: { rows: [{ id: 17, title: 'one' }], status: 200 } },
};

function everywhere(template: string, expected: string): Subject {
  return { ours: template, nunjucks: template, liquid: template, expected };
}

export const subjects: readonly Subject[] = [
  everywhere('Hello {{ name }}!', 'Hello Ida!'),
  everywhere('{{ outputs.fetch.status }}', '200'),
  everywhere('{{ outputs.fetch.rows[0].title }}', 'one'),
  everywhere(
    's3://bucket/{{ inputs.user.name }}/{{ inputs.day }}.json',
    's3://bucket/Ida/2024-05-06.json',
  ),
  {
    ours: "{{ inputs.missing | default('none') }}",
    nunjucks: "{{ inputs.missing | default('none') }}",
    liquid: "{{ inputs.missing | default: 'none' }}",
    expected: 'none',
  },
  {
    ours: '{{ inputs.user.name | upper }}',
    nunjucks: '{{ inputs.user.name | upper }}',
    liquid: '{{ inputs.user.name | upcase }}',
    expected: 'IDA',
  },
  {
    ours: '{{ count * 2 + 1 }}',
    nunjucks: '{{ count * 2 + 1 }}',
    liquid: '{{ count | times: 2 | plus: 1 }}',
    expected: '15',
  },
  everywhere('{% if outputs.fetch.status == 200 %}ok{% else %}bad{% endif %}', 'ok'),
  {
    ours: "{{ outputs.fetch.status == 200 ? 'ok' : 'bad' }}",
    nunjucks: "{{ 'ok' if outputs.fetch.status == 200 else 'bad' }}",
    expected: 'ok',
  },
  { ours: "{{ inputs.user.city ?? inputs.missing ?? 'none' }}", expected: 'none' },
  everywhere('{% for d in digits %}{{ d }},{% endfor %}', '3,1,2,'),
];
