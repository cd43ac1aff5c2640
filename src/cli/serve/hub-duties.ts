import type { HealthCheck } from '../../../apiservice/types.ts';
import type { ServingCertificate } from '../../../certs/index.ts';
import type { Config } from '../../config/index.ts';
import { watchForeignDefinitions } from '../../hub/index.ts';
import type { ForeignDefinition } from '../../hub/index.ts';
import type { MembersLog } from '../../members/index.ts';
import { servedVersions } from '../install/hub-manifests.ts';
import { definitions } from '../../resources/index.ts';
import { apiGroupsOf } from './api-runtime.ts';
import type { CaBundles } from './ca-bundles.ts';
import { schedule } from './clockwork.ts';
import type { ClusterSetRuntime } from './clusterset-runtime.ts';
import type { HubAccess } from './hub-access.ts';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { definitionHidden } from './hub-events.ts';
import type { HubEvents } from './hub-events.ts';
import { createMemberBundles } from './member-bundles.ts';
import type { MemberBundles } from './member-bundles.ts';

export interface HubDutiesDeps {
  readonly config: Config;
  readonly hub: HubAccess;
  readonly certificate: ServingCertificate;
  readonly bundles: CaBundles;
  readonly log: MembersLog;
  readonly registry: Registry;
  readonly events: HubEvents | undefined;
}

/** The members, and the identity of the hub by which those that ask it by url say so. */
export type ServedMembers = Pick<ClusterSetRuntime, 'members' | 'sourcesPending'> & {
  readonly identity: string | undefined;
};

/** What we do on the hub while we serve: keep the caBundles right, and notice definitions that ours hide. */
export interface HubDuties {
  readonly check: HealthCheck;
  /** A sentence for the Warning header while the hub has definitions that our API hides. */
  readonly warning: () => string | undefined;
  readonly start: (clusterSet: ServedMembers) => Promise<void>;
  readonly stop: () => void;
}

export function createHubDuties(deps: HubDutiesDeps): HubDuties {
  const { config, hub, certificate, bundles, log, registry, events } = deps;
  const service = { namespace: config['hub.namespace'], name: config['serving.serviceName'] };
  const served = servedVersions(definitions, apiGroupsOf(config));
  const keeper = bundles.open({
    connection: hub.connection,
    cluster: 'hub',
    targets: served.map(({ group, version }) => ({
      type: 'APIService',
      name: `${version}.${group}`,
      endpoint: { type: 'service', ...service },
    })),
    certificate,
  });
  let memberBundles: MemberBundles | undefined;
  const known = new Map<string, ForeignDefinition>();
  const foreign = watchForeignDefinitions({
    connection: hub.connection,
    served,
    service,
    onAppeared: (definition) => {
      known.set(definition.name, definition);
      log.warn({ definition: definition.name, problem: definition.message }, 'a definition of our group appeared');
      events?.record(definitionHidden(definition, service));
    },
    onDisappeared: ({ name }) => {
      known.delete(name);
      log.info({ definition: name }, 'a definition of our group is gone');
    },
    schedule,
  });
  new Gauge({
    name: 'clusterset_foreign_definitions',
    help: 'CRDs and APIServices on the hub that share our groups.',
    registers: [registry],
    collect() {
      this.set(known.size);
    },
  });
  return {
    check: { name: 'ca-bundle', check: () => keeper.check() },
    warning: () => known.values().next().value?.message,
    start: async (served) => {
      memberBundles = config['webhooks.enabled'] ? startMemberBundles(deps, served) : undefined;
      await Promise.all([keeper.start(), foreign.start()]);
    },
    stop: () => {
      keeper.close();
      memberBundles?.stop();
      foreign.close();
    },
  };
}

function startMemberBundles(
  { bundles, certificate }: HubDutiesDeps,
  { members, sourcesPending, identity }: ServedMembers,
): MemberBundles {
  const deps = { bundles, certificate, members, sourcesPending, hub: identity, clock: Date.now };
  const memberBundles = createMemberBundles(deps);
  memberBundles.start();
  return memberBundles;
}
