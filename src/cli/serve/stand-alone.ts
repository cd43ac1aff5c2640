import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { CertificateAndKey, ServingCertificate } from '../../../certs/index.ts';
import { CHANGE_INTERVAL_MS } from '../../embedded/index.ts';
import { CONFLICT_CONDITION } from '../../kube/domain.ts';
import type { MemberStatus } from '../../kube/member-event.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { Authorize } from '../../kube/request-user.ts';
import type { Config } from '../../config/index.ts';
import type { StoreReader } from '../../store/types.ts';
import type { ShownImport } from './banner.ts';
import { bannerText } from './banner.ts';
import type { CaBundles } from './ca-bundles.ts';
import { schedule } from './clockwork.ts';
import type { Listening } from './listening.ts';

const PRIVATE_FILE_MODE = 0o600;
/** A kubeconfig that could not be written is tried again after this. */
const REWRITE_INTERVAL_MS = 10_000;
const LOOK_INTERVAL_MS = 20;

/** Without a hub there are no roles to ask: only system:masters gets in, which is decided before this is asked. */
export const denyAll: Authorize = () =>
  Promise.resolve({ type: 'deny', reason: 'this server runs stand-alone: only its own administrator may use it' });

/** One context of a kubeconfig with its cluster and its user, all of one name. */
export interface KubeconfigContext {
  readonly name: string;
  readonly server: string;
  /** PEM; undefined: what the client trusts anyway. */
  readonly ca: string | undefined;
  readonly client: CertificateAndKey;
}

export interface StandAlone {
  readonly config: Config;
  readonly directory: string;
  readonly listening: Listening;
  readonly certificate: Pick<ServingCertificate, 'current' | 'onChange'>;
  readonly bundles: Pick<CaBundles, 'await' | 'complete'>;
  readonly client: CertificateAndKey;
  /** Further clusters that the same person may reach: the members of the embedded example. */
  readonly otherContexts: readonly KubeconfigContext[];
  readonly store: StoreReader;
  /** Why data is not served yet; undefined once it is. */
  readonly problem: () => string | undefined;
  readonly statuses: () => readonly MemberStatus[];
  readonly print: (text: string) => void;
}

/** Writes the kubeconfig of our own API for our administrator, and says how to use it once there is something to see. */
export async function announceStandAlone(deps: StandAlone): Promise<void> {
  const { config, directory, listening } = deps;
  const server = `https://${reachableHost(config['serving.bindAddress'])}:${listening.port}`;
  const kubeconfig = resolve(config['serving.kubeconfigFile'] ?? join(directory, 'kubeconfig'));
  await keepKubeconfig(deps, kubeconfig, server);
  while (deps.problem() !== undefined) {
    await new Promise<void>((look) => void schedule(look, LOOK_INTERVAL_MS));
  }
  const members = deps.statuses().map((status) => ({ name: status.cluster, state: stateOf(status) }));
  deps.print(
    bannerText({
      clusterSet: config.clusterSet,
      address: server,
      kubeconfig,
      members,
      portTaken: listening.isElsewhere ? config['serving.securePort'] : undefined,
      shownImport: chooseImport(deps.store),
      example: config['embedded.enabled'] ? { changeSeconds: changeSeconds(config) } : undefined,
    }),
  );
}

/** Our administrator trusts us by this file alone: a new CA signs only after it was written there. */
async function keepKubeconfig(deps: StandAlone, file: string, server: string): Promise<void> {
  let written: { readonly bundle: string | undefined; readonly atMs: number } | undefined;
  let problem: string | undefined;
  const write = async (): Promise<void> => {
    const { caBundle } = deps.certificate.current();
    const own: KubeconfigContext = { name: 'clusterset', server, ca: caBundle, client: deps.client };
    await writeKubeconfig(file, [own, ...deps.otherContexts]);
    written = { bundle: caBundle, atMs: Date.now() };
    problem = undefined;
  };
  await write();
  const follow = (): void => {
    write().catch((error: unknown) => {
      problem = error instanceof Error ? error.message : String(error);
      schedule(follow, REWRITE_INTERVAL_MS);
    });
  };
  deps.certificate.onChange(follow);
  deps.bundles.await((bundle) => ({
    awaited:
      written?.bundle === bundle ? [] : [{ cluster: 'this machine', target: `kubeconfig ${file}`, reason: problem }],
    sinceMs: written?.atMs ?? 0,
  }));
  deps.bundles.complete();
}

/** The first context is the current one. Only the owner may read the file: it holds keys. */
async function writeKubeconfig(file: string, contexts: readonly KubeconfigContext[]): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contexts[0]?.name,
    clusters: contexts.map(({ name, server, ca }) => ({
      name,
      cluster: { server, ...(ca === undefined ? {} : { 'certificate-authority-data': base64(ca) }) },
    })),
    users: contexts.map(({ name, client }) => ({
      name,
      user: { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) },
    })),
    contexts: contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
  });
  await mkdir(dirname(file), { recursive: true });
  // Whoever reads it meanwhile finds the old one or the new one.
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode: PRIVATE_FILE_MODE });
  await rename(temporary, file);
}

function stateOf({ phase, reason }: MemberStatus): string {
  return reason === undefined ? phase : `${phase}: ${reason}`;
}

/** One with a conflict says most. */
function chooseImport(store: StoreReader): ShownImport | undefined {
  const { items } = store.list({ resource: 'serviceimports', namespace: '' });
  const conflicting = items.find(({ object }) => hasConflict(object));
  const chosen = conflicting ?? items[0];
  return chosen && { ...chosen.key, hasConflict: conflicting !== undefined };
}

function hasConflict({ status }: KubeObject): boolean {
  const conditions = isJsonObject(status) ? status['conditions'] : undefined;
  if (!Array.isArray(conditions)) return false;
  return conditions
    .filter(isJsonObject)
    .some((condition) => condition['type'] === CONFLICT_CONDITION && condition['status'] === 'True');
}

function changeSeconds(config: Config): number | undefined {
  return config['embedded.changing'] ? CHANGE_INTERVAL_MS / 1000 : undefined;
}

function reachableHost(bindAddress: string): string {
  if (bindAddress === '0.0.0.0' || bindAddress === '::') return '127.0.0.1';
  return bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
}
