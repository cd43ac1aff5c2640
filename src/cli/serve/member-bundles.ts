import type { Confirmation, ServingCertificate } from '../../../certs/index.ts';
import { memberWebhookPath } from '../../../webhooks/index.ts';
import type { KubeConnection } from '../../connection/index.ts';
import { ConnectionError } from '../../connection/index.ts';
import type { CaBundleKeeper, CaBundleTarget } from '../../hub/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { Members } from '../../members/index.ts';
import { ADVICE_CONFIGURATION, SAFETY_CONFIGURATION } from '../install/names.ts';
import type { CaBundles } from './ca-bundles.ts';

export interface MemberBundlesDeps {
  readonly bundles: Pick<CaBundles, 'open' | 'await'>;
  readonly certificate: ServingCertificate;
  readonly members: Pick<Members, 'statuses' | 'onStatusChange' | 'writable'>;
  /** Sources that have not told their members yet. */
  readonly sourcesPending: () => number;
  /** The identity of the hub, as installation wrote it into what asks us; undefined while it is not known. */
  readonly hub: string | undefined;
  readonly clock: () => number;
}

/** Keeps the caBundle of what asks us by url in members, and lets a rotation of our CA wait for it. */
export interface MemberBundles {
  readonly start: () => void;
  readonly stop: () => void;
}

interface KeptMember {
  readonly keeper: CaBundleKeeper;
  isLive: boolean;
}

export function createMemberBundles(deps: MemberBundlesDeps): MemberBundles {
  const { bundles, members, hub, clock } = deps;
  const kept = new Map<ClusterId, KeptMember>();
  const keep = (cluster: ClusterId, identity: string): KeptMember => {
    const known = kept.get(cluster);
    if (known !== undefined) return known;
    const opened = { keeper: openKeeper(deps, cluster, identity), isLive: false };
    kept.set(cluster, opened);
    void opened.keeper.start();
    return opened;
  };
  const leave = (cluster: ClusterId): void => {
    kept.get(cluster)?.keeper.close();
    kept.delete(cluster);
  };
  const notKnown = (): Confirmation['awaited'] => {
    if (hub === undefined) return [{ cluster: 'hub', target: 'Namespace kube-system', reason: 'it could not be read' }];
    if (deps.sourcesPending() > 0) return [{ cluster: 'hub', target: 'members', reason: 'not all are known yet' }];
    // Registered this moment: what keeps it was not asked yet.
    const fresh = members.statuses().filter(({ cluster }) => !kept.has(cluster));
    for (const { cluster } of fresh) keep(cluster, hub);
    return fresh.map(({ cluster }) => ({ cluster: `member ${cluster}`, target: 'webhooks', reason: 'not read yet' }));
  };
  let stopFollowing = (): void => undefined;
  return {
    start: () => {
      bundles.await(() => {
        const awaited = notKnown();
        return { awaited, sinceMs: awaited.length === 0 ? 0 : clock() };
      });
      if (hub === undefined) return;
      stopFollowing = members.onStatusChange(({ cluster, phase }) => {
        if (phase === 'left') {
          leave(cluster);
          return;
        }
        const member = keep(cluster, hub);
        // One that comes back must not have to wait for the next look.
        if (phase === 'live' && !member.isLive) void member.keeper.refresh();
        member.isLive = phase === 'live';
      });
      for (const { cluster } of members.statuses()) keep(cluster, hub);
    },
    stop: () => {
      stopFollowing();
      for (const cluster of [...kept.keys()]) leave(cluster);
    },
  };
}

function openKeeper(
  { bundles, certificate, members }: MemberBundlesDeps,
  cluster: ClusterId,
  hub: string,
): CaBundleKeeper {
  const paths = [memberWebhookPath(cluster, 'safety'), memberWebhookPath(cluster, 'advice')];
  const targets = [SAFETY_CONFIGURATION, ADVICE_CONFIGURATION].map((name): CaBundleTarget => ({
    type: 'ValidatingWebhookConfiguration',
    name,
    endpoint: { type: 'hubPath', paths, hub },
  }));
  const connection = connectionOf(members, cluster);
  return bundles.open({ connection, cluster: `member ${cluster}`, targets, certificate, isAsking: true });
}

/** The connection that the member has at the time of each call; it is the member's to close. */
function connectionOf(members: Pick<Members, 'writable'>, cluster: ClusterId): KubeConnection {
  const current = (): KubeConnection => {
    const connection = members.writable(cluster)?.connection();
    if (connection === undefined) throw new ConnectionError('Aborted', 'it is no longer a member', { sent: false });
    return connection;
  };
  return {
    server: `member ${cluster}`,
    request: async (request) => current().request(request),
    openStream: async (request) => current().openStream(request),
    close: () => undefined,
  };
}
