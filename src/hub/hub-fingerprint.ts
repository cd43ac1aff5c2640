import type { KubeConnection } from '../connection/index.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { askHub, objectAt, textAt } from './hub-request.ts';

/** What tells clusters apart: the uid of namespace kube-system. */
export async function hubFingerprint(connection: KubeConnection): Promise<Outcome<string, string>> {
  const answer = await askHub(connection, { method: 'GET', path: '/api/v1/namespaces/kube-system' });
  if (!answer.ok) return failed(`namespace kube-system of the hub cannot be read: ${answer.error.message}`);
  const uid = textAt(objectAt(answer.value, 'metadata'), 'uid');
  return uid === undefined || uid === '' ? failed('namespace kube-system of the hub has no uid') : succeeded(uid);
}
