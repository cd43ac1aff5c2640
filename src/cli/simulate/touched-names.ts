import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { compareKeys, isJsonObject, type JsonObject, keyString, type ObjectKey, textAt } from '../../kube/object.ts';
import { UsageError } from '../exit.ts';
import type { AppliedObject } from './manifests.ts';

/** What a set of manifests says about one exported name. */
export interface TouchedName {
  readonly key: ObjectKey;
  readonly serviceExport: AppliedObject | undefined;
  readonly service: AppliedObject | undefined;
}

export interface TouchedNames {
  /** By namespace and name. */
  readonly names: readonly TouchedName[];
  /** Objects that no export depends on. */
  readonly passedOver: number;
}

export interface GroupingOptions {
  /** Of objects that name none. */
  readonly namespace: string;
  /** The group under which the server has ServiceExports. */
  readonly apiGroup: string;
}

/** Groups ServiceExports and Services by name. Of two objects of one name the later one counts, as when they are applied. */
export function groupByName(objects: readonly AppliedObject[], { namespace, apiGroup }: GroupingOptions): TouchedNames {
  const names = new Map<string, TouchedName>();
  let passedOver = 0;
  for (const applied of objects) {
    const part = partOf(applied.object, apiGroup);
    if (part === undefined) {
      passedOver += 1;
      continue;
    }
    const key = readKey(applied, namespace);
    const known = names.get(keyString(key)) ?? { key, serviceExport: undefined, service: undefined };
    names.set(keyString(key), { ...known, [part]: applied });
  }
  return { names: [...names.values()].sort((a, b) => compareKeys(a.key, b.key)), passedOver };
}

function partOf({ apiVersion, kind }: JsonObject, apiGroup: string): 'serviceExport' | 'service' | undefined {
  if (kind === 'Service' && apiVersion === 'v1') return 'service';
  const group = typeof apiVersion === 'string' ? apiVersion.split('/', 1)[0] : undefined;
  const isExport = kind === 'ServiceExport' && (group === MULTICLUSTER_GROUP || group === apiGroup);
  return isExport ? 'serviceExport' : undefined;
}

function readKey({ object, file, line }: AppliedObject, fallback: string): ObjectKey {
  const name = textAt(object, 'metadata', 'name') ?? '';
  const metadata = object['metadata'];
  const namespace = (isJsonObject(metadata) ? metadata['namespace'] : undefined) ?? fallback;
  const where = `${file}:${line}: ${textAt(object, 'kind') ?? ''}`;
  if (name === '') throw new UsageError(`${where} has no metadata.name`);
  if (typeof namespace !== 'string') throw new UsageError(`${where} ${name}: metadata.namespace is not a string`);
  return { namespace: namespace === '' ? fallback : namespace, name };
}
