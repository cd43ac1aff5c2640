import type { JsonObject } from '../kube/object.ts';
import type { Setting } from './setting.ts';

/** The JSON schema of the configuration file: the settings' dotted paths unfolded, nothing else allowed. */
export function configurationSchema(settings: readonly Setting[]): JsonObject {
  const root = group();
  for (const setting of settings) {
    const segments = setting.path.split('.');
    const leaf = segments.pop() ?? '';
    let at = root;
    for (const segment of segments) at = at.properties[segment] ??= group();
    at.properties[leaf] = valueSchema(setting) as unknown as Group;
  }
  return root as unknown as JsonObject;
}

interface Group {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<string, Group>;
}

function group(): Group {
  return { type: 'object', additionalProperties: false, properties: {} };
}

function valueSchema(setting: Setting): JsonObject {
  switch (setting.kind) {
    case 'string':
      return { type: 'string', minLength: 1 };
    case 'integer':
      return { type: 'integer', minimum: setting.minimum, maximum: setting.maximum };
    case 'boolean':
      return { type: 'boolean' };
    case 'strings':
      return { type: 'array', items: { type: 'string', minLength: 1 } };
    case 'choice':
      return { type: 'string', enum: setting.choices ?? [] };
  }
}
