import { describe, expect, it } from 'vitest';
import { admissionContext, causesOf, createRequest, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { serviceName } from './service-name.ts';

const judge = (name: string) => serviceName.evaluate(createRequest(serviceExport({ name })), admissionContext());

describe('service-name', () => {
  it.each([['api'], ['a'], ['a-1'], ['a'.repeat(63)], ['']])('has nothing to say about %j', (name) => {
    expect(judge(name)).toEqual({ type: 'allow', warnings: [] });
  });

  it.each([
    ['a.b', 'must not contain dots'],
    ['a'.repeat(64), 'must be no more than 63 bytes'],
    ['Api', 'a lowercase RFC 1123 label must consist of'],
    ['-a', 'a lowercase RFC 1123 label must consist of'],
    ['a-', 'a lowercase RFC 1123 label must consist of'],
    ['a\n', 'a lowercase RFC 1123 label must consist of'],
    ['é', 'a lowercase RFC 1123 label must consist of'],
  ])('denies %j', (name, rule) => {
    const causes = causesOf(judge(name));
    expect(causes).toHaveLength(1);
    const start = `metadata.name: Invalid value: ${JSON.stringify(name)}: no Service can have this name: ${rule}`;
    expect(causes[0]?.startsWith(start), causes[0]).toBe(true);
  });

  it('tells every fault of one name', () => {
    expect(causesOf(judge(`${'a'.repeat(64)}.b`))).toHaveLength(2);
  });

  it('warns of a name that older clusters refuse for a Service', () => {
    expect(warningsOf(judge('1api'))).toEqual([
      'Name "1api" is no RFC 1035 label: clusters before Kubernetes 1.36 refuse a Service of that name',
    ]);
    expect(warningsOf(judge('api1'))).toEqual([]);
  });
});
