import type { InstallOptions, PreflightOptions, UninstallOptions } from '../program/install.ts';
import { RefusedError } from './refused-error.ts';

/** What a command works on: the hub, the account that the hub reads a member with, or the webhooks of a member. */
type Place = 'hub' | 'member' | 'webhooks';

interface Word<T> {
  readonly word: string;
  /** Whether it was given, and not as what holds anyway. */
  readonly isSaid: (options: T) => boolean;
  readonly places: readonly Place[];
}

const WEBHOOKS_WORDS: readonly Word<PreflightOptions>[] = [
  { word: '--with-v1alpha2', isSaid: ({ withV1alpha2 }) => withV1alpha2, places: ['webhooks'] },
  { word: '--controllers', isSaid: ({ controllers }) => controllers.length > 0, places: ['webhooks'] },
  {
    word: '--controller-managers',
    isSaid: ({ controllerManagers }) => controllerManagers.length > 0,
    places: ['webhooks'],
  },
];

const PREFLIGHT_WORDS: readonly Word<PreflightOptions>[] = [
  ...WEBHOOKS_WORDS,
  { word: '--hub-context', isSaid: ({ hubContext }) => hubContext !== undefined, places: ['webhooks'] },
  {
    word: '--hub-kubeconfig',
    isSaid: ({ hubKubeconfig }) => hubKubeconfig !== undefined,
    places: ['webhooks'],
  },
];

const INSTALL_WORDS: readonly Word<InstallOptions>[] = [
  ...WEBHOOKS_WORDS,
  { word: '--administrators', isSaid: ({ administrators }) => administrators.length > 0, places: ['webhooks'] },
  {
    word: '--forbidden-namespaces',
    isSaid: ({ forbiddenNamespaces }) => forbiddenNamespaces !== undefined,
    places: ['webhooks'],
  },
  {
    word: '--standard-properties',
    isSaid: ({ standardProperties }) => standardProperties !== undefined,
    places: ['webhooks'],
  },
  {
    word: '--strict-cluster-set-names',
    isSaid: ({ strictClusterSetNames }) => strictClusterSetNames !== undefined,
    places: ['webhooks'],
  },
  { word: '--webhooks-url', isSaid: ({ webhooksUrl }) => webhooksUrl !== undefined, places: ['webhooks'] },
  { word: '--failure-policy', isSaid: ({ failurePolicy }) => failurePolicy !== 'Fail', places: ['webhooks'] },
  { word: '--with-write-rights', isSaid: ({ withWriteRights }) => withWriteRights, places: ['member'] },
  {
    word: '--with-impersonation-rights',
    isSaid: ({ withImpersonationRights }) => withImpersonationRights,
    places: ['member'],
  },
  { word: '--with-publish-rights', isSaid: ({ withPublishRights }) => withPublishRights, places: ['member'] },
  {
    word: '--hub-kubeconfig',
    isSaid: ({ hubKubeconfig }) => hubKubeconfig !== undefined,
    places: ['member', 'webhooks'],
  },
  { word: '--hub-context', isSaid: ({ hubContext }) => hubContext !== undefined, places: ['member', 'webhooks'] },
  {
    word: '--external-address',
    isSaid: ({ externalAddress }) => externalAddress !== undefined,
    places: ['hub', 'webhooks'],
  },
  { word: '--aggregate', isSaid: ({ aggregate }) => aggregate !== 'view', places: ['hub'] },
];

const UNINSTALL_WORDS: readonly Word<UninstallOptions>[] = [
  {
    word: '--hub-kubeconfig',
    isSaid: ({ hubKubeconfig }) => hubKubeconfig !== undefined,
    places: ['member', 'webhooks'],
  },
  { word: '--hub-context', isSaid: ({ hubContext }) => hubContext !== undefined, places: ['member', 'webhooks'] },
  { word: '--delete-crds', isSaid: ({ deleteCrds }) => deleteCrds, places: ['webhooks'] },
];

/** Throws RefusedError for words that would change nothing where the command works. */
export function refuseMisplacedInInstall(options: InstallOptions): void {
  refuseMisplaced(INSTALL_WORDS, options);
  refuseLoneContext(options);
}

export function refuseMisplacedInPreflight(options: PreflightOptions): void {
  refuseMisplaced(PREFLIGHT_WORDS, options);
  refuseLoneContext(options);
}

export function refuseMisplacedInUninstall(options: UninstallOptions): void {
  refuseMisplaced(UNINSTALL_WORDS, options);
  refuseLoneContext(options);
}

function refuseMisplaced<T extends { readonly member: string | undefined; readonly webhooks: boolean }>(
  words: readonly Word<T>[],
  options: T,
): void {
  const place = placeOf(options);
  const misplaced = words.filter(({ isSaid, places }) => isSaid(options) && !places.includes(place));
  if (misplaced.length > 0) throw new RefusedError(misplaced.map(describe).join('; '));
}

/** A context of no file would be one of nobody's. */
function refuseLoneContext({ hubKubeconfig, hubContext }: Pick<InstallOptions, 'hubKubeconfig' | 'hubContext'>): void {
  if (hubContext !== undefined && hubKubeconfig === undefined) {
    throw new RefusedError('--hub-context needs --hub-kubeconfig FILE');
  }
}

function placeOf({ member, webhooks }: { readonly member: string | undefined; readonly webhooks: boolean }): Place {
  if (webhooks) return 'webhooks';
  return member === undefined ? 'hub' : 'member';
}

function describe({ word, places }: { readonly word: string; readonly places: readonly Place[] }): string {
  if (places.includes('hub')) {
    return places.includes('webhooks')
      ? `${word} with --member needs --webhooks`
      : `${word} is about the hub, and says nothing with --member`;
  }
  if (!places.includes('member')) return `${word} needs --member NAME and --webhooks`;
  return places.includes('webhooks')
    ? `${word} needs --member NAME`
    : `${word} needs --member NAME, and is not for --webhooks: it is about the account that the hub uses`;
}
