import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/clusterset-objects.ts';
import { exporter } from '../../test/support/exporters.ts';
import type { Exporter } from './exporter.ts';
import { judgeValidity } from './validity.ts';

const judge = (more: Partial<Exporter> = {}, clusterSet = 'blue') =>
  judgeValidity(exporter('east', {}, more), clusterSet);

describe('judgeValidity', () => {
  it.each(['ClusterIP', 'NodePort', 'LoadBalancer', undefined])('accepts a Service of type %s', (type) => {
    const spec = type === undefined ? {} : { type };
    expect(judge({ service: service(spec) })).toEqual({
      status: 'True',
      reason: 'Valid',
      message: 'Service can be exported.',
    });
  });

  it('accepts headless Services and Services without a selector', () => {
    expect(judge({ service: service({ clusterIP: 'None', selector: {} }) }).status).toBe('True');
  });

  it('refuses ExternalName and types that do not exist', () => {
    expect(judge({ service: service({ type: 'ExternalName' }) })).toEqual({
      status: 'False',
      reason: 'InvalidServiceType',
      message: 'Service type ExternalName cannot be exported.',
    });
    expect(judge({ service: service({ type: 'a "b"' }) }).message).toBe('Service type "a \\"b\\"" cannot be exported.');
  });

  it('refuses a missing Service and one that is being deleted', () => {
    const missing = { status: 'False', reason: 'NoService', message: 'No Service "prod/api" in cluster "east".' };
    expect(judge({ service: undefined })).toEqual(missing);
    expect(judge({ service: service({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }) })).toEqual(missing);
  });

  it('refuses an export that is being deleted', () => {
    const { serviceExport } = exporter('east', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(judge({ serviceExport })).toMatchObject({ status: 'False', reason: 'Terminating' });
  });

  it('refuses members of another ClusterSet, and only those', () => {
    expect(judge({ memberClusterSet: 'red' })).toEqual({
      status: 'False',
      reason: 'OtherClusterSet',
      message: 'Cluster "east" belongs to the ClusterSet "red", not to "blue".',
    });
    expect(judge({ memberClusterSet: 'blue' }).status).toBe('True');
    expect(judge({ memberClusterSet: undefined }).status).toBe('True');
    expect(judgeValidity(exporter('east', {}, { memberClusterSet: 'red' }), undefined).status).toBe('True');
  });

  it('does not know before the member was read', () => {
    expect(judge({ unknownContent: 'services', service: undefined })).toEqual({
      status: 'Unknown',
      reason: 'Pending',
      message: 'The Services of cluster "east" have not been read yet.',
    });
    expect(judge({ unknownContent: 'clusterproperties' }).message).toContain('ClusterProperties');
  });

  it('says which exported entries are not passed on, without becoming invalid', () => {
    const labels = { 'a b': '1', 'kubernetes.io/x': '2', c: ' ', d: 4, fine: 'x' };
    const { serviceExport } = exporter('east', { labels });
    expect(judge({ serviceExport })).toEqual({
      status: 'True',
      reason: 'Valid',
      message:
        'Service can be exported. Not passed on: exportedLabels["a b"] (not a label key), ' +
        'exportedLabels["c"] (not a label value), exportedLabels["d"] (not a string) and 1 more.',
    });
  });
});
