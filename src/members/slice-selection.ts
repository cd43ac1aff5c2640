import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { isJsonObject, keyString, parseKeyString } from '../kube/object.ts';
import { SERVICE_NAME_LABEL } from './cut.ts';

/** Longer selectors do not fit the request lines that proxies accept. */
const SELECTOR_CHARS_MAX = 4_096;

/** The controller that makes the slices of Services with a selector. */
const EVERYTHING_BUT_SELECTED = `${SERVICE_NAME_LABEL},endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io`;

/**
 * The Services whose EndpointSlices a rule needs: exported, headless and without a selector. kube-apiserver gives those
 * both IP families, so that only their slices tell which ones they have.
 */
export interface SliceSelection {
  /** Looks at the export and Service of these keys again; true when the selection changed. */
  readonly reconsider: (keys: readonly ObjectKey[]) => boolean;
  readonly isEmpty: () => boolean;
  readonly wants: (slice: KubeObject) => boolean;
  readonly labelSelector: () => string;
}

export interface SelectionSources {
  readonly serviceExport: (key: ObjectKey) => KubeObject | undefined;
  readonly service: (key: ObjectKey) => KubeObject | undefined;
}

export function createSliceSelection(sources: SelectionSources): SliceSelection {
  const selected = new Set<string>();
  return {
    reconsider: (keys) => {
      let isChanged = false;
      for (const key of keys) {
        const id = keyString(key);
        const isNeeded = sources.serviceExport(key) !== undefined && needsSlices(sources.service(key));
        if (isNeeded === selected.has(id)) continue;
        isChanged = true;
        if (isNeeded) selected.add(id);
        else selected.delete(id);
      }
      return isChanged;
    },
    isEmpty: () => selected.size === 0,
    wants: (slice) => {
      const name = slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? '';
      return selected.has(keyString({ namespace: slice.metadata.namespace ?? '', name }));
    },
    labelSelector: () => selectorFor([...selected].map((id) => parseKeyString(id).name)),
  };
}

/** One selector serves all namespaces; what it brings beyond the selection is not taken. */
function selectorFor(names: readonly string[]): string {
  const selector = `${SERVICE_NAME_LABEL} in (${[...new Set(names)].sort().join(',')})`;
  return selector.length <= SELECTOR_CHARS_MAX ? selector : EVERYTHING_BUT_SELECTED;
}

function needsSlices(service: KubeObject | undefined): boolean {
  const spec = service?.spec;
  if (!isJsonObject(spec)) return false;
  return spec['clusterIP'] === 'None' && spec['selector'] === undefined && spec['type'] !== 'ExternalName';
}
