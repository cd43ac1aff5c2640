import { expect } from 'vitest';
import type { Kubectl } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';

export interface ConditionView {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** As much of an object as tests look at. */
export interface ObjectView {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly clusters?: readonly { readonly cluster: string }[];
    readonly conditions?: readonly ConditionView[];
  };
}

export function conditionOf(object: ObjectView, type: string): ConditionView | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

export function clustersOf(object: ObjectView): readonly string[] {
  return (object.status?.clusters ?? []).map(({ cluster }) => cluster);
}

/** Looks at one cluster; objects are addressed as `namespace/name`. */
export interface View {
  readonly read: (resource: string, at: string) => Promise<ObjectView>;
  /** Waits until the object is as the check wants it, and returns it. */
  readonly becomes: (resource: string, at: string, check: (object: ObjectView) => void) => Promise<ObjectView>;
  /** Waits until a GET answers 404. */
  readonly vanishes: (resource: string, at: string) => Promise<void>;
  /** Everything that a list over all namespaces shows. */
  readonly list: (resource: string) => Promise<readonly ObjectView[]>;
}

export function viewOf(kubectl: Kubectl): View {
  const read = (resource: string, at: string): Promise<ObjectView> => {
    const { namespace, name } = splitKey(at);
    return kubectl.json<ObjectView>('get', resource, name, '-n', namespace);
  };
  return {
    read,
    becomes: (resource, at, check) =>
      eventually(`${resource} ${at} to be as expected`, async () => {
        const object = await read(resource, at);
        check(object);
        return object;
      }),
    vanishes: (resource, at) =>
      eventually(`${resource} ${at} to be gone`, async () => {
        const { namespace, name } = splitKey(at);
        const { stderr } = await kubectl.result(['get', resource, name, '-n', namespace]);
        expect(stderr).toContain('(NotFound)');
      }),
    list: async (resource) => (await kubectl.json<{ items: readonly ObjectView[] }>('get', resource, '-A')).items,
  };
}

export function splitKey(at: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = at.split('/');
  return { namespace, name };
}

export function keyOf({ metadata }: ObjectView): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
