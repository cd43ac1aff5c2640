import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { Confirmation, ServingCertificate } from '../../../certs/index.ts';
import type { Config } from '../../config/index.ts';
import type { KubeConnection } from '../../connection/index.ts';
import { createCaBundleKeeper } from '../../hub/index.ts';
import type { CaBundleKeeper, CaBundleState, CaBundleTarget } from '../../hub/index.ts';
import type { MembersLog } from '../../members/index.ts';
import { schedule } from './clockwork.ts';

export interface KeptCluster {
  readonly connection: KubeConnection;
  /** `hub`, or `member <name>`. */
  readonly cluster: string;
  readonly targets: readonly CaBundleTarget[];
  readonly certificate: ServingCertificate;
  /**
   * True: a member whose server we are not, as the hub. Targets may not be there, or not be ours to keep, and that is no
   * news; and an injector on the hub reaches none of them. Default false.
   */
  readonly isAsking?: boolean;
}

/** All who must trust our certificate: what keeps their bundles, and what a rotation of our CA waits for. */
export interface CaBundles {
  /** Keeps the caBundles of one cluster right once it is started and until it is closed. */
  readonly open: (cluster: KeptCluster) => CaBundleKeeper;
  /** Somebody else whom a rotation waits for. */
  readonly await: (confirmation: (bundle: string) => Confirmation) => void;
  /** Everybody was named. Before that a rotation waits, because nobody knows for whom. */
  readonly complete: () => void;
  /**
   * The process ends. To be called before anybody is closed: with nobody left to wait for, a reading of the certificates
   * that is still under way would let the new CA sign at once.
   */
  readonly end: () => void;
  readonly confirmation: (bundle: string) => Confirmation;
}

export interface CaBundlesDeps {
  readonly config: Pick<Config, 'serving.caBundleInjection'>;
  readonly log: MembersLog;
  readonly registry: Registry;
}

const STATES: readonly CaBundleState['type'][] = ['pending', 'confirmed', 'elsewhere', 'unconfirmed'];
const NOT_COMPLETE = { cluster: 'this process', target: 'start or end', reason: 'it is not known who must trust us' };

export function createCaBundles({ config, log, registry }: CaBundlesDeps): CaBundles {
  const keepers: Keepers = new Map();
  const others: ((bundle: string) => Confirmation)[] = [];
  const repairs = createMetrics(registry, keepers);
  const injection = config['serving.caBundleInjection'];
  let isComplete = false;
  return {
    open: ({ connection, cluster, targets, certificate, isAsking = false }) => {
      const keeper = createCaBundleKeeper({
        ...{ connection, cluster, targets, schedule, isOptional: isAsking },
        writes: injection === 'self' || (injection === 'cert-manager' && isAsking),
        caBundle: () => certificate.current().caBundle,
        latestBundle: () => latestBundle(certificate),
        onChange: ({ target, type, reason }) => {
          if (isAsking && type === 'elsewhere') return;
          if (type === 'confirmed') log.info({ cluster, target }, 'the caBundle is right');
          else log.warn({ cluster, target, problem: reason }, 'the caBundle is not right');
        },
        onRepaired: (target) => {
          repairs.inc({ cluster, target });
          log.warn({ cluster, target }, 'somebody changed the caBundle: it is written again');
        },
        clock: Date.now,
      });
      keepers.set(keeper, { isAsking });
      const unfollow = certificate.onChange(() => void keeper.refresh());
      return {
        ...keeper,
        close: () => {
          unfollow();
          keepers.delete(keeper);
          keeper.close();
        },
      };
    },
    await: (confirmation) => void others.push(confirmation),
    complete: () => {
      isComplete = true;
    },
    end: () => {
      isComplete = false;
    },
    confirmation: (bundle) => {
      if (!isComplete) return { awaited: [NOT_COMPLETE], sinceMs: 0 };
      const all = [
        ...[...keepers.keys()].map((keeper) => keeper.confirmation(bundle)),
        ...others.map((confirm) => confirm(bundle)),
      ];
      return {
        awaited: all.flatMap(({ awaited }) => awaited),
        sinceMs: Math.max(0, ...all.map(({ sinceMs }) => sinceMs)),
      };
    },
  };
}

/** Another process may have made a newer bundle: without knowing, nothing is overwritten. */
async function latestBundle(certificate: ServingCertificate): Promise<string | undefined> {
  await certificate.refresh();
  return certificate.describe().unreadSinceMs === undefined ? certificate.current().caBundle : undefined;
}

type Keepers = Map<CaBundleKeeper, { readonly isAsking: boolean }>;

/** What is not there in a member is not counted: it would be most of a large clusterset. */
function countedStates(keepers: Keepers): readonly CaBundleState[] {
  return [...keepers].flatMap(([keeper, { isAsking }]) =>
    keeper.states().filter(({ type }) => !isAsking || type !== 'elsewhere'),
  );
}

function createMetrics(registry: Registry, keepers: Keepers): Counter {
  new Gauge({
    name: 'clusterset_ca_bundle_state',
    help: '1 for the state that the caBundle of an object which leads to us is in.',
    labelNames: ['cluster', 'target', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { cluster, target, type } of countedStates(keepers)) {
        for (const state of STATES) this.set({ cluster, target, state }, state === type ? 1 : 0);
      }
    },
  });
  return new Counter({
    name: 'clusterset_ca_bundle_repairs_total',
    help: 'Times that a right caBundle had been changed by somebody and was written again.',
    labelNames: ['cluster', 'target'],
    registers: [registry],
  });
}
