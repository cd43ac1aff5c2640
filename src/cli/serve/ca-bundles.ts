import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { ServingCertificate } from '../../../certs/index.ts';
import type { KubeConnection } from '../../connection/index.ts';
import { createCaBundleKeeper } from '../../hub/index.ts';
import type { CaBundleKeeper, CaBundleState, CaBundleTarget } from '../../hub/index.ts';
import type { MembersLog } from '../../members/index.ts';
import { schedule } from './clockwork.ts';

export interface CaBundlesDeps {
  readonly connection: KubeConnection;
  /** `hub`, or `member <name>`. */
  readonly cluster: string;
  readonly targets: readonly CaBundleTarget[];
  readonly certificate: ServingCertificate;
  readonly log: MembersLog;
  readonly metrics: CaBundleMetrics;
}

const STATES: readonly CaBundleState['type'][] = ['pending', 'confirmed', 'elsewhere', 'unconfirmed'];

/** Keeps the caBundles of one cluster right for as long as it is open: with logs, metrics and the certificate's changes. */
export function openCaBundleKeeper(deps: CaBundlesDeps): CaBundleKeeper {
  const { certificate, log, cluster, metrics } = deps;
  const keeper = createCaBundleKeeper({
    connection: deps.connection,
    cluster,
    targets: deps.targets,
    caBundle: () => certificate.current().caBundle,
    latestBundle: async () => {
      await certificate.refresh();
      return certificate.current().caBundle;
    },
    onChange: (state) => {
      const { target, type, reason } = state;
      if (type === 'confirmed') log.info({ cluster, target }, 'the caBundle is right');
      else log.warn({ cluster, target, problem: reason }, 'the caBundle is not kept');
    },
    onRepaired: (target) => {
      metrics.repairs.inc({ cluster, target });
      log.warn({ cluster, target }, 'somebody changed the caBundle: it is written again');
    },
    clock: Date.now,
    schedule,
  });
  metrics.keepers.add(keeper);
  const unfollow = certificate.onChange(() => void keeper.refresh());
  return {
    ...keeper,
    close: () => {
      unfollow();
      metrics.keepers.delete(keeper);
      keeper.close();
    },
  };
}

export interface CaBundleMetrics {
  /** Whose states are shown. */
  readonly keepers: Set<CaBundleKeeper>;
  readonly repairs: Counter;
}

/** Registered once, whichever number of clusters is kept. */
export function createCaBundleMetrics(registry: Registry): CaBundleMetrics {
  const keepers = new Set<CaBundleKeeper>();
  new Gauge({
    name: 'clusterset_ca_bundle_state',
    help: '1 for the state that the caBundle of an object which leads to us is in.',
    labelNames: ['cluster', 'target', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { cluster, target, type } of [...keepers].flatMap((keeper) => keeper.states())) {
        for (const state of STATES) this.set({ cluster, target, state }, state === type ? 1 : 0);
      }
    },
  });
  const repairs = new Counter({
    name: 'clusterset_ca_bundle_repairs_total',
    help: 'Times that a right caBundle had been changed by somebody and was written again.',
    labelNames: ['cluster', 'target'],
    registers: [registry],
  });
  return { keepers, repairs };
}
