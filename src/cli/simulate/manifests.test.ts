import { describe, expect, it } from 'vitest';
import { textAt } from '../../kube/object.ts';
import { parseManifests } from './manifests.ts';

const parse = (text: string) => parseManifests({ name: 'a.yaml', text });
const named = (text: string) => parse(text).map(({ object, line }) => `${line} ${textAt(object, 'kind') ?? ''}`);

describe('parseManifests', () => {
  it('reads the documents of a file, each with its line, and passes over empty ones', () => {
    expect(
      named('# head\n---\napiVersion: v1\nkind: Service\n---\n---\n# nothing\n---\nkind: Pod\napiVersion: v1\n'),
    ).toEqual(['3 Service', '9 Pod']);
    expect(named('')).toEqual([]);
    expect(named('# only a comment\n')).toEqual([]);
  });

  it('reads JSON, indented with tabs too', () => {
    expect(named('{"apiVersion": "v1", "kind": "Service"}')).toEqual(['1 Service']);
    expect(named('{\n\t"apiVersion": "v1",\n\t"kind": "Service",\n\t"spec": {"ports": []}\n}\n')).toEqual([
      '1 Service',
    ]);
  });

  it('opens lists, each item with its own line', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n- {apiVersion: v1, kind: Pod}\n';
    expect(named(list)).toEqual(['4 Service', '6 Pod']);
    const inner = list.replaceAll(/^/gm, '  ').replace('  apiVersion', '- apiVersion').trimEnd();
    expect(named(`apiVersion: v1\nkind: List\nitems:\n${inner}\n`)).toEqual(['7 Service', '9 Pod']);
    expect(named('apiVersion: multicluster.x-k8s.io/v1beta1\nkind: ServiceExportList\nitems: []\n')).toEqual([]);
  });

  it.each([
    ['a: [', 'a.yaml:1: Flow sequence in block collection'],
    ['apiVersion: v1\nkind: Service\nkind: Pod\n', 'a.yaml:3: Map keys must be unique'],
    ['---\n- 1\n', 'a.yaml:2: not a Kubernetes object'],
    ['just text', 'a.yaml:1: not a Kubernetes object'],
    ['\n\nkind: Service\n', 'a.yaml:3: apiVersion or kind is missing'],
    ['apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n', 'a.yaml:4: apiVersion or kind is missing'],
    ['a: *nowhere\n', 'a.yaml:1: '],
  ])('says where %j is wrong', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('does not follow aliases that grow beyond measure', () => {
    const levels = Array.from(
      { length: 9 },
      (_, index) => `l${index + 1}: &l${index + 1} [${Array(9).fill(`*l${index}`).join(', ')}]`,
    );
    const text = `apiVersion: v1\nkind: Service\nl0: &l0 [x, x, x]\n${levels.join('\n')}\n`;
    expect(() => parse(text)).toThrow(/^a.yaml:1: Excessive alias count/);
  });

  it('ends in lists that are nested too deep', () => {
    let list: object = { apiVersion: 'v1', kind: 'Service' };
    for (let depth = 0; depth < 9; depth += 1) list = { apiVersion: 'v1', kind: 'List', items: [list] };
    expect(() => parse(JSON.stringify(list))).toThrow('lists are nested more than 8 deep');
  });
});
