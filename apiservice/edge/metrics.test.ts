import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createApiMetrics } from './metrics.ts';
import { compressUsername } from './request-labels.ts';

const LABELS = {
  verb: 'LIST',
  group: 'g',
  version: 'v1',
  resource: 'things',
  subresource: '',
  scope: 'cluster',
};
const OF = { group: 'g', version: 'v1', resource: 'things' };

describe('metrics', () => {
  test('are exposed under the names of kube-apiserver', async () => {
    const metrics = createApiMetrics(new Registry());
    metrics.requestEnded(LABELS, { code: 200, dryRun: true, seconds: 0.03, responseBytes: 5000 });
    metrics.requestTerminated(LABELS, 429);
    metrics.requestAborted(LABELS);
    metrics.watchesChanged(LABELS, 1);
    metrics.inFlight('readOnly', 3);
    metrics.filterTook('authentication', 0.002);
    metrics.authenticated('success', 'other');
    metrics.authenticated('failure', '');
    metrics.tlsHandshakeFailed();
    const { body, contentType } = await metrics.expose();
    const request =
      'verb="LIST",group="g",version="v1",resource="things",subresource="",scope="cluster",component="apiserver"';
    expect(contentType).toMatch(/^text\/plain/);
    for (const line of [
      `apiserver_request_total{${request},dry_run="All",code="200"} 1`,
      `apiserver_request_duration_seconds_bucket{le="0.05",${request},dry_run="All"} 1`,
      `apiserver_request_duration_seconds_bucket{le="0.025",${request},dry_run="All"} 0`,
      `apiserver_request_sli_duration_seconds_count{${request},dry_run="All"} 1`,
      `apiserver_response_sizes_sum{${request}} 5000`,
      `apiserver_request_terminations_total{${request},code="429"} 1`,
      `apiserver_request_aborts_total{${request}} 1`,
      `apiserver_longrunning_requests{${request}} 1`,
      'apiserver_current_inflight_requests{request_kind="readOnly"} 3',
      'apiserver_request_filter_duration_seconds_count{filter="authentication"} 1',
      'authentication_attempts{result="success"} 1',
      'authentication_attempts{result="failure"} 1',
      'authenticated_user_requests{username="other"} 1',
      'apiserver_tls_handshake_errors_total 1',
    ]) {
      expect(body).toContain(`${line}\n`);
    }
    expect(body).not.toContain('username=""');
  });

  test('count one event for all its watchers at once', async () => {
    const metrics = createApiMetrics(new Registry());
    metrics.data.watchEvents(OF, [500, 1024, 2000, 200_000], 3);
    metrics.data.watchEvents(OF, [], 3);
    metrics.data.watchEvents(OF, [10], 0);
    const { body } = await metrics.expose();
    const labels = 'group="g",version="v1",resource="things"';
    for (const line of [
      `apiserver_watch_events_total{${labels}} 12`,
      `apiserver_watch_events_sizes_bucket{${labels},le="1024"} 6`,
      `apiserver_watch_events_sizes_bucket{${labels},le="2048"} 9`,
      `apiserver_watch_events_sizes_bucket{${labels},le="131072"} 9`,
      `apiserver_watch_events_sizes_bucket{${labels},le="+Inf"} 12`,
      `apiserver_watch_events_sizes_sum{${labels}} ${3 * 203_524}`,
      `apiserver_watch_events_sizes_count{${labels}} 12`,
    ]) {
      expect(body).toContain(`${line}\n`);
    }
  });

  test('user names are folded, so that they neither name people nor grow without bound', () => {
    expect(compressUsername('admin')).toBe('admin');
    expect(compressUsername('jane@example.com')).toBe('email_id');
    expect(compressUsername('system:serviceaccount:a:b')).toBe('other');
  });
});
