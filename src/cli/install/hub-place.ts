import { isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonValue } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Finding } from './finding.ts';
import { ok, refused } from './finding.ts';
import { NAME } from './names.ts';

/** Whether our namespace can be filled, and whether another installation already owns the cluster-wide names. */
export async function placeFindings(client: ClusterClient, namespace: string): Promise<readonly Finding[]> {
  return [await namespaceFinding(client, namespace), await singleFinding(client, namespace)];
}

/** An earlier uninstall may still be emptying it; then nothing can be created in it. */
async function namespaceFinding(client: ClusterClient, name: string): Promise<Finding> {
  const found = await client.get(`/api/v1/namespaces/${name}`);
  if (textAt(found, 'metadata', 'deletionTimestamp') !== undefined) {
    return refused(
      'namespace',
      `${name} is still being deleted: try again when it is gone, or use another --namespace`,
    );
  }
  return ok('namespace', `${name} ${found === undefined ? 'will be created' : 'exists'}`);
}

/** One installation per hub: its cluster roles and bindings have fixed names. */
async function singleFinding(client: ClusterClient, namespace: string): Promise<Finding> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${NAME}`;
  const subjects = (await client.get(path))?.['subjects'];
  const others = (Array.isArray(subjects) ? (subjects as readonly JsonValue[]) : [])
    .flatMap((subject) => (isJsonObject(subject) ? [textAt(subject, 'namespace') ?? ''] : []))
    .filter((other) => other !== namespace);
  const [other] = others;
  return other === undefined
    ? ok('installation', 'no other one on this hub')
    : refused(
        'installation',
        `there is one in namespace ${other} already: uninstall it first with --namespace ${other}`,
      );
}
