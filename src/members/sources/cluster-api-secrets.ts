import { textAt } from '../../kube/object.ts';
import { type Convention, secretsPath } from './convention.ts';
import { readKubeconfig, type SecretsAt } from './kubeconfig-secrets.ts';

const CLUSTER_NAME_LABEL = 'cluster.x-k8s.io/cluster-name';
const SECRET_TYPE = 'cluster.x-k8s.io/secret';
const NAME_SUFFIX = '-kubeconfig';
const KUBECONFIG_KEY = 'value';

/**
 * The kubeconfigs that Cluster API keeps for its workload clusters: `<cluster>-kubeconfig` with its type and label.
 * Secrets for users are called `<cluster>-user-kubeconfig` and the like, and are none.
 */
export function clusterApiSecrets({ connection, namespace, policy }: SecretsAt): Convention {
  return {
    name: `Cluster API Secrets in namespace ${namespace}`,
    connection,
    path: secretsPath(namespace),
    secretsIn: namespace,
    labelSelector: CLUSTER_NAME_LABEL,
    fieldSelector: `type=${SECRET_TYPE}`,
    candidate: (secret, secretName) => {
      const name = textAt(secret, 'metadata', 'labels', CLUSTER_NAME_LABEL) ?? '';
      // A server may ignore a field selector that it does not know; the type decides.
      if (textAt(secret, 'type') !== SECRET_TYPE || secretName !== `${name}${NAME_SUFFIX}`) return undefined;
      const found = { origin: secretName, source: `Cluster API Secret ${namespace}/${secretName}`, name };
      return readKubeconfig(secret, { namespace, name: secretName, key: KUBECONFIG_KEY }, { ...found, policy });
    },
  };
}
