import { describe, expect, test } from 'vitest';
import { admissionContext, updateRequest } from '../../../test/support/admission.ts';
import type { JsonObject, KubeObject } from '../../kube/object.ts';
import { evaluateRules } from '../evaluate-rules.ts';
import { publishedClusterFaults } from './published-cluster.ts';
import { rules } from './rules.ts';

const EXEC = 'client.authentication.k8s.io/exec';
const ARGUMENTS = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args';
const ENVIRONMENT = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs';
const CERTIFICATE = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');
const KEY = Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n').toString('base64');

function extensions(...list: readonly JsonObject[]): JsonObject {
  return { extensions: list };
}

/** What a write of such a provider by somebody else would be answered with. */
function answer(cluster: JsonObject): string {
  const profile = (status: JsonObject): KubeObject => ({
    ...{ apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ClusterProfile' },
    metadata: { name: 'east', namespace: 'x', labels: { 'x-k8s.io/cluster-manager': 'm' } },
    spec: { clusterManager: { name: 'm' } },
    status,
  });
  const after = profile({ accessProviders: [{ name: 'x', cluster: { server: 'https://x', ...cluster } }] });
  return evaluateRules(rules, updateRequest(profile({}), after, { subresource: 'status' }), admissionContext()).type;
}

describe('what is said of the access to a member', () => {
  test.each<[string, JsonObject]>([
    ['nothing', {}],
    ['another address with a path', { server: 'https://public.example:9092/east' }],
    ['another authority and name', { 'certificate-authority-data': CERTIFICATE, 'tls-server-name': 'kube.east' }],
    ['a proxy, or none', { 'proxy-url': 'socks5://proxy.example:1080' }],
    ['no proxy and no authority', { 'proxy-url': '', 'certificate-authority-data': '' }],
    ['compression', { 'disable-compression': true }],
    ['what a plugin is told', extensions({ name: EXEC, extension: { clusterName: 'x' } })],
    ['variables', extensions({ name: ENVIRONMENT, extension: { AWS_REGION: 'eu' } })],
  ])('%s can be published, and would be accepted of others', (_title, cluster) => {
    expect(publishedClusterFaults(cluster)).toEqual([]);
    expect(answer(cluster)).toBe('allow');
  });

  test.each<[string, JsonObject, string]>([
    ['an address without TLS', { server: 'http://a' }, 'server must be an https URL with a host and no user'],
    ['an address without a host', { server: 'https:///a' }, 'server must be an https URL'],
    ['a password in the address', { server: 'https://jane:mArKeR@a' }, 'server looks like a credential'],
    ['a user in the address', { server: 'https://jane@a' }, 'server '],
    ['a password in the proxy', { 'proxy-url': 'http://jane:mArKeR@a' }, 'proxy-url looks like a credential'],
    ['a proxy of another kind', { 'proxy-url': 'ftp://a' }, 'proxy-url must be'],
    ['TLS that is not checked', { 'insecure-skip-tls-verify': true }, 'insecure-skip-tls-verify is refused'],
    ['a file', { 'certificate-authority': '/ca.pem' }, 'certificate-authority is no field of it'],
    ['a field that nobody knows', { sever: 'https://a' }, 'sever is no field of it'],
    ['a text that is none', { 'tls-server-name': 1 }, 'tls-server-name is not what this field may hold'],
    ['a long name', { 'tls-server-name': 'a'.repeat(254) }, 'tls-server-name is too long'],
    ['a list that is none', { extensions: {} }, 'extensions is not what this field may hold'],
    ['an extension without content', extensions({ name: 'a' }), 'extensions[0].extension is missing'],
    [
      'an extension twice',
      extensions({ name: 'a', extension: {} }, { name: 'a', extension: {} }),
      'extensions[1] is there twice',
    ],
    ['arguments', extensions({ name: ARGUMENTS, extension: ['--region'] }), 'arguments can be in no ClusterProfile'],
    ['arguments as an object', extensions({ name: ARGUMENTS, extension: {} }), 'can be in no ClusterProfile'],
    ['a variable that is none', extensions({ name: ENVIRONMENT, extension: { 'A=B': 'x' } }), 'must be a map'],
    ['a token', extensions({ name: EXEC, extension: { token: 'mArKeR' } }), 'extension.token looks like a credential'],
    ['a key', { 'certificate-authority-data': KEY }, 'certificate-authority-data looks like a credential'],
  ])('%s cannot, and is not repeated', (_title, cluster, expected) => {
    const said = publishedClusterFaults(cluster).join(', ');
    expect(said).toContain(expected);
    expect(said).not.toMatch(/mArKeR|AAAA|jane/);
  });
});
