import { join } from 'node:path';
import { createCertificateDirectory, REQUEST_FILE } from '../../../certs/index.ts';
import type { CertificateFiles } from '../../../certs/index.ts';
import { createConnection } from '../../connection/index.ts';
import { createCertificateSecret } from '../../hub/index.ts';
import { UsageError } from '../exit.ts';
import { certificatesName, NAME, WEBHOOKS_NAME } from '../install/names.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import type { CertsPlaceOptions } from '../program/certs.ts';
import { DEFAULT_DIRECTORY } from '../serve/durable-place.ts';
import { VERSION } from '../version.ts';

/** Where a server keeps the certificates that it issues itself. */
export interface CertificatePlace {
  /** Such as `Secret clusterset-system/clusterset-apiserver-certificates`. */
  readonly title: string;
  /** The words that name another place. */
  readonly words: string;
  /** undefined: nothing is there. */
  readonly load: () => Promise<CertificateFiles | undefined>;
  readonly saveRequest: (text: string) => Promise<void>;
  readonly close: () => void;
}

/** A Secret of the cluster that a kubeconfig names, else the directory of a stand-alone server. */
export async function openCertificatePlace(options: CertsPlaceOptions): Promise<CertificatePlace> {
  if (options.kubeconfig === undefined) return openDirectory(options);
  if (options.directory !== undefined) throw new UsageError('--directory and --kubeconfig exclude each other');
  const settings = await readKubeconfigFile(options.kubeconfig, options.context, OPERATOR_POLICY);
  if (!settings.ok) throw new UsageError(settings.error);
  const connection = createConnection(settings.value, { userAgent: `clusterset-apiserver/${VERSION}` });
  const { namespace } = options;
  const name = certificatesName(options.serviceName ?? (options.member ? WEBHOOKS_NAME : NAME));
  const secret = createCertificateSecret({ connection, namespace, name });
  return {
    title: `Secret ${namespace}/${name}`,
    words: '--member, --namespace and --service-name name another one',
    load: () => secret.load(),
    saveRequest: (text) => secret.patch({ [REQUEST_FILE]: text }),
    close: () => connection.close(),
  };
}

function openDirectory(options: CertsPlaceOptions): CertificatePlace {
  if (options.member || options.context !== undefined) {
    throw new UsageError('--kubeconfig FILE is needed: it names the cluster that has the certificates');
  }
  const path = join(options.directory ?? DEFAULT_DIRECTORY, 'serving');
  const directory = createCertificateDirectory(path);
  return {
    title: path,
    words: '--directory or --kubeconfig name another place',
    load: () => directory.load(),
    saveRequest: (text) => directory.saveRequest(text),
    close: () => undefined,
  };
}
